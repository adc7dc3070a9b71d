/** One event put into, or withdrawn from, many push calendars of an owner. */
import * as z from "zod";

import { EventInput } from "./event-input.ts";

const CURSOR_LIMIT = 1200;

/** Which push calendars are meant; what is absent excludes none. */
const SpreadFilter = z.strictObject({
  calendarIds: z.array(z.string().min(1).max(100)).min(1).max(500).optional(),
  /** Part of the name, in any case. */
  name: z.string().min(1).max(200).optional(),
  /** Pairs that a calendar has, all of them. */
  metadata: z.record(z.string().min(1).max(40), z.string().max(200)).optional(),
});

/**
 * Body of POST /v1/events/spread. One call works through a part of the owner's calendars; the caller repeats it with the answer's `cursor` until there is
 * none. A calendar that has the event already, or has it no longer, is left as it is: to begin again does no harm.
 */
export const EventSpread = z
  .strictObject({
    ownerId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/u)
      .default("default"),
    action: z.enum(["put", "withdraw"]),
    uid: z.string().regex(/^[^\p{Cc}]{1,250}$/u),
    /** Of `put`; its `uid` may be left out. */
    event: EventInput.optional(),
    filter: SpreadFilter.default({}),
    /** Says what would be done. */
    dryRun: z.boolean().default(false),
    cursor: z.string().min(1).max(CURSOR_LIMIT).optional(),
  })
  .refine(({ action, event }) => (action === "put") === (event !== undefined), {
    path: ["event"],
    error: "an event where it is put, none where it is withdrawn",
  });
export type EventSpread = z.infer<typeof EventSpread>;

const SpreadItem = z.object({
  calendarId: z.string(),
  name: z.string(),
  outcome: z.enum(["created", "updated", "unchanged", "deleted", "absent", "failed"]).describe("absent: it had no such event"),
  calendarVersion: z.number().int().nonnegative().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});

export const SpreadReport = z
  .object({
    dryRun: z.boolean(),
    items: z.array(SpreadItem).readonly(),
    seen: z.number().int().nonnegative().describe("calendars looked at, those that are not meant among them"),
    cursor: z.string().optional().describe("asks for the next part; absent after the last"),
  })
  .meta({ id: "SpreadReport", description: "What one part of a spread came to, calendar by calendar." });
export type SpreadReport = z.infer<typeof SpreadReport>;
