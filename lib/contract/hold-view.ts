/** What a person is shown of a hold, so that they can decide. */
import * as z from "zod";

export const HoldView = z
  .object({
    holdId: z.string(),
    calendarId: z.string(),
    name: z.string(),
    openedAt: z.string(),
    confirmations: z.number().int().nonnegative(),
    lastConfirmedAt: z.string().optional(),
    appliesAfter: z
      .string()
      .optional()
      .describe("the earliest instant at which time alone applies it; absent where a person rejected this content before"),
    eventCount: z.number().int().nonnegative().describe("events that the source gives in the held body"),
    removedCount: z.number().int().nonnegative().describe("events that applying it would delete"),
    keptCount: z.number().int().nonnegative().describe("past events that would be kept although the source dropped them"),
  })
  .meta({ id: "Hold", description: "A suspicious import kept aside until time confirms it or a person decides." });
export type HoldView = z.infer<typeof HoldView>;

export const HoldDetails = HoldView.extend({
  presentCount: z.number().int().nonnegative().describe("events of the last good copy that the source gave"),
  removed: z
    .array(
      z.object({
        uid: z.string(),
        recurrenceId: z.string().optional(),
        summary: z.string().optional(),
        start: z.string().optional().describe("as the source wrote it"),
      }),
    )
    .readonly()
    .describe("the first of those that would go"),
}).meta({ id: "HoldDetails", description: "A hold with the first events that applying it would delete." });
export type HoldDetails = z.infer<typeof HoldDetails>;
