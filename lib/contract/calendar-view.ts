/** What people and programs are shown of a calendar: never its source's url, nor what the source is asked with. */
import * as z from "zod";

import { Calendar, CalendarState } from "./calendar.ts";
import { Hold, Outcome } from "./checkpoint.ts";

export const CalendarView = z
  .object({
    calendarId: z.string(),
    ownerId: z.string(),
    name: z.string(),
    source: z.discriminatedUnion("kind", [
      z.object({
        kind: z.literal("url"),
        url: z.string().describe("scheme and host alone"),
        auth: z.enum(["basic", "header"]).optional().describe("how it is asked; the secret is never shown"),
      }),
      z.object({ kind: z.literal("push") }),
    ]),
    intervalMinutes: z.number(),
    schedule: Calendar.shape.schedule.describe("absent: by its interval"),
    businessDays: Calendar.shape.businessDays,
    state: CalendarState,
    policy: Calendar.shape.policy,
    externalId: z.string().optional().describe("the app's own name of it"),
    metadata: z.record(z.string(), z.string()).optional().describe("what the app keeps beside it"),
    createdAt: z.string(),
    calendarVersion: z.number().int().nonnegative().describe("moves by one with each change of its events; 0 before the first"),
    eventCount: z.number().int().nonnegative(),
    skippedCount: z.number().int().nonnegative().describe("components that could not be read"),
    lastSuccessAt: z.string().optional(),
    staleCode: z.string().optional().describe("why its feeds call it stale"),
    nextTurnAt: z.string().optional().describe("the next import of its own; absent while it is not polled"),
    outcome: Outcome.optional(),
    hold: Hold.omit({ sourceKey: true }).optional(),
  })
  .meta({ id: "Calendar", description: "A calendar: events with one owner and one source." });
export type CalendarView = z.infer<typeof CalendarView>;

/** A calendar that is gone, and the feeds that are built again without it. */
export const RemovedCalendar = z.object({
  calendarId: z.string(),
  state: z.literal("removed"),
  feeds: z.array(z.string()).readonly(),
});

export const PauseAnswer = z.object({ calendarId: z.string(), outcome: z.string().describe("what came of it") });

/** What a write changed, and the version after it. */
export const ChangeCounts = z
  .object({
    created: z.number().int().nonnegative(),
    updated: z.number().int().nonnegative(),
    deleted: z.number().int().nonnegative(),
    skipped: z.number().int().nonnegative(),
    calendarVersion: z.number().int().nonnegative(),
  })
  .meta({ id: "ChangeCounts", description: "What a write changed, and the calendar's version after it." });
export type ChangeCounts = z.infer<typeof ChangeCounts>;

/** A version that can be brought back. */
export const VersionView = z
  .object({
    calendarVersion: z.number().int().positive(),
    takenAt: z.string().describe("when its source was read"),
    eventCount: z.number().int().nonnegative(),
    isPresent: z.boolean(),
  })
  .meta({ id: "Version", description: "A version of a calendar that can be brought back." });
export type VersionView = z.infer<typeof VersionView>;
