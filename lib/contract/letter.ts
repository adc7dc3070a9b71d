/** The durable record of a task that gave up: what, why, how often, since when. */
import * as z from "zod";

export const LetterState = z.enum(["open", "acknowledged", "replaying", "resolved", "discarded"]);
export type LetterState = z.infer<typeof LetterState>;

const LetterEvent = z.object({ at: z.string(), state: LetterState, who: z.string(), why: z.string() });

export const Letter = z.object({
  version: z.literal(1),
  /** Moves by one with each write; the condition of the next. */
  revision: z.number().int().positive(),
  /** One per periodic (kind, calendar or feed), reopened with its history; one per task id for one-off tasks. */
  letterId: z.string(),
  kind: z.enum(["import", "export", "download", "unreadable"]),
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
  downloadId: z.string().optional(),
  /** Of the calendar or feed, where it was known. */
  ownerId: z.string().optional(),
  /** Kind, code and host: what an alert groups by. */
  fingerprint: z.string(),
  code: z.string(),
  reason: z.string(),
  host: z.string().optional(),
  queue: z.string(),
  /** The message as it was sent; absent when it is too large for a record, then `bodyKey` names its object. */
  body: z.string().optional(),
  bodyKey: z.string().optional(),
  attempts: z.number().int().nonnegative(),
  /** SQS message ids seen, newest last: a delivery that came twice is counted once. */
  messageIds: z.array(z.string()),
  count: z.number().int().positive(),
  firstAt: z.string(),
  lastAt: z.string(),
  /** UTC instant at which people were last told of it; one that is not told is told by the next delivery. */
  toldAt: z.string().optional(),
  state: LetterState,
  /** The newest replay: a letter that is marked and whose task never comes is sent again under the same task id. */
  replay: z.object({ taskId: z.string(), at: z.string() }).optional(),
  history: z.array(LetterEvent),
});
export type Letter = z.infer<typeof Letter>;

const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** `90m`, `2h`, `3d`; read as milliseconds. */
const Age = z
  .string()
  .regex(/^[1-9]\d{0,4}[mhd]$/u)
  .transform((text) => Number.parseInt(text, 10) * MINUTES[text.endsWith("d") ? "d" : text.endsWith("h") ? "h" : "m"] * 60_000);

/** Which letters are meant; what is absent excludes none. */
export const LetterFilter = z.strictObject({
  host: z.string().min(1).max(260).optional(),
  code: z.string().min(1).max(60).optional(),
  owner: z.string().min(1).max(40).optional(),
  kind: z.enum(["import", "export", "download", "unreadable"]).optional(),
  /** Last heard of longer ago than this. */
  age: Age.optional(),
});
export type LetterFilter = z.infer<typeof LetterFilter>;

/** Body of POST /v1/letters/{id}/ack; the reason stands in the letter's history. */
export const LetterAck = z.strictObject({ why: z.string().min(1).max(300).optional() });
export type LetterAck = z.infer<typeof LetterAck>;

/** Body of POST /v1/letters/{id}/discard. */
export const LetterDiscard = z.strictObject({ why: z.string().min(1).max(300) });
export type LetterDiscard = z.infer<typeof LetterDiscard>;
