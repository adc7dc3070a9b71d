import { expect, test } from "vitest";

import { inspectFeed } from "../../lib/core/inspect.ts";
import type { Inspection } from "../../lib/core/inspect.ts";

const bytes = (...lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR", ""].join("\r\n"));
const FEED = bytes(
  "X-WR-CALNAME:근무표",
  "X-WR-TIMEZONE:Asia/Seoul",
  "BEGIN:VEVENT",
  String.raw`UID:a\@x\,1`,
  "DTSTART:20260601T090000",
  "DURATION:PT1H",
  "RRULE:FREQ=DAILY",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "DTSTART:someday",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "SUMMARY:without a UID",
  "DTSTART;VALUE=DATE:20260602",
  "END:VEVENT",
);
const WINDOW = { from: "2026-06-02T00:00:00Z", to: "2026-06-04T00:00:00Z" };
const inspect = (options: Parameters<typeof inspectFeed>[2], body: Uint8Array = FEED): Inspection => {
  const seen = inspectFeed(body, undefined, options);
  if (seen.kind === "refused") throw new Error(seen.reason);
  return seen;
};

test("name, zone, events kept and what was left out are told without a window", () => {
  expect(inspect({})).toEqual({
    kind: "inspection",
    calendar: { name: "근무표", timeZone: "Asia/Seoul" },
    events: 2,
    skipped: [expect.objectContaining({ line: 10, code: "dtstart-invalid" })],
    occurrences: [],
    total: 0,
    capped: false,
  });
});

test("half a window is none", () => {
  expect(inspect({ from: WINDOW.from }).total).toBe(0);
  expect(inspect({ to: WINDOW.to }).total).toBe(0);
});

test("a calendar that says nothing of itself has neither name nor zone", () => {
  expect(inspect({}, bytes()).calendar).toEqual({});
});

test("occurrences come by start, with the source's UID, in the calendar's zone", () => {
  const { occurrences, total, capped } = inspect(WINDOW);
  expect([total, capped]).toEqual([2, false]);
  expect(occurrences).toEqual([
    { uid: "a x,1", startUtc: "2026-06-02T00:00:00Z", endUtc: "2026-06-02T01:00:00Z", allDay: false },
    { uid: "a x,1", startUtc: "2026-06-03T00:00:00Z", endUtc: "2026-06-03T01:00:00Z", allDay: false },
  ]);
});

test("the floating zone wins over the calendar's; an event without a UID is listed without one", () => {
  expect(inspect({ ...WINDOW, floating: "UTC" }).occurrences).toEqual([
    { uid: "", startUtc: "2026-06-02T00:00:00Z", endUtc: "2026-06-03T00:00:00Z", allDay: true },
    { uid: "a x,1", startUtc: "2026-06-02T09:00:00Z", endUtc: "2026-06-02T10:00:00Z", allDay: false },
    { uid: "a x,1", startUtc: "2026-06-03T09:00:00Z", endUtc: "2026-06-03T10:00:00Z", allDay: false },
  ]);
});

test("500 occurrences are listed unless another number is asked for; all are counted", () => {
  const years = { from: "2026-06-01T00:00:00Z", to: "2029-01-01T00:00:00Z" };
  const { occurrences, total, capped } = inspect(years);
  expect([occurrences.length, capped]).toEqual([500, true]);
  expect(total).toBeGreaterThan(900);
  expect(inspect({ ...years, limit: 3 }).occurrences).toHaveLength(3);
});

test("what is no calendar is refused, and so is one with more bad events than good ones", () => {
  expect(inspectFeed(new TextEncoder().encode("<html>"), undefined, {})).toMatchObject({
    kind: "refused",
    code: "not-icalendar",
  });
  const bad = Array.from({ length: 21 }, () => ["BEGIN:VEVENT", "DTSTART:someday", "END:VEVENT"]).flat();
  expect(inspectFeed(bytes(...bad), undefined, {})).toMatchObject({ kind: "refused", code: "too-many-bad-components" });
});

test("the declared charset is used", () => {
  const latin = new Uint8Array([...bytes("X-WR-CALNAME:caf?")].map((byte) => (byte === 0x3f ? 0xe9 : byte)));
  expect(inspectFeed(latin, "text/calendar; charset=ISO-8859-1", {})).toMatchObject({ calendar: { name: "café" } });
});
