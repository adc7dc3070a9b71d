/** What people see of time: coming turns and why, business days, hosts. */
import * as z from "zod";

import { Blackout } from "./blackout.ts";
import { decimal } from "./decimal.ts";
import { Weekday, ZoneName } from "./schedule.ts";

const Day = z.iso.date();

export const ComingTurn = z
  .object({
    at: z.string().describe("UTC instant at which its host may first be asked"),
    local: z.string().describe("the same on the zone's clocks, such as 2026-05-06T09:00"),
    why: z.array(z.string()).readonly().describe("where it comes from, and what moved it"),
  })
  .meta({ id: "ComingTurn", description: "One coming import of a calendar." });
export type ComingTurn = z.infer<typeof ComingTurn>;

export const ComingTurns = z
  .object({
    calendarId: z.string(),
    zone: z.string(),
    turns: z.array(ComingTurn).readonly(),
    notes: z.array(z.string()).readonly().describe("why there are none, or fewer, or none for a while"),
  })
  .meta({ id: "ComingTurns", description: "A calendar's coming turns, the next first." });
export type ComingTurns = z.infer<typeof ComingTurns>;

/** Query of GET /v1/calendars/{calendarId}/next and options of `calferry next`. */
export const ComingTurnsQuery = z.strictObject({
  count: decimal(1, 100).default(10).describe("turns at most"),
  zone: ZoneName.optional().describe("zone of `local`; absent: the calendar's own"),
});
export type ComingTurnsQuery = z.infer<typeof ComingTurnsQuery>;

export const FindBusinessDay = z.enum(["is", "next", "previous", "last-of-month"]);
export type FindBusinessDay = z.infer<typeof FindBusinessDay>;

/** Query of GET /v1/calendars/{calendarId}/business-days and arguments of `calferry business-day`. */
export const BusinessDayQuery = z.strictObject({
  find: FindBusinessDay.default("is").describe("whether the day is one, the next, the one before, or the last of its month"),
  day: Day.optional().describe("such as 2026-05-06; absent: today in the zone"),
  zone: ZoneName.default("UTC").describe("zone that says which day is today"),
  weekend: z
    .string()
    .regex(/^(?:(?:SU|MO|TU|WE|TH|FR|SA)(?:,(?:SU|MO|TU|WE|TH|FR|SA))*)?$/u)
    .default("SA,SU")
    .describe("weekdays that are none, by comma; empty for none"),
  category: z.string().min(1).max(100).optional().describe("events of this category alone are holidays"),
  keyword: z.string().min(1).max(100).optional().describe("events with this in their title alone are holidays"),
});
export type BusinessDayQuery = z.infer<typeof BusinessDayQuery>;

export const BusinessDayAnswer = z
  .object({
    calendarId: z.string().describe("the calendar of holidays"),
    find: FindBusinessDay,
    day: Day,
    weekday: Weekday,
    isBusinessDay: z.boolean().describe("whether `day` itself is one"),
    why: z.enum(["business-day", "weekend", "holiday"]),
    found: Day.optional().describe("the day that was asked for; absent where there is none within a year"),
    stale: z
      .object({ code: z.string(), since: z.string().optional() })
      .optional()
      .describe("why the holidays may not be those of today: the last good copy stands"),
  })
  .meta({ id: "BusinessDay", description: "A day, and whether it is a business day or which one was asked for." });
export type BusinessDayAnswer = z.infer<typeof BusinessDayAnswer>;

export const HostView = z
  .object({
    host: z.string(),
    startsPerSecond: z.number().describe("its pace; its own, or that of hosts like it"),
    isOwnPace: z.boolean().describe("whether somebody set it"),
    blackout: Blackout.describe("windows in which nobody asks it"),
    closedUntil: z.string().optional().describe("end of the window that is on"),
    cooldownUntil: z.string().optional().describe("until when it asked to be left alone"),
    nextStartAt: z.string().optional().describe("the first start that nobody has reserved, where that lies ahead"),
    skippedTurns: z.number().int().optional().describe("turns that did not fit into its pace these hours"),
  })
  .meta({ id: "Host", description: "A host's pace and windows, for the whole stack." });
export type HostView = z.infer<typeof HostView>;
