import { expect, test } from "vitest";

import { readComponent, writeComponent } from "../../lib/ics/component.ts";
import { feedZone } from "../../lib/ics/feed-zone.ts";
import { sameOffsets } from "../../lib/ics/vtimezone-onsets.ts";
import { timezoneComponent } from "../../lib/ics/vtimezone.ts";
import type { Zone } from "../../lib/ics/zone.ts";
import { knownZone } from "../../lib/ics/zones.ts";

const known = (name: string): Zone => knownZone(name) ?? { id: "none", offsetAt: () => Number.NaN };
const made = (name: string, firstYear: number): string[] =>
  writeComponent(timezoneComponent(name, known(name), undefined, firstYear)).split("\n");

const rewritten = (lines: readonly string[], firstYear = 2026): { written: string[]; zone: Zone; back: Zone } => {
  const source = readComponent(["BEGIN:VTIMEZONE", ...lines, "END:VTIMEZONE"].join("\n"));
  const zone = feedZone("Office", source) ?? known("none");
  const component = timezoneComponent("Office", zone, source, firstYear);
  return {
    written: writeComponent(component).split("\n").slice(2, -1),
    zone,
    back: feedZone("Office", component) ?? known("none"),
  };
};

test("Berlin in 2026 is two rules with a start well in the past", () => {
  expect(made("Europe/Berlin", 2026)).toEqual([
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "DTSTART:19810329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "DTSTART:19961027T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
  ]);
});

test("New York keeps the rules of before 2007 for events that need them", () => {
  const rules = made("America/New_York", 2006).filter((line) => line.startsWith("RRULE"));
  expect(rules).toEqual([
    "RRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU",
    "RRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
  ]);
});

test("a zone without summer time is one STANDARD", () => {
  expect(made("Asia/Tokyo", 2026).slice(2, -1)).toEqual([
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0900",
    "TZOFFSETTO:+0900",
    "DTSTART:19700101T000000",
    "END:STANDARD",
  ]);
});

test("a move for good is a STANDARD, not summer time without end", () => {
  expect(made("Europe/Moscow", 2012).slice(2, -1)).toEqual([
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0300",
    "TZOFFSETTO:+0400",
    "DTSTART:20110327T020000",
    "END:STANDARD",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0400",
    "TZOFFSETTO:+0300",
    "DTSTART:20141026T020000",
    "END:STANDARD",
  ]);
});

test.each([
  ["W. Europe Standard Time", 2026],
  ["Customized/../Europe/London", 1996],
  ["America/Sao_Paulo", 2010],
  ["Africa/Casablanca", 2012],
  ["Asia/Gaza", 2015],
  ["Africa/Cairo", 2010],
  ["Australia/Lord_Howe", 1990],
  ["Asia/Kathmandu", 1980],
  ["America/St_Johns", 1985],
  ["Europe/Lisbon", 1950],
])("what is written for %s has the zone's own offsets from %i on, and no RDATE", (name, firstYear) => {
  const component = timezoneComponent(name, known(name), undefined, firstYear);
  const back = feedZone(name, component) ?? known("none");
  expect(sameOffsets(known(name), back, firstYear)).toBe(true);
  expect(writeComponent(component)).not.toContain("RDATE");
});

const CUSTOM = [
  "TZID:Office",
  "X-LIC-LOCATION:Nowhere",
  "BEGIN:STANDARD",
  "DTSTART:16010101T030000",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "TZNAME:Office Winter",
  "RRULE:BYDAY=-1SU;FREQ=YEARLY;BYMONTH=10",
  "END:STANDARD",
  "BEGIN:DAYLIGHT",
  "DTSTART:16010101T020000",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;UNTIL=20300331T020000",
  "END:DAYLIGHT",
];

test("a definition of the source's own stays, in order, FREQ first and UNTIL in UTC", () => {
  const { written, zone, back } = rewritten(CUSTOM);
  expect(written).toEqual([
    "BEGIN:STANDARD",
    "TZNAME:Office Winter",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "DTSTART:16010101T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "DTSTART:16010101T020000",
    "RRULE:FREQ=YEARLY;UNTIL=20300331T010000Z;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
  ]);
  expect(sameOffsets(zone, back, 2020)).toBe(true);
});

test("a definition by RDATE, which Outlook ignores, becomes rules that end where the dates end", () => {
  const years = [2024, 2025, 2026, 2027, 2028];
  const springs = ["0331", "0330", "0329", "0328", "0326"].map((day, index) => `${years[index]}${day}T020000`);
  const autumns = ["1027", "1026", "1025", "1031", "1029"].map((day, index) => `${years[index]}${day}T030000`);
  const { written, zone, back } = rewritten([
    "TZID:Office",
    "BEGIN:DAYLIGHT",
    `DTSTART:${springs[0]}`,
    `RDATE:${springs.join(",")}`,
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    `DTSTART:${autumns[0]}`,
    ...autumns.map((time) => `RDATE:${time}`),
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
  ]);
  expect(written.filter((line) => /^(?:DTSTART|RRULE|RDATE)/u.test(line))).toEqual([
    "DTSTART:20240331T020000",
    "RRULE:FREQ=YEARLY;UNTIL=20280326T010000Z;BYMONTH=3;BYDAY=-1SU",
    "DTSTART:20241027T030000",
    "RRULE:FREQ=YEARLY;UNTIL=20281029T010000Z;BYMONTH=10;BYDAY=-1SU",
  ]);
  expect(sameOffsets(zone, back, 2025)).toBe(true);
});

test("a definition with a rule of a form that no zone needs is written anew with the same offsets", () => {
  const lines = CUSTOM.map((line) =>
    line.replace("BYDAY=-1SU;FREQ=YEARLY;BYMONTH=10", "FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYSETPOS=-1"),
  );
  const { written, zone, back } = rewritten(lines);
  expect(written.join("\n")).not.toContain("BYSETPOS");
  expect(written[0]).toBe("BEGIN:DAYLIGHT");
  expect(sameOffsets(zone, back, 2026)).toBe(true);
});

test("a name with a comma is TEXT in the definition", () => {
  const component = timezoneComponent("(UTC+01:00) Paris, Rome", known("Europe/Paris"), undefined, 2026);
  expect(component.properties[0]?.value).toBe(String.raw`(UTC+01:00) Paris\, Rome`);
});
