/** The stack's configuration: context of `cdk.json` or `-c name=value`. */
import * as z from "zod";

const count = (least: number, most: number, usual: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(least).max(most).default(usual).describe(`a whole number from ${least} to ${most}`);

/** Each key's description is the "value wanted" of a refusal. */
export const Config = z.strictObject({
  /** Names the deployment; two stages fit in one account (`Calferry` for prod, `Calferry-<stage>` for others). */
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/u)
    .default("prod")
    .describe("1 to 20 of a-z, 0-9 and -, the first a letter"),
  /** Address subscribed to the alerts topic; AWS sends a confirmation first. */
  alertEmail: z.email().optional().describe("an e-mail address"),
  /** Slack-compatible incoming webhook that receives each alert; a secret. */
  alertWebhook: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe("an http or https URL"),
  /** Asked at the end of each tick that did its work, by GET; a monitor elsewhere that hears nothing raises an alarm. A secret. */
  deadManUrl: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe("an http or https URL"),
  /** Endpoint of the app that receives changes and life messages, by POST; it may hold a secret. */
  changesEndpoint: z
    .url({ protocol: /^https?$/u })
    .optional()
    .describe("an http or https URL"),
  /** Messages a second that the endpoint gets at most. */
  changesPerSecond: count(1, 1000, 10),
  /** Minutes between two ticks of fan-out; a tick covers ten owed minutes at most. */
  tickMinutes: count(1, 10, 1),
  /** Import workers at the same time; also the event source's maximum concurrency. */
  importConcurrency: count(2, 1000, 10),
  /** Import workers that take urgent tasks (sync now, replays) besides the ones above. */
  urgentConcurrency: count(2, 1000, 5),
  exportConcurrency: count(2, 1000, 5),
  /** Download workers at the same time: so many parts of all downloads together. */
  downloadConcurrency: count(2, 1000, 4),
  /** What one owner may have unless an operator gives it other limits: calendars, feeds, and living links of each feed. */
  calendarsPerOwner: count(1, 1_000_000, 10_000),
  feedsPerOwner: count(1, 1_000_000, 10_000),
  linksPerFeed: count(1, 100, 100),
  /** Attempts before a failing task becomes a dead letter. */
  attempts: count(1, 10, 5),
  logRetentionDays: z.coerce
    .number()
    .pipe(z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365]))
    .default(30)
    .describe("1, 3, 5, 7, 14, 30, 60, 90, 180 or 365"),
  /** Largest body of a source, MiB. */
  sourceLimitMiB: count(1, 100, 32),
  /** CIDR ranges besides the public internet that sources may lie in; for tests and one machine. */
  fetchAllow: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",").filter((part) => part !== "") : value),
      z.array(z.union([z.cidrv4(), z.cidrv6()])),
    )
    .default([])
    .describe("CIDR ranges separated by commas, such as 127.0.0.0/8,::1/128"),
});
export type Config = z.infer<typeof Config>;
