import { expect, test } from "vitest";

import { readComponent, writeComponent } from "../../lib/ics/component.ts";
import { writeTimes } from "../../lib/ics/render-times.ts";
import type { TimeReader } from "../../lib/ics/render-times.ts";
import { knownZone } from "../../lib/ics/zones.ts";

const READER: TimeReader = { zoneOf: knownZone };

const event = (lines: readonly string[]): ReturnType<typeof readComponent> =>
  readComponent(["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n"));
const write = (lines: readonly string[], master?: readonly string[], reader = READER): string[] =>
  writeComponent(writeTimes(event(lines), master === undefined ? undefined : event(master), reader))
    .split("\n")
    .slice(1, -1);

const SERIES = ["DTSTART;TZID=Europe/Berlin:20260105T100000", "RRULE:FREQ=DAILY"];
const DAYS = ["DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=DAILY"];

test("FREQ comes first in a rule, for Apple drops the series else", () => {
  expect(write(["DTSTART:20260105T100000Z", "RRULE:BYDAY=MO;freq=weekly;INTERVAL=2"])).toContain(
    "RRULE:FREQ=WEEKLY;BYDAY=MO;INTERVAL=2",
  );
  expect(write(["DTSTART:20260105T100000Z", "EXRULE:COUNT=2;FREQ=DAILY"])).toContain("EXRULE:FREQ=DAILY;COUNT=2");
});

test.each([
  ["in UTC", "EXDATE:20260106T090000Z"],
  ["in another zone", "EXDATE;TZID=America/New_York:20260106T040000"],
  ["floating", "EXDATE:20260106T100000"],
  ["a date", "EXDATE;VALUE=DATE:20260106"],
])("an EXDATE %s gets the zone of its series and stays the same instant", (_, exdate) => {
  expect(write([...SERIES, exdate])).toEqual([...SERIES, "EXDATE;TZID=Europe/Berlin:20260106T100000"]);
});

test("an EXDATE of an all-day series is a date, wherever its writer was", () => {
  expect(write([...DAYS, "EXDATE:20260106T000000Z", "EXDATE;TZID=Europe/Berlin:20260107T000000"])).toEqual([
    ...DAYS,
    "EXDATE;VALUE=DATE:20260106,20260107",
  ]);
});

test("an RDATE gets the zone of its series, but a day stays a day and a time a time", () => {
  expect(write([...SERIES, "RDATE:20260301T090000Z", "RDATE;VALUE=DATE:20260302"])).toEqual([
    ...SERIES,
    "RDATE;TZID=Europe/Berlin:20260301T100000",
    "RDATE;VALUE=DATE:20260302",
  ]);
  expect(write([...DAYS, "RDATE:20260301T090000Z"])).toEqual([...DAYS, "RDATE:20260301T090000Z"]);
});

test("an EXDATE with a zone on a series in UTC is written in UTC", () => {
  expect(write(["DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20260106T100000"])).toContain(
    "EXDATE:20260106T090000Z",
  );
});

test("a time of the hour that comes twice stays in UTC where only UTC can say which", () => {
  const hourly = ["DTSTART;TZID=Europe/Berlin:20261025T003000", "RRULE:FREQ=HOURLY"];
  expect(write([...hourly, "EXDATE:20261025T013000Z"])).toContain("EXDATE:20261025T013000Z");
  expect(write([...hourly, "EXDATE:20261025T003000Z"])).toContain("EXDATE;TZID=Europe/Berlin:20261025T023000");
});

test("one occurrence excluded twice is excluded once", () => {
  expect(write([...SERIES, "EXDATE:20260106T090000Z,20260106T090000Z"])).toEqual([
    ...SERIES,
    "EXDATE;TZID=Europe/Berlin:20260106T100000",
  ]);
});

test("a RECURRENCE-ID in UTC gets the zone of its series, summer and winter, and keeps its range", () => {
  const moved = "DTSTART;TZID=Europe/Berlin:20260701T120000";
  expect(write(["RECURRENCE-ID:20260701T080000Z", moved], SERIES)).toEqual([
    "RECURRENCE-ID;TZID=Europe/Berlin:20260701T100000",
    moved,
  ]);
  expect(write(["RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z"], SERIES)).toEqual([
    "RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20260106T100000",
  ]);
});

test("an override without its series keeps its RECURRENCE-ID", () => {
  const lines = ["RECURRENCE-ID:20260701T080000Z", "DTSTART:20260701T100000Z"];
  expect(write(lines)).toEqual(lines);
});

test("UNTIL is UTC in a series with a zone, a date in an all-day one, and a date that another writer gave stays", () => {
  const until = (value: string, start: string): string | undefined => write([start, `RRULE:FREQ=DAILY;UNTIL=${value}`])[1];
  expect(until("20260110T100000", "DTSTART;TZID=Europe/Berlin:20260105T100000")).toBe("RRULE:FREQ=DAILY;UNTIL=20260110T090000Z");
  expect(until("20260110T235959Z", "DTSTART;VALUE=DATE:20260105")).toBe("RRULE:FREQ=DAILY;UNTIL=20260110");
  expect(until("20260110T100000", "DTSTART:20260105T100000Z")).toBe("RRULE:FREQ=DAILY;UNTIL=20260110T100000Z");
  expect(until("20260110", "DTSTART:20260105T100000Z")).toBe("RRULE:FREQ=DAILY;UNTIL=20260110");
});

test("a time in a zone that nobody knows is written floating, beside the name of the zone", () => {
  expect(write(["DTSTART;TZID=Office Time:20260105T100000", "DTEND;TZID=Office Time:20260105T110000"])).toEqual([
    "DTSTART:20260105T100000",
    "DTEND:20260105T110000",
    "X-CALFERRY-ZONE:Office Time",
  ]);
});

test("an event that was written floating before says its zone once, in every further feed", () => {
  const lines = ["DTSTART:20260105T100000", "X-CALFERRY-ZONE:Office Time"];
  expect(write(lines)).toEqual(lines);
});

test("floating times get the member's own zone where the feed cannot speak for all", () => {
  const reader = { ...READER, floatingTzid: "Asia/Seoul" };
  const lines = ["DTSTART:20260105T100000", "RRULE:FREQ=DAILY;UNTIL=20260110T100000", "EXDATE:20260106T100000"];
  expect(write(lines, undefined, reader)).toEqual([
    "DTSTART;TZID=Asia/Seoul:20260105T100000",
    "RRULE:FREQ=DAILY;UNTIL=20260110T010000Z",
    "EXDATE;TZID=Asia/Seoul:20260106T100000",
  ]);
});

test("periods stay periods, and lose only a zone that nobody knows", () => {
  const period = "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260301T100000/PT1H";
  expect(write([...SERIES, period])).toContain(period);
  expect(write([...SERIES, "RDATE;VALUE=PERIOD;TZID=Office:20260301T100000/PT1H"]).slice(2)).toEqual([
    "RDATE;VALUE=PERIOD:20260301T100000/PT1H",
    "X-CALFERRY-ZONE:Office",
  ]);
});

test("a zone that nobody knows is taken off other properties too", () => {
  expect(write(["DTSTART:20260105T100000Z", "X-MOVED;TZID=Office;X-A=1:20260105T100000"])).toContain(
    "X-MOVED;X-A=1:20260105T100000",
  );
});
