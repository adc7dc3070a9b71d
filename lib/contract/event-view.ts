/** Events as the API shows them: one with its overrides, or the occurrences of a window of time. */
import * as z from "zod";

import { PageQuery } from "./page.ts";

const shownFields = {
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  start: z.string().describe("a date, a local time, or a UTC instant with Z"),
  end: z.string().optional().describe("exclusive, in the form of start"),
  duration: z.string().optional(),
  zone: z.string().optional().describe("of local times; without it they are floating"),
  endZone: z.string().optional().describe("of end, where it is another than zone"),
  allDay: z.boolean(),
  status: z.string().optional(),
  transp: z.string().optional(),
  class: z.string().optional(),
  categories: z.array(z.string()).readonly().optional(),
  priority: z.number().optional(),
  url: z.string().optional(),
  sequence: z.number().int().nonnegative(),
  lastModified: z.string(),
  others: z.array(z.string()).readonly().optional().describe("properties and components that only text/calendar shows, by name"),
};

export const OverrideView = z
  .object({ recurrenceId: z.string().describe("start that the series gives it"), ...shownFields })
  .meta({ id: "EventOverride", description: "An occurrence that is not as its series says." });
export type OverrideView = z.infer<typeof OverrideView>;

export const EventView = z
  .object({
    uid: z.string(),
    etag: z.string().describe("what If-Match says of this event"),
    recurrenceId: z.string().optional().describe("only where the series itself is not in the calendar"),
    ...shownFields,
    rrule: z.string().optional(),
    rdate: z.array(z.string()).readonly().optional(),
    exdate: z.array(z.string()).readonly().optional(),
    overrides: z.array(OverrideView).readonly().optional(),
  })
  .meta({ id: "Event", description: "An event with its overrides, as it stands in the calendar." });
export type EventView = z.infer<typeof EventView>;

export const OccurrenceView = z
  .object({
    uid: z.string(),
    recurrenceId: z.string().optional().describe("which occurrence of its series it is"),
    start: z.string().describe("UTC instant"),
    end: z.string().describe("UTC instant, exclusive"),
    allDay: z.boolean(),
    startDate: z.string().optional().describe("of an all-day occurrence"),
    endDate: z.string().optional().describe("exclusive, of an all-day occurrence"),
    summary: z.string().optional(),
    description: z.string().optional(),
    location: z.string().optional(),
    status: z.string().optional(),
    transp: z.string().optional(),
    class: z.string().optional(),
    categories: z.array(z.string()).readonly().optional(),
  })
  .meta({ id: "Occurrence", description: "One occurrence of an event within a window." });
export type OccurrenceView = z.infer<typeof OccurrenceView>;

const paged = {
  calendarVersion: z.number().int().nonnegative().optional().describe("of a calendar's events"),
  revision: z.number().int().nonnegative().optional().describe("of a feed's events"),
  cursor: z.string().optional().describe("asks for the next page; absent on the last"),
};
export const EventPage = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("occurrences"),
      from: z.string().describe("UTC instant"),
      to: z.string().describe("UTC instant"),
      zone: z.string().describe("of dates and floating times"),
      items: z.array(OccurrenceView).readonly(),
      isPartial: z.boolean().describe("the window costs too much to expand: ask for a smaller one"),
      ...paged,
    }),
    z.object({ kind: z.literal("events"), items: z.array(EventView).readonly(), ...paged }),
  ])
  .meta({ id: "EventPage", description: "Occurrences by start, or events by UID." });
export type EventPage = z.infer<typeof EventPage>;

/** A date, or an instant with its offset. */
const WindowEnd = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/u)
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: "a day and time that exist" });

/** Parameters of GET /v1/calendars/{id}/events. */
export const EventsQuery = PageQuery.extend({
  /** @default today */
  from: WindowEnd.optional(),
  /** Exclusive. @default 31 days after `from` */
  to: WindowEnd.optional(),
  /** IANA name: of dates and floating times. @default the calendar's own, else UTC */
  zone: z.string().min(1).max(100).optional(),
  /** `true`: occurrences; `false`: events as they stand, all of them or those with an occurrence in the window. */
  expand: z.enum(["true", "false"]).default("true"),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** What a write of one event came to. */
export const WrittenEvent = z
  .object({
    uid: z.string(),
    outcome: z.enum(["created", "updated", "deleted", "unchanged"]),
    etag: z.string().optional().describe("of the event as it stands now; absent where it is gone"),
    calendarVersion: z.number().int().nonnegative(),
  })
  .meta({ id: "WrittenEvent", description: "What a write of one event came to." });
export type WrittenEvent = z.infer<typeof WrittenEvent>;

export const WrittenBatch = z
  .object({
    created: z.number().int().nonnegative(),
    updated: z.number().int().nonnegative(),
    deleted: z.number().int().nonnegative(),
    calendarVersion: z.number().int().nonnegative(),
    operations: z.array(WrittenEvent.omit({ calendarVersion: true })).readonly(),
  })
  .meta({ id: "WrittenBatch", description: "What a batch came to, operation by operation." });
export type WrittenBatch = z.infer<typeof WrittenBatch>;
