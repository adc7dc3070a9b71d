/** An alert: all trouble that people hear of as one, such as a host that does not answer any of its calendars. */
import * as z from "zod";

const Stage = z.enum(["opened", "escalated", "recovered"]);

/** A channel that did not take a notice, such as a webhook that answered 500. */
const ChannelFailure = z.object({
  at: z.string(),
  /** One sentence, without the channel's url. */
  reason: z.string(),
  tries: z.number().int().positive(),
});

export const AlertGroup = z.object({
  version: z.literal(1),
  /** Moves by one with each write; the condition of the next. */
  revision: z.number().int().positive(),
  /** What alerts are grouped by. */
  group: z.string(),
  kind: z.enum(["import", "export", "download", "unreadable", "hold", "stale", "pace", "test"]),
  /** Of the first one, as are reason, letter, calendar and feed. */
  code: z.string(),
  reason: z.string(),
  host: z.string().optional(),
  letterId: z.string().optional(),
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
  /** Every code seen, the first one first. */
  codes: z.array(z.string()),
  /** Where the letters of this alert are found. */
  fingerprints: z.array(z.string()),
  /** Letters, or calendars that became stale. */
  count: z.number().int().positive(),
  openedAt: z.string(),
  /** When `count` last grew. */
  lastAt: z.string(),
  state: z.enum(["open", "recovered"]),
  /** The newest notice: what it says, its number from 1, when it was decided, and the count that it tells. */
  stage: Stage,
  notices: z.number().int().positive(),
  noticedAt: z.string(),
  noticedCount: z.number().int().positive(),
  /** Number of the last notice that each channel took. */
  told: z.record(z.string(), z.number().int()),
  failures: z.record(z.string(), ChannelFailure),
  /** UTC instant until which one process tells this notice, and no other. */
  claimedUntil: z.string().optional(),
});
export type AlertGroup = z.infer<typeof AlertGroup>;
