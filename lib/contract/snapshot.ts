/** The whole normalized content of a calendar at one version, as it lies in the bucket (gzip, one JSON line each: header, then events). */
import * as z from "zod";

import { SKIPS } from "./code.ts";

/** A component that was left out or cut while the rest was kept. */
export const Skipped = z.object({
  /** Line in the decoded body, from 1; 0 when the component has no line of its own. */
  line: z.number().int().nonnegative(),
  /** The component's UID, where one could be read. */
  uid: z.string().optional(),
  code: z.enum(SKIPS),
  /** One sentence: the value seen and the value wanted. */
  reason: z.string(),
});
export type Skipped = z.infer<typeof Skipped>;

/** A VTIMEZONE of the source, unfolded content lines joined by "\n". */
export const SnapshotTimezone = z.object({ tzid: z.string(), text: z.string() });
export type SnapshotTimezone = z.infer<typeof SnapshotTimezone>;

/** One VEVENT; identity is (uid, recurrenceId). */
export const SnapshotEvent = z.object({
  /** Our UID: the source's, a synthetic one, or the pinned older one. */
  uid: z.string(),
  /** The UID as the source wrote it; empty when it had none. */
  sourceUid: z.string(),
  /** RECURRENCE-ID as an instant `20260506T010000Z`, a date `20260506` or a floating time `20260506T100000`; absent for the master. */
  recurrenceId: z.string().optional(),
  /** Hash of the source's block without DTSTAMP, order and folding aside: equal means nothing to parse. */
  block: z.string(),
  /** Hash of the meaning, without DTSTAMP, CREATED, LAST-MODIFIED and SEQUENCE: unequal means the event changed. */
  meaning: z.string(),
  /** RFC 5545 3.8.7.4, moved by real change alone: max(source's, stored + 1). */
  sequence: z.number().int().nonnegative(),
  /** UTC `20260506T010000Z` of the stored revision; DTSTAMP and LAST-MODIFIED of every export. */
  lastModified: z.string(),
  /** Zones of the event that neither the feed nor any table knows; it is kept, never silently local. */
  zoneUnknown: z.boolean().optional(),
  /** Dropped by the source after it had ended, and kept by policy. */
  keptPast: z.boolean().optional(),
  /** BEGIN:VEVENT to END:VEVENT, unfolded content lines joined by "\n", without DTSTAMP, LAST-MODIFIED, SEQUENCE; UID is ours. */
  text: z.string(),
});
export type SnapshotEvent = z.infer<typeof SnapshotEvent>;

/** What the calendar says of itself. */
export const CalendarProperties = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  color: z.string().optional(),
  /** X-WR-TIMEZONE, as an IANA name where it could be resolved. */
  timeZone: z.string().optional(),
  /** REFRESH-INTERVAL or X-PUBLISHED-TTL, minutes. */
  refreshMinutes: z.number().int().positive().optional(),
});
export type CalendarProperties = z.infer<typeof CalendarProperties>;

export const SnapshotHeader = z.object({
  version: z.literal(1),
  calendarId: z.string(),
  calendarVersion: z.number().int().positive(),
  engine: z.number().int(),
  /** UTC instant at which the source was read. */
  takenAt: z.string(),
  contentHash: z.string(),
  /** Key of the snapshot that this one took the place of: tells committed ones from those that lost. */
  previousKey: z.string().optional(),
  properties: CalendarProperties,
  timezones: z.array(SnapshotTimezone),
  eventCount: z.number().int().nonnegative(),
  skipped: z.array(Skipped),
});
export type SnapshotHeader = z.infer<typeof SnapshotHeader>;

export const Snapshot = SnapshotHeader.extend({ events: z.array(SnapshotEvent) });
export type Snapshot = z.infer<typeof Snapshot>;
