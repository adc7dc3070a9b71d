/** Calendars for downloads: snapshots made of VEVENT lines. */
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { readComponent } from "../../lib/ics/component.ts";
import { readTimes } from "../../lib/ics/event-times.ts";
import { writeRecurrenceId } from "../../lib/ics/recurrence-id.ts";
import { makeZones } from "../../lib/ics/zones.ts";

/** `lines` of one VEVENT each, without BEGIN and END. */
export function snapshotOf(events: readonly (readonly string[])[], properties: Snapshot["properties"] = {}): Snapshot {
  const zones = makeZones([]);
  return {
    version: 1,
    calendarId: "cal1",
    calendarVersion: 1,
    engine: 1,
    takenAt: "2026-05-01T00:00:00.000Z",
    contentHash: "h",
    properties,
    timezones: [],
    eventCount: events.length,
    skipped: [],
    events: events.map((lines) => {
      const text = ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n");
      const uid = lines.find((line) => line.startsWith("UID:"))?.slice("UID:".length) ?? "";
      const reading = readTimes(readComponent(text));
      const id = "times" in reading ? reading.times.recurrenceId : undefined;
      const recurrenceId = id === undefined ? {} : { recurrenceId: writeRecurrenceId(id, zones) };
      return {
        uid,
        sourceUid: uid,
        ...recurrenceId,
        block: "b",
        meaning: "m",
        sequence: 0,
        lastModified: "20260501T000000Z",
        text,
      };
    }),
  };
}

/** An hour each day at nine in Seoul, so many days. */
export function daily(uid: string, days: number): string[] {
  return [
    `UID:${uid}`,
    "DTSTART;TZID=Asia/Seoul:20260101T090000",
    "DTEND;TZID=Asia/Seoul:20260101T100000",
    `RRULE:FREQ=DAILY;COUNT=${days}`,
    `SUMMARY:회의 ${uid}`,
    "LOCATION:서울\\, 강남",
  ];
}
