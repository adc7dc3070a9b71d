/** Components that do not begin, do not end, or lie in one another without end; bodies that only look like calendars. */
import { calendar, event, kept, plainEvent, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const NESTED = `${"BEGIN:VALARM\r\n".repeat(10_000)}${"END:VALARM\r\n".repeat(10_000)}`.trimEnd();
const DEEPEST = `${"BEGIN:A\r\n".repeat(40_000)}${"END:A\r\n".repeat(40_000)}`.trimEnd();

export const BROKEN_FRAMES: readonly HostileInput[] = [
  { name: "an empty body", body: () => "", expected: { refused: "not-icalendar" }, quick: true },
  { name: "an empty calendar", body: () => calendar(), expected: kept(0), quick: true },
  {
    name: "100,000 events without an end",
    body: () => `BEGIN:VCALENDAR\r\n${"BEGIN:VEVENT\r\nUID:a\r\n".repeat(100_000)}`,
    expected: { refused: "not-icalendar" },
  },
  {
    name: "100,000 events without an end in a whole calendar",
    body: () => calendar("BEGIN:VEVENT\r\nUID:a\r\n".repeat(100_000).trimEnd()),
    expected: { refused: "too-many-bad-components" },
  },
  {
    name: "100,000 ends without a beginning",
    body: () => calendar("END:VEVENT\r\nEND:X\r\n".repeat(100_000).trimEnd(), event("a")),
    expected: kept(1),
  },
  {
    name: "the end of a calendar alone",
    body: () => "END:VCALENDAR\r\n".repeat(1000),
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "10,000 alarms in one another",
    body: () => calendar(event("a", NESTED), event("b")),
    expected: kept(1, { skipped: { "component-too-deep": 1 } }),
    quick: true,
  },
  {
    name: "twenty towers of 40,000 components",
    body: () =>
      calendar(
        times(20, (index) => event(`t${index}`, DEEPEST)),
        times(20, (index) => event(`e${index}`)),
      ),
    expected: kept(20, { skipped: { "component-too-deep": 20 } }),
  },
  {
    name: "10,000 events in one another",
    body: () => calendar("BEGIN:VEVENT\r\n".repeat(10_000) + "END:VEVENT\r\n".repeat(10_000).trimEnd(), event("a")),
    expected: { refused: "too-many-bad-components" },
    quick: true,
  },
  {
    name: "50,000 calendars in one another",
    body: () => `${"BEGIN:VCALENDAR\r\n".repeat(50_000)}${event("a")}\r\n${"END:VCALENDAR\r\n".repeat(50_000)}`,
    expected: kept(1),
  },
  {
    name: "an event that ends as another component",
    body: () => calendar("BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260506T010000Z\r\nEND:VTODO", event("b")),
    expected: kept(1, { skipped: { "component-unclosed": 1 } }),
    quick: true,
  },
  {
    name: "text before and after the calendar",
    body: () => `<br />\r\n<b>Warning</b>: x in y on line 1\r\n${calendar(event("a"))}<!-- 12 ms -->\r\nBEGIN:NOTHING\r\n`,
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "an HTML page that holds a whole calendar",
    body: () => `<!DOCTYPE html>\r\n<html><body><pre>\r\n${calendar(event("a"))}</pre></body></html>\r\n`,
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "a JSON answer that holds a whole calendar in a string",
    body: () => JSON.stringify({ error: calendar(event("a")) }),
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "24 MB of text without a calendar",
    body: () => "BEGIN VCALENDAR\r\n".repeat(1_500_000),
    expected: { refused: "not-icalendar" },
  },
  {
    name: "a calendar cut off in the middle of a multi-byte character",
    body: () => Buffer.from(calendar(event("a", "SUMMARY:한국어"))).subarray(0, -40),
    expected: { refused: "not-icalendar" },
    quick: true,
  },
  {
    name: "an event within an alarm of an event",
    body: () => calendar(event("a", "BEGIN:VALARM", event("b"), "END:VALARM"), event("c"), plainEvent("UID:d")),
    expected: kept(2, { skipped: { "component-unclosed": 1, "dtstart-missing": 1 } }),
    quick: true,
  },
];
