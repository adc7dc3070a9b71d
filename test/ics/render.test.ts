import fc from "fast-check";
import { expect, test } from "vitest";

import { readComponent } from "../../lib/ics/component.ts";
import { stampEvent } from "../../lib/ics/render-event.ts";
import { renderCalendar } from "../../lib/ics/render.ts";

const revision = { lastModified: "20260102T030405Z", sequence: 3 };
const event = (...lines: readonly string[]): ReturnType<typeof readComponent> =>
  stampEvent(readComponent(["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n")), "a@x", revision);

test("a calendar says its name, its description, its zone, its colour and how often to come back, each in the ways that subscribers know", () => {
  const head = {
    name: "Team, one",
    description: "Read at 9.\nFine",
    color: "Tomato",
    timeZone: "Asia/Seoul",
    refreshMinutes: 90,
  };
  expect(renderCalendar(head, [])).toBe(
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Calferry//Calferry//EN",
      "CALSCALE:GREGORIAN",
      "METHOD:PUBLISH",
      String.raw`NAME:Team\, one`,
      String.raw`X-WR-CALNAME:Team\, one`,
      String.raw`DESCRIPTION:Read at 9.\nFine`,
      String.raw`X-WR-CALDESC:Read at 9.\nFine`,
      "X-WR-TIMEZONE:Asia/Seoul",
      "COLOR:tomato",
      "REFRESH-INTERVAL;VALUE=DURATION:PT1H30M",
      "X-PUBLISHED-TTL:PT1H30M",
      "END:VCALENDAR",
      "",
    ].join("\r\n"),
  );
});

test.each([
  [1, "PT1M"],
  [60, "PT1H"],
  [1440, "P1D"],
  [1500, "P1DT1H"],
  [0, "PT1M"],
])("%i minutes between two visits are written %s", (refreshMinutes, written) => {
  expect(renderCalendar({ name: "x", refreshMinutes }, [])).toContain(`\r\nX-PUBLISHED-TTL:${written}\r\n`);
});

test.each([
  ["#3366ff", "COLOR:royalblue\r\nX-APPLE-CALENDAR-COLOR:#3366FF\r\n"],
  ["#FF0000FF", "COLOR:red\r\nX-APPLE-CALENDAR-COLOR:#FF0000\r\n"],
])("the colour %s goes to Apple as it is and to the others by the nearest name", (color, lines) => {
  expect(renderCalendar({ name: "x", color, refreshMinutes: 60 }, [])).toContain(lines);
});

test("a colour that is none is left out", () => {
  expect(renderCalendar({ name: "x", color: "rgb(1;2)", refreshMinutes: 60 }, [])).not.toContain("COLOR");
});

test("an event has one order of properties, whatever the source's", () => {
  const text = [
    "X-B:1",
    "LOCATION:Room",
    "SUMMARY:Talk",
    "EXDATE:20260107T090000Z",
    "RRULE:FREQ=DAILY",
    "CATEGORIES:two",
    "CATEGORIES:one",
    "DTEND:20260106T100000Z",
    "DTSTART:20260106T090000Z",
    "UID:old",
  ];
  expect(event(...text).properties.map(({ name, value }) => `${name}:${value}`)).toEqual([
    "UID:a@x",
    "DTSTAMP:20260102T030405Z",
    "DTSTART:20260106T090000Z",
    "DTEND:20260106T100000Z",
    "RRULE:FREQ=DAILY",
    "EXDATE:20260107T090000Z",
    "SEQUENCE:3",
    "LAST-MODIFIED:20260102T030405Z",
    "SUMMARY:Talk",
    "CATEGORIES:two",
    "CATEGORIES:one",
    "LOCATION:Room",
    "X-B:1",
  ]);
});

test("stamps of the source never stand beside those of the stored revision", () => {
  const names = event("DTSTAMP:20010101T000000Z", "SEQUENCE:9", "LAST-MODIFIED:20010101T000000Z").properties.map(
    ({ name }) => name,
  );
  expect(names).toEqual(["UID", "DTSTAMP", "SEQUENCE", "LAST-MODIFIED"]);
});

test("a bare carriage return in a title cannot begin a line of its own", () => {
  const ics = renderCalendar({ name: "x", refreshMinutes: 60 }, [event("SUMMARY:x\rBEGIN:VALARM\u0000\u001b[31m\ty")]);
  expect(ics).toContain("\r\nSUMMARY:xBEGIN:VALARM[31m\ty\r\n");
});

test("escapes of the source stay as they are", () => {
  const value = String.raw`a\, b\; c\\ d\n e \x "q"`;
  expect(renderCalendar({ name: "x", refreshMinutes: 60 }, [event(`DESCRIPTION:${value}`)])).toContain(
    `\r\nDESCRIPTION:${value}\r\n`,
  );
});

test("every line of any calendar ends in CRLF, has at most 75 octets and no control character but TAB", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(text, text, (name, summary) => {
      const ics = renderCalendar({ name, refreshMinutes: 60 }, [event(`SUMMARY:${summary.replaceAll("\n", "")}`)]);
      expect(ics.isWellFormed()).toBe(true);
      expect(ics.endsWith("END:VCALENDAR\r\n")).toBe(true);
      const lines = ics.split("\r\n");
      expect(lines.every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
      expect(lines.join("")).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/u);
    }),
  );
});
