/** import(export(x)) = x over generated calendars. */
import fc from "fast-check";
import { expect, test } from "vitest";

import { escapeText } from "../../lib/ics/content-line.ts";
import { roundTrip } from "../corpus/round-trip.ts";

const two = (number: number): string => String(number).padStart(2, "0");
const day = fc
  .record({
    year: fc.integer({ min: 1995, max: 2035 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
  })
  .map((date) => `${date.year}${two(date.month)}${two(date.day)}`);
const clock = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
const ZONES = [
  "Asia/Seoul",
  "Europe/Berlin",
  "America/New_York",
  "Customized Time Zone",
  "W. Europe Standard Time",
  "Nobody/Knows",
];
/** VALUE and TZID of a series, and how its times end. */
const kind = fc.oneof(
  fc.constant({ parameters: ";VALUE=DATE", isDate: true, mark: "" }),
  fc.constant({ parameters: "", isDate: false, mark: "Z" }),
  fc.constant({ parameters: "", isDate: false, mark: "" }),
  fc.constantFrom(...ZONES).map((zone) => ({ parameters: `;TZID=${zone}`, isDate: false, mark: "" })),
);
type Kind = { readonly parameters: string; readonly isDate: boolean; readonly mark: string };

const text = fc.string({ unit: "grapheme", maxLength: 120 }).map((plain) => escapeText(plain.trim()));
const rule = fc.constantFrom(
  "FREQ=DAILY;COUNT=9",
  "COUNT=4;FREQ=WEEKLY;BYDAY=MO,WE",
  "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2",
  "FREQ=YEARLY;UNTIL=20301231",
  "FREQ=WEEKLY;UNTIL=20300601T120000Z;WKST=SU",
);
const alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:soon", "END:VALARM"];

const event = fc
  .record({
    kind,
    days: fc.uniqueArray(day, { minLength: 3, maxLength: 3 }),
    clock,
    summary: text,
    note: text,
    rule: fc.option(rule),
    sequence: fc.integer({ min: 0, max: 9 }),
    hasAlarm: fc.boolean(),
    isMoved: fc.boolean(),
  })
  .map(({ kind: type, days, clock: at, ...rest }) => {
    const [start = "", excluded = "", moved = ""] = days.map((date) => timeOn(date, at, type));
    return Object.assign(rest, { type, start, excluded, moved });
  });
type Generated = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

function timeOn(
  date: string,
  { hour, minute }: { readonly hour: number; readonly minute: number },
  { isDate, mark }: Kind,
): string {
  return isDate ? date : `${date}T${two(hour)}${two(minute)}00${mark}`;
}

function linesOf(generated: Generated, index: number): string[] {
  const { type, start, excluded, moved, summary, note, sequence } = generated;
  const shared = [`UID:uid-${index}@generated`, "DTSTAMP:20260101T000000Z", `SEQUENCE:${sequence}`, `SUMMARY:${summary}`];
  const master = [
    "BEGIN:VEVENT",
    ...shared,
    `DTSTART${type.parameters}:${start}`,
    `X-NOTE;X-KIND="a;b":${note}`,
    'ATTENDEE;CN="Kim, Ha-neul":mailto:kim@example.com',
    ...(generated.rule === null ? [] : [`RRULE:${generated.rule}`, `EXDATE${type.parameters}:${excluded}`]),
    ...(generated.hasAlarm ? alarm : []),
    "END:VEVENT",
  ];
  if (!generated.isMoved) return master;
  const override = [
    "BEGIN:VEVENT",
    ...shared,
    `RECURRENCE-ID${type.parameters}:${excluded}`,
    `DTSTART${type.parameters}:${moved}`,
  ];
  return [...master, ...override, "END:VEVENT"];
}

const OWN_ZONE = [
  "BEGIN:VTIMEZONE",
  "TZID:Customized Time Zone",
  "BEGIN:STANDARD",
  "DTSTART:16010101T030000",
  "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "END:STANDARD",
  "BEGIN:DAYLIGHT",
  "DTSTART:16010101T020000",
  "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "END:DAYLIGHT",
  "END:VTIMEZONE",
];

const calendar = fc
  .record({ events: fc.array(event, { minLength: 1, maxLength: 5 }), isSeoul: fc.boolean() })
  .map(({ events, isSeoul }) => {
    const zone = isSeoul ? ["X-WR-TIMEZONE:Asia/Seoul"] : [];
    const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", ...zone, ...OWN_ZONE, ...events.flatMap(linesOf), "END:VCALENDAR"];
    return `${lines.join("\r\n")}\r\n`;
  });

test("a feed of ours, imported and exported again, has the same events and the same bytes", () => {
  fc.assert(
    fc.property(calendar, (ics) => {
      const trip = roundTrip(new TextEncoder().encode(ics));
      expect(trip).toBeDefined();
      expect(trip?.fault).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});
