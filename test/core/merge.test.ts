import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { distinctUids } from "../../lib/core/merge.ts";
import { bodyOf, build, linesOf, member, stored, timezone } from "./sample-feed.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const START = "DTSTART:20260105T100000Z";

test("a UID that two members share stays with the first calendar by id and is told apart for the other, overrides included", () => {
  const series = [
    stored("UID:a", START, "RRULE:FREQ=DAILY"),
    stored("UID:a", "RECURRENCE-ID:20260106T100000Z", "DTSTART:20260106T120000Z"),
  ];
  const uids = linesOf(build([member("cal2", series), member("cal1", [stored("UID:a", START), stored("UID:b", START)])]), "UID");
  const other = `UID:a-${hash("cal2").slice(0, 8)}`;
  expect(uids).toEqual(["UID:a", other, other, "UID:b"]);
});

test("a told-apart UID never meets one that is there already", () => {
  const taken = `a-${hash("cal2").slice(0, 8)}`;
  const uidOf = distinctUids([
    { calendarId: "cal1", uid: "a" },
    { calendarId: "cal2", uid: "a" },
    { calendarId: "cal1", uid: taken },
  ]);
  expect(uidOf("cal2", "a")).toBe(`a-${hash("cal2").slice(0, 9)}`);
  expect(uidOf("cal1", "a")).toBe("a");
  expect(uidOf("cal1", taken)).toBe(taken);
});

test("a member's place in the feed changes no byte", () => {
  const [one, two] = [member("cal1", [stored("UID:a", START)]), member("cal2", [stored("UID:a", START, "SUMMARY:x")])];
  expect(build([one, two]).ics).toBe(build([two, one]).ics);
});

const fixed = (offset: string): string[] => [
  "BEGIN:STANDARD",
  "DTSTART:19700101T000000",
  `TZOFFSETFROM:${offset}`,
  `TZOFFSETTO:${offset}`,
  "END:STANDARD",
];
const inOffice = (uid: string): ReturnType<typeof stored> => stored(`UID:${uid}`, "DTSTART;TZID=Office:20260105T100000");

test("two members that mean the same by a zone's name share one definition, however they wrote it", () => {
  const other = ["X-LIC-LOCATION:Somewhere", ...fixed("+0300").map((line) => line.replace("1970", "1990"))];
  const built = build([
    member("cal1", [inOffice("a")], "full", { timezones: [timezone("Office", ...fixed("+0300"))] }),
    member("cal2", [inOffice("b")], "full", { timezones: [timezone("Office", ...other)] }),
  ]);
  expect(linesOf(built, "TZID")).toEqual(["TZID:Office"]);
});

test("two members that mean different zones by one name keep them apart", () => {
  const built = build([
    member("cal2", [inOffice("b")], "full", { timezones: [timezone("Office", ...fixed("+0300"))] }),
    member("cal1", [inOffice("a")], "full", { timezones: [timezone("Office", ...fixed("+0500"))] }),
  ]);
  const [first, second] = linesOf(built, "TZID");
  expect(first).toBe("TZID:Office");
  expect(second).toMatch(/^TZID:Office-[0-9a-f]{8}$/u);
  expect(linesOf(built, "TZOFFSETTO")).toEqual(["TZOFFSETTO:+0500", "TZOFFSETTO:+0300"]);
  expect(linesOf(built, "DTSTART").slice(2)).toEqual([
    "DTSTART;TZID=Office:20260105T100000",
    `DTSTART;TZID=${second?.slice("TZID:".length)}:20260105T100000`,
  ]);
});

test("there is one VTIMEZONE for each zone in use and none for another", () => {
  const unused = timezone("Unused", ...fixed("+0100"));
  const events = [
    stored("UID:a", "DTSTART;TZID=Europe/Berlin:20260105T100000", "DTEND;TZID=America/New_York:20260105T100000"),
    stored("UID:b", "DTSTART;TZID=Europe/Berlin:20260105T100000", "X-OTHER;TZID=Asia/Tokyo:20260105T100000"),
  ];
  const built = build([member("cal1", events, "full", { timezones: [unused] })]);
  expect(linesOf(built, "TZID")).toEqual(["TZID:America/New_York", "TZID:Asia/Tokyo", "TZID:Europe/Berlin"]);
});

test("a Windows name without a definition gets one under that very name", () => {
  const built = build([member("cal1", [stored("UID:a", "DTSTART;TZID=W. Europe Standard Time:20260105T100000")])]);
  expect(bodyOf(built).slice(0, 7)).toEqual([
    "BEGIN:VTIMEZONE",
    "TZID:W. Europe Standard Time",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "DTSTART:19810329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  ]);
});

test("a definition is found however its name is escaped", () => {
  const zones = [timezone(String.raw`Paris\, Rome`, ...fixed("+0700"))];
  const events = [stored("UID:a", 'DTSTART;TZID="Paris, Rome":20260105T100000')];
  const built = build([member("cal1", events, "full", { timezones: zones })]);
  expect(linesOf(built, "TZID", "TZOFFSETTO")).toEqual([String.raw`TZID:Paris\, Rome`, "TZOFFSETTO:+0700"]);
});

test("zones whose names differ in letters alone are told apart by the very name", () => {
  const zones = [timezone("Office", ...fixed("+0300")), timezone("office", ...fixed("+0400"))];
  const events = [stored("UID:a", "DTSTART;TZID=office:20260105T100000")];
  expect(linesOf(build([member("cal1", events, "full", { timezones: zones })]), "TZOFFSETTO")).toEqual(["TZOFFSETTO:+0400"]);
});

test("floating times of a single member keep its X-WR-TIMEZONE", () => {
  const built = build([
    member("cal1", [stored("UID:a", "DTSTART:20260105T100000")], "full", { properties: { timeZone: "Asia/Seoul" } }),
  ]);
  expect(built.ics).toContain("\r\nX-WR-TIMEZONE:Asia/Seoul\r\n");
  expect(linesOf(built, "DTSTART")).toEqual(["DTSTART:20260105T100000"]);
});

test("floating times of members in different zones are written in each member's zone, those of a member without one stay floating", () => {
  const built = build([
    member("cal1", [stored("UID:a", "DTSTART:20260105T100000")], "full", { properties: { timeZone: "Asia/Seoul" } }),
    member("cal2", [stored("UID:b", "DTSTART:20260105T100000")]),
  ]);
  expect(built.ics).not.toContain("X-WR-TIMEZONE");
  expect(linesOf(built, "DTSTART").slice(-2)).toEqual(["DTSTART;TZID=Asia/Seoul:20260105T100000", "DTSTART:20260105T100000"]);
  expect(linesOf(built, "TZID")).toEqual(["TZID:Asia/Seoul"]);
});
