import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readBlocks } from "../../lib/ics/blocks.ts";
import { decodeBody } from "../../lib/ics/decode.ts";
import { blocksOf, calendarOf, eventOf } from "./sample-calendar.ts";

const EVENT = eventOf("UID:one", "DTSTART:20260506T100000Z", "SUMMARY:A long", " er title");
const BODY = calendarOf("X-WR-CALNAME:Team", EVENT);

describe("a body that is a calendar", () => {
  it.each([
    ["CRLF", "\r\n"],
    ["LF", "\n"],
    ["CR", "\r"],
    ["CR CR LF", "\r\r\n"],
  ])("is cut into unfolded blocks with their lines, whatever ends the lines (%s)", (_, end) => {
    const { events, properties, broken } = blocksOf(BODY.replaceAll("\r\n", end));
    expect(properties).toEqual(["VERSION:2.0", "X-WR-CALNAME:Team"]);
    expect(broken).toEqual([]);
    expect(events).toEqual([
      {
        name: "VEVENT",
        line: 4,
        lines: ["UID:one", "DTSTART:20260506T100000Z", "SUMMARY:A longer title"],
        numbers: [5, 6, 7],
        notes: [],
      },
    ]);
  });

  it("may mix line ends", () => {
    const ends = ["\r\n", "\n", "\r"];
    let at = 0;
    const mixed = BODY.replaceAll("\r\n", () => ends[(at += 1) % 3] ?? "");
    expect(blocksOf(mixed).events[0]?.lines).toEqual(blocksOf(BODY).events[0]?.lines);
  });

  it("has a lone CR inside a value left there when it would break a component", () => {
    const { events, broken } = blocksOf(calendarOf(eventOf("UID:one", "SUMMARY:x\rBEGIN:VEVENT", "DTSTART:20260506")));
    expect(broken).toEqual([]);
    expect(events[0]?.lines).toEqual(["UID:one", "SUMMARY:x\rBEGIN:VEVENT", "DTSTART:20260506"]);
  });

  it("may have text before it, markers in lower case and blanks after them", () => {
    const body = `Warning: something in line 3\n<b>Notice</b>BEGIN:VCALENDAR \nbegin:vevent\t\nUID:one\nEnd:Vevent \nEND:VCALENDAR</html>`;
    expect(blocksOf(body).events.map(({ lines, line }) => [line, lines])).toEqual([[3, ["UID:one"]]]);
  });

  it("may be several, which are merged", () => {
    const { events } = blocksOf(BODY + calendarOf(eventOf("UID:two")));
    expect(events.map(({ lines }) => lines[0])).toEqual(["UID:one", "UID:two"]);
  });

  it("may be components alone, each of them whole", () => {
    expect(blocksOf(`${EVENT}\r\n`).events).toHaveLength(1);
  });

  it("gives zones apart from events and leaves other components out", () => {
    const zone = ["BEGIN:VTIMEZONE", "TZID:Z", "BEGIN:STANDARD", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"];
    const { events, timezones } = blocksOf(
      calendarOf("BEGIN:VTODO", "UID:t", "BEGIN:VALARM", "END:VALARM", "END:VTODO", ...zone, EVENT),
    );
    expect(events).toHaveLength(1);
    expect(timezones.map(({ lines }) => lines)).toEqual([["TZID:Z", "BEGIN:STANDARD", "TZOFFSETTO:+0100", "END:STANDARD"]]);
  });
});

describe("a component that is not closed", () => {
  it.each([
    ["by another event", ["BEGIN:VEVENT", "UID:bad"], "the VEVENT of line 3 is not closed: line 5 begins a VEVENT"],
    [
      "by an END of another kind",
      ["BEGIN:VEVENT", "UID:bad", "END:VTODO"],
      "the VEVENT of line 3 is not closed: line 5 has END:VTODO where END:VEVENT was expected",
    ],
    [
      "because of its alarm",
      ["BEGIN:VEVENT", "UID:bad", "BEGIN:VALARM", "END:VEVENT"],
      "the VEVENT of line 3 is not closed: line 6 has END:VEVENT where END:VALARM was expected",
    ],
    [
      "because of an END without BEGIN",
      ["BEGIN:VEVENT", "UID:bad", "END:VALARM", "END:VEVENT"],
      "the VEVENT of line 3 is not closed: line 5 has END:VALARM without its BEGIN",
    ],
  ])("costs itself alone (%s)", (_, lines, reason) => {
    const { events, broken } = blocksOf(calendarOf(...lines, EVENT));
    expect(events.map((block) => block.lines[0])).toEqual(["UID:one"]);
    expect(broken.map(({ fault }) => fault)).toEqual([{ code: "component-unclosed", reason }]);
  });

  it("at the end of its calendar costs itself alone", () => {
    const { events, broken } = blocksOf(calendarOf(EVENT, "BEGIN:VEVENT", "UID:bad"));
    expect(events).toHaveLength(1);
    expect(broken[0]?.fault.reason).toBe("the VEVENT of line 9 is not closed: line 11 ends the calendar");
  });
});

describe("a body that is no calendar", () => {
  it.each([
    ["", "the body is empty, expected BEGIN:VCALENDAR"],
    [" \r\n\t", "the body is empty, expected BEGIN:VCALENDAR"],
    ["<!DOCTYPE html><html><p>Sign in", "the body is an HTML page, expected BEGIN:VCALENDAR; the source may ask for a login"],
    ["<?xml version='1.0'?>", `the body is XML or HTML, beginning "<?xml version='1.0'?>", expected BEGIN:VCALENDAR`],
    ['{"error": 1}', 'the body is JSON, beginning "{"error": 1}", expected BEGIN:VCALENDAR'],
    ["Not found", 'the body begins "Not found", expected BEGIN:VCALENDAR'],
    ["BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "the body ends without END:VCALENDAR: it was cut off"],
    [
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1",
      "the body ends inside the VEVENT of line 2, expected END:VEVENT and END:VCALENDAR: it was cut off",
    ],
  ])("is refused with its reason: %j", (body, reason) => {
    expect(readBlocks(body)).toBe(reason);
  });

  it("is every beginning of a calendar", () => {
    const end = BODY.lastIndexOf("END:VCALENDAR") + "END:VCALENDAR".length;
    for (let length = 0; length < end; length += 1) expect(typeof readBlocks(BODY.slice(0, length))).toBe("string");
  });
});

describe("limits", () => {
  it("drop a long inline attachment and shorten a long text, and say so", () => {
    const { events } = blocksOf(
      calendarOf(eventOf("UID:one", `ATTACH;VALUE=BINARY:${"A".repeat(40_000)}`, `DESCRIPTION:${"x".repeat(70_000)}`)),
    );
    expect(events[0]?.lines.map((line) => line.length)).toEqual([7, 65_536]);
    expect(events[0]?.notes).toEqual([
      { line: 5, code: "attachment-dropped", reason: "ATTACH has 40020 characters, expected at most 32768" },
      { line: 6, code: "value-shortened", reason: "DESCRIPTION has 70012 characters, expected at most 65536" },
    ]);
  });

  it("never cut an escape or a character in two", () => {
    const start = "DESCRIPTION:";
    const head = "x".repeat(65_536 - start.length - 1);
    const lineOf = (tail: string): string | undefined => blocksOf(calendarOf(eventOf(start + head + tail))).events[0]?.lines[0];
    expect(lineOf("\\n and more")).toBe(start + head);
    expect(lineOf("😀 and more")).toBe(start + head);
    expect(lineOf("y and more")).toBe(`${start}${head}y`);
  });

  it("cost a component that is too large or too deep, and that alone", () => {
    const large = eventOf("UID:large", ...Array.from({ length: 20 }, (_, at) => `X-${at}:${"x".repeat(60_000)}`));
    const deep = eventOf("UID:deep", ...Array.from({ length: 9 }, () => "BEGIN:X"), ...Array.from({ length: 9 }, () => "END:X"));
    const { events, broken } = blocksOf(calendarOf(large, deep, EVENT));
    expect(broken.map(({ fault }) => fault.code)).toEqual(["component-too-large", "component-too-deep"]);
    expect(events).toHaveLength(1);
  });
});

describe("any bytes at all", () => {
  const words = fc.constantFrom(
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VALARM",
    "END:VALARM",
    "UID:1",
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    ";",
    "\0",
  );

  it("are cut or refused, never thrown over", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(words, { maxLength: 60 }), (bytes, pieces) => {
        for (const body of [decodeBody(bytes), pieces.join("")]) {
          const blocks = readBlocks(body);
          expect(typeof blocks === "string" || blocks.events.every(({ line }) => line > 0)).toBe(true);
        }
      }),
    );
  });
});
