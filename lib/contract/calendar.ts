/** A calendar: what its owner asked for (META), written by the API and the terminal. */
import * as z from "zod";

import { BusinessDays, CalendarSchedule } from "./schedule.ts";
import { IntervalMinutes } from "./slot.ts";

/** Sent to the url's own origin alone; a secret as a whole. A header of the connection itself is none of a calendar's. */
export const SourceAuth = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("basic"),
    // RFC 7617 2: a user-id holds no colon.
    user: z.string().regex(/^[^:\p{Cc}]{1,200}$/u),
    password: z.string().regex(/^\P{Cc}{0,1000}$/u),
  }),
  z.strictObject({
    kind: z.literal("header"),
    name: z
      .string()
      .regex(/^(?!(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|range)$)[a-z\d-]{1,64}$/iu),
    value: z.string().regex(/^[\u0021-\u007e][\u0020-\u007e]{0,3999}$/u),
  }),
]);
export type SourceAuth = z.infer<typeof SourceAuth>;

export const Source = z.discriminatedUnion("kind", [
  /** Pulled. The url is a secret: it is stored here and nowhere else. */
  z.object({ kind: z.literal("url"), url: z.string(), auth: SourceAuth.optional() }),
  /** Written through the API. */
  z.object({ kind: z.literal("push") }),
]);
export type Source = z.infer<typeof Source>;

/** How a calendar treats what its source sends; each field that changes meaning is part of the content hash. */
export const ImportPolicy = z.object({
  /** Events that had ended when the source dropped them. */
  pastEvents: z.enum(["keep", "mirror"]).default("keep"),
  /** Whether the feed's REFRESH-INTERVAL may lengthen the interval. */
  refreshHint: z.enum(["follow", "ignore"]).default("follow"),
  /** Sent instead of Calferry's own, for hosts that refuse unknown agents. */
  userAgent: z
    .string()
    .regex(/^[\u0020-\u007e]{1,200}$/u)
    .optional(),
});
export type ImportPolicy = z.infer<typeof ImportPolicy>;

/** The app's own name of a calendar, unique among its owner's. */
const ExternalId = z.string().regex(/^[\u0021-\u007e]{1,120}$/u);

const MetadataKey = z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/u);
const MetadataValue = z.string().max(200);
const METADATA_PAIRS = 20;

/** What an app keeps beside a calendar; Calferry reads none of it. */
const Metadata = z
  .record(MetadataKey, MetadataValue)
  .refine((pairs) => Object.keys(pairs).length <= METADATA_PAIRS, `expected at most ${METADATA_PAIRS} pairs`);

export const CalendarState = z.enum(["active", "paused", "suspended", "removed"]);
export type CalendarState = z.infer<typeof CalendarState>;

export const Calendar = z.object({
  version: z.literal(1),
  calendarId: z.string(),
  ownerId: z.string(),
  name: z.string(),
  source: Source,
  intervalMinutes: IntervalMinutes,
  /** Absent: by its interval, on the wheel. */
  schedule: CalendarSchedule.optional(),
  businessDays: BusinessDays.optional(),
  state: CalendarState,
  /** What was paused: a host resumed does not resume a calendar that was paused by itself. */
  pausedBy: z.enum(["calendar", "host", "owner"]).optional(),
  policy: ImportPolicy,
  externalId: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  /** Moves by one with each change of its owner; the condition of the next. */
  edition: z.number().int().positive().optional(),
  createdAt: z.string(),
});
export type Calendar = z.infer<typeof Calendar>;

/** Body of POST /v1/calendars and arguments of `calferry calendar add`. */
export const CalendarDraft = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  ownerId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/u)
    .default("default"),
  source: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("url"), url: z.string().max(4096), auth: SourceAuth.optional() }),
    z.strictObject({ kind: z.literal("push") }),
  ]),
  intervalMinutes: IntervalMinutes.default(60),
  schedule: CalendarSchedule.optional(),
  businessDays: BusinessDays.optional(),
  policy: ImportPolicy.prefault({}),
  externalId: ExternalId.optional(),
  metadata: Metadata.optional(),
  /** `now` imports at once; `turn` waits for the calendar's next turn on the wheel. */
  firstImport: z.enum(["now", "turn"]).default("now"),
});
export type CalendarDraft = z.infer<typeof CalendarDraft>;

/**
 * Body of PATCH /v1/calendars/{id}, a merge patch (RFC 7396): what is absent stays, null removes. The source's kind is fixed for life; a new
 * `url` without `auth` is asked without any.
 */
export const CalendarPatch = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  intervalMinutes: IntervalMinutes.optional(),
  schedule: CalendarSchedule.optional(),
  businessDays: BusinessDays.nullable().optional(),
  policy: z
    .strictObject({
      pastEvents: ImportPolicy.shape.pastEvents.unwrap().optional(),
      refreshHint: ImportPolicy.shape.refreshHint.unwrap().optional(),
      userAgent: ImportPolicy.shape.userAgent.unwrap().nullable().optional(),
    })
    .optional(),
  externalId: ExternalId.nullable().optional(),
  metadata: z.record(MetadataKey, MetadataValue.nullable()).optional(),
  source: z.strictObject({ url: z.string().max(4096).optional(), auth: SourceAuth.nullable().optional() }).optional(),
});
export type CalendarPatch = z.infer<typeof CalendarPatch>;
