/** One event as JSON, in RFC 5545's words: what an app puts, and what it is shown. */
import * as z from "zod";

/** A date `2026-05-06`, a local time `2026-05-06T10:00:00` or a UTC instant `2026-05-06T10:00:00Z`. */
const EventTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/u)
  .meta({ description: "A date 2026-05-06, a local time 2026-05-06T10:00:00 or a UTC instant 2026-05-06T10:00:00Z." });
const Text = z.string().max(65_000);
const ZoneName = z.string().regex(/^[^\p{Cc}"]{1,100}$/u);

/**
 * RFC 5545 3.8.4.7. Stands in the calendar's text as it is, so that it holds nothing that would have to be escaped there: changes, feeds and
 * this API name an event by the same characters.
 */
const EventUid = z.string().regex(/^(?! )[^\p{Cc}\p{Cs}\\;,]{1,250}(?<! )$/u);

const LOST = "none: JSON cannot carry them and putting it would lose them; put the text/calendar";

/** What an event is shown with: taken and left aside, so that what was read can be changed and put back. */
const ShownFields = {
  etag: z.string().max(200).optional(),
  sequence: z.number().optional(),
  lastModified: z.string().max(40).optional(),
  others: z.array(z.string()).max(0, { error: LOST }).optional(),
};

const EventFields = z.strictObject({
  ...ShownFields,
  summary: Text.optional(),
  description: Text.optional(),
  location: Text.optional(),
  start: EventTime,
  /** Exclusive, in the form of `start`. Without `end` and `duration` a day, or a moment. */
  end: EventTime.optional(),
  duration: z
    .string()
    .regex(/^P(?:\d{1,5}W|(?=\d|T\d)(?:\d{1,5}D)?(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,5}M)?(?:\d{1,6}S)?)?)$/u)
    .optional(),
  /** Of local times; without it they are floating: the same on every wall clock. */
  zone: ZoneName.optional(),
  /** Of `end`, where it is another than `zone`, as of a flight. */
  endZone: ZoneName.optional(),
  /** What `start` says by being a date; may be said again. */
  allDay: z.boolean().optional(),
  status: z.enum(["TENTATIVE", "CONFIRMED", "CANCELLED"]).optional(),
  transp: z.enum(["OPAQUE", "TRANSPARENT"]).optional(),
  class: z.enum(["PUBLIC", "PRIVATE", "CONFIDENTIAL"]).optional(),
  categories: z.array(z.string().min(1).max(200)).max(50).optional(),
  priority: z.number().int().min(0).max(9).optional(),
  url: z
    .string()
    .regex(/^[\u0021-\u007e]{1,2000}$/u)
    .optional(),
});

/** An occurrence that is not as its series says; whole, for it inherits nothing. */
export const EventOverride = EventFields.extend({
  /** Start that the series gives it, in the form and zone of the series' `start`. */
  recurrenceId: EventTime,
});
export type EventOverride = z.infer<typeof EventOverride>;

export const EventInput = EventFields.extend({
  /** May be left out where the address says it. */
  uid: EventUid.optional(),
  /** RFC 5545 3.3.10, such as `FREQ=WEEKLY;BYDAY=MO`. */
  rrule: z
    .string()
    .regex(/^[\w=,;:+-]{6,1000}$/u)
    .optional(),
  rdate: z.array(EventTime).max(2000).optional(),
  exdate: z.array(EventTime).max(2000).optional(),
  overrides: z.array(EventOverride).max(500).optional(),
});
export type EventInput = z.infer<typeof EventInput>;

const OPERATIONS_LIMIT = 500;

/** A UID as it stands in the calendar; one that an ICS brought may hold escapes. */
const StoredUid = z.string().regex(/^[^\p{Cc}]{1,2000}$/u);
/** As in the calendar: `20260506T010000Z`, `20260506` or `20260506T100000`. */
const StoredRecurrenceId = z.string().regex(/^\d{8}(?:T\d{6}Z?)?$/u);
const EntityTag = z.string().regex(/^(?:\*|"[\u0021\u0023-\u007e]{1,100}")$/u);
const Conditions = {
  /** The event's ETag, or `*`: it must be there. */
  ifMatch: EntityTag.optional(),
  /** It must not be there. */
  ifNoneMatch: z.literal("*").optional(),
};

const EventOperation = z.union([
  z.strictObject({ op: z.literal("put"), event: EventInput.required({ uid: true }), ...Conditions }),
  z.strictObject({
    op: z.literal("put"),
    uid: StoredUid,
    /** VCALENDAR with the master and its overrides. */
    ics: z.string().min(1).max(2_000_000),
    ...Conditions,
  }),
  z.strictObject({
    op: z.literal("delete"),
    uid: StoredUid,
    recurrenceId: StoredRecurrenceId.optional(),
    ifMatch: EntityTag.optional(),
  }),
]);
export type EventOperation = z.infer<typeof EventOperation>;

/** Body of POST /v1/calendars/{id}/events/batch: in their order, whole or not at all, as one version. */
export const EventBatch = z.strictObject({ operations: z.array(EventOperation).min(1).max(OPERATIONS_LIMIT) });
export type EventBatch = z.infer<typeof EventBatch>;

/** Parameters of DELETE /v1/calendars/{id}/events/{uid}. */
export const DeleteEventQuery = z.strictObject({ recurrenceId: StoredRecurrenceId.optional() });
export type DeleteEventQuery = z.infer<typeof DeleteEventQuery>;
