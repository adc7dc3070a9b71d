import { expect, test } from "vitest";

import { ENGINE_VERSION } from "../../lib/core/read-feed.ts";
import { newCalendar } from "../../lib/core/registry.ts";
import { newSnapshot, sameFacts } from "../../lib/core/snapshots.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { snapshot, stored, timezone } from "./sample-feed.ts";

const TAKEN = "2026-05-06T01:00:00Z";
const { calendar } = newCalendar(CalendarDraft.parse({ source: { kind: "push" } }), "cal1", TAKEN);
const skipped = (count: number): { line: number; code: "rrule-invalid"; reason: string }[] =>
  Array.from({ length: count }, (_, line) => ({ line, code: "rrule-invalid", reason: "no rule" }));
const parts = {
  calendar,
  version: 4,
  scan: { contentHash: "hash" },
  read: { properties: { name: "Team" }, timezones: [timezone("Office")], skipped: skipped(2) },
  takenAt: TAKEN,
  events: [stored("UID:a", "DTSTART:20260105T100000Z")],
};

test("a snapshot is the whole content at one version", () => {
  expect(newSnapshot(parts)).toEqual({
    version: 1,
    calendarId: "cal1",
    calendarVersion: 4,
    engine: ENGINE_VERSION,
    takenAt: TAKEN,
    contentHash: "hash",
    properties: { name: "Team" },
    timezones: [timezone("Office")],
    eventCount: 1,
    skipped: skipped(2),
    events: parts.events,
  });
});

test("a snapshot lists the first 200 components that were left out", () => {
  expect(newSnapshot({ ...parts, read: { ...parts.read, skipped: skipped(201) } }).skipped).toEqual(skipped(200));
});

test("a snapshot names the one that it follows", () => {
  expect(newSnapshot({ ...parts, previousKey: "snapshots/cal1/3-x" }).previousKey).toBe("snapshots/cal1/3-x");
  expect(newSnapshot(parts)).not.toHaveProperty("previousKey");
});

test("two versions say the same where properties, zones and the number of events are equal", () => {
  const one = snapshot([], { properties: { name: "Team" }, timezones: [timezone("Office")], eventCount: 3 });
  expect(sameFacts(one, { ...one, calendarVersion: 9, takenAt: "later" })).toBe(true);
  expect(sameFacts(one, { ...one, properties: { name: "Crew" } })).toBe(false);
  expect(sameFacts(one, { ...one, timezones: [] })).toBe(false);
  expect(sameFacts(one, { ...one, eventCount: 4 })).toBe(false);
});
