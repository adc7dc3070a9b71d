/** Which form each line of a masked or shared event must have to get through. */
import { expect, test } from "vitest";

import type { Mask } from "../../lib/contract/feed.ts";
import { maskEvent, maskedUid, shownAs } from "../../lib/core/mask.ts";
import { readComponent, writeComponent } from "../../lib/ics/component.ts";
import { feed } from "./sample-feed.ts";

const GUARD = feed().policy;
const shownLines = (mask: Mask, policy: typeof GUARD, ...lines: readonly string[]): string[] =>
  writeComponent(maskEvent(readComponent(["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n")), mask, policy))
    .split("\n")
    .slice(1, -1);
/** What of one line a busy member shows. */
const busy = (line: string): string | undefined => {
  const [first, ...others] = shownLines("busy", GUARD, line);
  return others.length === 0 ? undefined : first;
};

test.each([
  "DTSTART:20260105",
  "DTSTART:20260105T100000",
  "DTEND:20260105T100000Z",
  "RECURRENCE-ID:20260105T100000Z",
  "RECURRENCE-ID;RANGE=THISANDFUTURE:20260105T100000Z",
  "DURATION:P1D",
  "DURATION:PT1H30M",
  "DURATION:+P2W",
  "DURATION:-PT5S",
  "EXDATE:20260105,20260106",
  "RDATE:20260105T100000Z,20260106T100000Z",
  "RDATE;VALUE=PERIOD:20260105T100000/20260105T110000",
  "RDATE;VALUE=PERIOD:20260105T100000Z/20260105T110000Z",
  "RDATE;VALUE=PERIOD:20260105T100000Z/PT1H,20260106T100000Z/P1D",
  "EXRULE:FREQ=DAILY;COUNT=3",
  "STATUS:TENTATIVE",
  "STATUS:CANCELLED",
  "TRANSP:OPAQUE",
  "CLASS:PRIVATE",
  "CLASS:CONFIDENTIAL",
  "DTSTART;VALUE=DATE:20260105",
  "DTSTART;VALUE=DATE-TIME;TZID=Europe/Berlin:20260105T100000",
])("a busy member shows %s as it is", (line) => {
  expect(busy(line)).toBe(line);
});

test.each([
  "DTSTART:on 20260105",
  "DTSTART:20260105T100000Z or later",
  "DTSTART:20260105T100000Z0",
  "DTSTART:20260105T1000",
  "DTSTART:2026010",
  "DURATION:about P1D",
  "DURATION:P",
  "DURATION:P1D at most",
  "DURATION:P123456789012345678901",
  "DURATION:*P1D",
  "RDATE;VALUE=PERIOD:from 20260105T100000Z/PT1H",
  "RDATE;VALUE=PERIOD:20260105T100000Z/PT1H or so",
  "RDATE;VALUE=PERIOD:20260105T100000Z/20260105T110000Z or so",
  "RDATE;VALUE=PERIOD:20260105T100000Z/2T110000Z",
  "RDATE;VALUE=PERIOD:20260105T100000Z/20260105T1Z",
  "EXRULE:whenever",
  "RRULE:whenever",
  "STATUS:NOT CONFIRMED",
  "STATUS:CONFIRMED BY ANN",
  "TRANSP:NOT OPAQUE",
  "TRANSP:TRANSPARENT TO ANN",
  "CLASS:NOT PUBLIC",
  "CLASS:PRIVATE TO ANN",
  "SUMMARY:Talk",
  "X-OWN:Talk",
])("a busy member does not show %s", (line) => {
  expect(busy(line)).toBeUndefined();
});

test.each([
  ["DTSTART;VALUE=MY-DATE:20260105", "DTSTART:20260105"],
  ["DTSTART;VALUE=DATES:20260105", "DTSTART:20260105"],
  ["DTSTART;VALUE=DATE,ANN:20260105", "DTSTART:20260105"],
  ["RECURRENCE-ID;RANGE=NOT-THISANDFUTURE:20260105", "RECURRENCE-ID:20260105"],
  ["RECURRENCE-ID;RANGE=THISANDFUTURES:20260105", "RECURRENCE-ID:20260105"],
  ["DTSTART;X-NOTE=DATE:20260105", "DTSTART:20260105"],
  ["EXDATE: 20260105 ,20260106", "EXDATE:20260105,20260106"],
  ["STATUS: confirmed ", "STATUS:CONFIRMED"],
])("of %s a busy member shows %s", (line, shown) => {
  expect(busy(line)).toBe(shown);
});

test("an event without a title has none under titles, and Busy under busy", () => {
  expect(shownLines("titles", GUARD, "DTSTART:20260105")).toEqual(["DTSTART:20260105"]);
  expect(shownLines("busy", GUARD, "DTSTART:20260105")).toEqual(["DTSTART:20260105", "SUMMARY:Busy"]);
});

test.each([
  "ATTENDEE:mailto:ann@example.org",
  "ORGANIZER:mailto:ann@example.org",
  "CONFERENCE:https://example.org/1",
  "X-GOOGLE-CONFERENCE:https://example.org/1",
  "X-GOOGLE-HANGOUT:https://example.org/1",
  "X-MICROSOFT-ONLINEMEETINGINFORMATION:1",
  "X-MICROSOFT-SKYPETEAMSMEETINGURL:1",
  "X-MICROSOFT-SCHEDULINGSERVICEUPDATEURL:1",
  "X-MS-OLK-CONFTYPE:0",
  "X-MS-OLK-SENDER:mailto:ann@example.org",
  "X-MS-OLK-ORGANIZERALIAS:ann",
  "X-CALENDARSERVER-ATTENDEE-COMMENT:late",
  "X-CALENDARSERVER-ORGANIZER-COMMENT:late",
  "X-CALENDARSERVER-CONFERENCE-URL:1",
  "X-ZOOM-MEETING:1",
  "X-TEAMS-LINK:1",
  "X-WEBEX-LINK:1",
  "X-CONFERENCE-CODE:1",
  "X-ATTENDEES:ann",
  "X-ORGANIZER-NAME:ann",
])("%s stays out of a full member unless people are kept", (line) => {
  expect(shownLines("full", GUARD, line)).toEqual([]);
  expect(shownLines("full", { ...GUARD, people: "keep" }, line)).toEqual([line]);
});

test.each(["X-OWN-ATTENDEE:1", "CONFERENCES:1", "X-GOOGLE-CONFERENCES:1", "X-MS-OLK-FORCEINSPECTOROPEN:TRUE"])(
  "%s names nobody and stays in a full member",
  (line) => {
    expect(shownLines("full", GUARD, line)).toEqual([line]);
  },
);

test("a line that is nothing but a meeting's link stays out of a full member", () => {
  expect(shownLines("full", GUARD, "LOCATION:https://zoom.us/j/1", "SUMMARY:Talk")).toEqual(["SUMMARY:Talk"]);
});

test("participants go with people, alarms by their own policy", () => {
  const lines = ["BEGIN:PARTICIPANT", "UID:ann", "END:PARTICIPANT", "BEGIN:VALARM", "ACTION:AUDIO", "END:VALARM"];
  expect(shownLines("full", { ...GUARD, alarms: "keep" }, ...lines)).toEqual(lines.slice(3));
  expect(shownLines("full", { ...GUARD, people: "keep" }, ...lines)).toEqual(lines.slice(0, 3));
});

test("other parts of an event stay in a full member", () => {
  const lines = ["BEGIN:VLOCATION", "UID:room", "END:VLOCATION"];
  expect(shownLines("full", GUARD, ...lines)).toEqual(lines);
});

test("a class with blanks around it is the class", () => {
  const shown = (text: string): string => shownAs(readComponent(`BEGIN:VEVENT\n${text}\nEND:VEVENT`), undefined, "full", GUARD);
  expect([shown("CLASS: PUBLIC "), shown("CLASS: confidential ")]).toEqual(["full", "nothing"]);
});

test.each(["0".repeat(33), "0".repeat(31), `x${"0".repeat(32)}`])("a UID that only looks masked (%s) is masked", (start) => {
  expect(maskedUid("cal1", `${start}@calferry`)).not.toBe(`${start}@calferry`);
  expect(maskedUid("cal1", `${"0".repeat(32)}@calferry.org`)).not.toBe(`${"0".repeat(32)}@calferry.org`);
});
