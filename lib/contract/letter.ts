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
  kind: z.enum(["import", "export", "unreadable"]),
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
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
  history: z.array(LetterEvent),
});
export type Letter = z.infer<typeof Letter>;
