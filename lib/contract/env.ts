/** What each function reads from its environment; `lib/infra` writes exactly this: the `Input` types. */
import * as z from "zod";

import { QuotaText } from "./quota.ts";

const list = z.string().transform((value) => value.split(",").filter((part) => part !== ""));

const Common = z.object({
  STAGE: z.string(),
  TABLE_NAME: z.string(),
  LOG_LEVEL: z.enum(["DEBUG", "INFO", "WARN", "ERROR"]).default("INFO"),
});

/** For those who put a task off: one-time schedules are made in this group, call fan-out as this role, and lose no event. */
const Schedules = z.object({ SCHEDULE_GROUP: z.string(), SCHEDULER_ROLE_ARN: z.string(), LOST_EVENTS_ARN: z.string() });

/** For those who tell people. */
const Alerting = z.object({
  ALERTS_TOPIC_ARN: z.string(),
  /** Slack-compatible webhook; empty for none. */
  ALERT_WEBHOOK: z.string(),
});

/** Fan-out's own ARN stands in its invocations: its environment cannot name it. */
export const FanOutEnv = Common.extend({
  IMPORT_QUEUE_URL: z.string(),
  URGENT_QUEUE_URL: z.string(),
  EXPORT_QUEUE_URL: z.string(),
  DOWNLOAD_QUEUE_URL: z.string(),
  ...Schedules.shape,
  ...Alerting.shape,
  /** Asked at the end of each tick that did its work; empty for none. */
  DEAD_MAN_URL: z.string(),
});
export type FanOutEnv = z.infer<typeof FanOutEnv>;
export type FanOutEnvInput = z.input<typeof FanOutEnv>;

export const ImportCalendarEnv = Common.extend({
  BUCKET_NAME: z.string(),
  IMPORT_DLQ_URL: z.string(),
  URGENT_DLQ_URL: z.string(),
  /** Tells the urgent queue's messages from the others, for their dead letters. */
  URGENT_QUEUE_ARN: z.string(),
  EXPORT_QUEUE_URL: z.string(),
  CHANGES_TOPIC_ARN: z.string(),
  ...Schedules.shape,
  FAN_OUT_ARN: z.string(),
  ATTEMPTS: z.coerce.number().int(),
  SOURCE_LIMIT_BYTES: z.coerce.number().int(),
  /** CIDR ranges besides the public internet, comma-separated; empty for none. */
  FETCH_ALLOW: list,
});
export type ImportCalendarEnv = z.infer<typeof ImportCalendarEnv>;
export type ImportCalendarEnvInput = z.input<typeof ImportCalendarEnv>;

export const ExportFeedEnv = Common.extend({
  BUCKET_NAME: z.string(),
  EXPORT_DLQ_URL: z.string(),
  CHANGES_TOPIC_ARN: z.string(),
  ATTEMPTS: z.coerce.number().int(),
});
export type ExportFeedEnv = z.infer<typeof ExportFeedEnv>;
export type ExportFeedEnvInput = z.input<typeof ExportFeedEnv>;

export const MakeDownloadEnv = Common.extend({
  BUCKET_NAME: z.string(),
  DOWNLOAD_QUEUE_URL: z.string(),
  DOWNLOAD_DLQ_URL: z.string(),
  CHANGES_TOPIC_ARN: z.string(),
  ATTEMPTS: z.coerce.number().int(),
});
export type MakeDownloadEnv = z.infer<typeof MakeDownloadEnv>;
export type MakeDownloadEnvInput = z.input<typeof MakeDownloadEnv>;

export const ServeFeedEnv = Common.extend({ BUCKET_NAME: z.string() });
export type ServeFeedEnv = z.infer<typeof ServeFeedEnv>;
export type ServeFeedEnvInput = z.input<typeof ServeFeedEnv>;

export const AlertEnv = Common.extend({ BUCKET_NAME: z.string(), CHANGES_TOPIC_ARN: z.string(), ...Alerting.shape });
export type AlertEnv = z.infer<typeof AlertEnv>;
export type AlertEnvInput = z.input<typeof AlertEnv>;

export const ApiEnv = Common.extend({
  BUCKET_NAME: z.string(),
  URGENT_QUEUE_URL: z.string(),
  EXPORT_QUEUE_URL: z.string(),
  DOWNLOAD_QUEUE_URL: z.string(),
  CHANGES_TOPIC_ARN: z.string(),
  ...Schedules.shape,
  FAN_OUT_ARN: z.string(),
  /** What an owner may have, as JSON. */
  QUOTAS: QuotaText,
});
export type ApiEnv = z.infer<typeof ApiEnv>;
export type ApiEnvInput = z.input<typeof ApiEnv>;
