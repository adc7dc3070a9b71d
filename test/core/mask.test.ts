import fc from "fast-check";
import { expect, test } from "vitest";

import { maskEvent, maskedUid, shownAs } from "../../lib/core/mask.ts";
import { readComponent, writeComponent } from "../../lib/ics/component.ts";
import { bodyOf, build, feed, linesOf, member, stored, timezone } from "./sample-feed.ts";

const GUARD = feed().policy;
const KEEP = { ...GUARD, people: "keep", alarms: "keep" } as const;
const event = (...lines: readonly string[]): ReturnType<typeof readComponent> =>
  readComponent(["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n"));
const masked = (shown: "full" | "titles" | "busy", policy: typeof GUARD, ...lines: readonly string[]): string[] =>
  writeComponent(maskEvent(event(...lines), shown, policy))
    .split("\n")
    .slice(1, -1);

const RICH = [
  "UID:a@x",
  "DTSTART;TZID=Europe/Berlin;X-NOTE=hello:20260105T100000",
  "DTEND;TZID=Europe/Berlin:20260105T110000",
  "RRULE:FREQ=DAILY;COUNT=3",
  "EXDATE;TZID=Europe/Berlin:20260106T100000",
  "SUMMARY;LANGUAGE=en:Talk",
  "STATUS:CONFIRMED",
  "TRANSP:TRANSPARENT",
  "CLASS:PUBLIC",
  "LOCATION:Room",
  "DESCRIPTION:Words",
  "ATTENDEE;CN=Ann:mailto:ann@example.org",
  "ORGANIZER:mailto:bob@example.org",
  "CONFERENCE;VALUE=URI:https://meet.example.org/1",
  "X-GOOGLE-CONFERENCE:https://meet.example.org/1",
  "X-MICROSOFT-ONLINEMEETINGCONFLINK:https://meet.example.org/1",
  "X-OWN:kept",
  "BEGIN:VALARM",
  "ACTION:EMAIL",
  "ATTENDEE:mailto:ann@example.org",
  "END:VALARM",
  "BEGIN:PARTICIPANT",
  "UID:ann",
  "END:PARTICIPANT",
];
const TIMES = [
  "DTSTART;TZID=Europe/Berlin:20260105T100000",
  "DTEND;TZID=Europe/Berlin:20260105T110000",
  "RRULE:FREQ=DAILY;COUNT=3",
  "EXDATE;TZID=Europe/Berlin:20260106T100000",
];

test("full shows all but people, conference links and alarms", () => {
  const dropped = /^(?:ATTENDEE|ORGANIZER|CONFERENCE|X-GOOGLE|X-MICROSOFT)/u;
  expect(masked("full", GUARD, ...RICH)).toEqual(
    RICH.slice(0, RICH.indexOf("BEGIN:VALARM")).filter((line) => !dropped.test(line)),
  );
});

test("full with people and alarms kept shows all", () => {
  expect(masked("full", KEEP, ...RICH)).toEqual(RICH);
});

test("an alarm that is kept without people addresses nobody", () => {
  expect(masked("full", { ...KEEP, people: "drop" }, ...RICH).slice(-3)).toEqual(["BEGIN:VALARM", "ACTION:EMAIL", "END:VALARM"]);
});

test("titles shows times, recurrence, status and the title, and nothing else of it", () => {
  expect(masked("titles", KEEP, ...RICH)).toEqual([
    ...TIMES,
    "STATUS:CONFIRMED",
    "TRANSP:TRANSPARENT",
    "CLASS:PUBLIC",
    "SUMMARY:Talk",
  ]);
});

test("busy shows times, recurrence and status, and Busy for a title", () => {
  expect(masked("busy", KEEP, ...RICH)).toEqual([
    ...TIMES,
    "STATUS:CONFIRMED",
    "TRANSP:TRANSPARENT",
    "CLASS:PUBLIC",
    "SUMMARY:Busy",
  ]);
});

test("what stands in a masked value without being one is left out", () => {
  const lines = [
    "DTSTART:soon",
    "DURATION:P1D and a secret",
    "RRULE:FREQ=DAILY;X-SECRET=1",
    "EXDATE:20260106T100000Z,secret",
    "RDATE;VALUE=PERIOD:20260107T100000Z/PT1H,secret",
    "STATUS:SECRET",
    "CLASS:SECRET",
    "TRANSP:SECRET",
  ];
  expect(masked("busy", GUARD, ...lines)).toEqual([
    "RRULE:FREQ=DAILY",
    "EXDATE:20260106T100000Z",
    "RDATE;VALUE=PERIOD:20260107T100000Z/PT1H",
    "SUMMARY:Busy",
  ]);
});

test("PRIVATE and classes that nobody knows show at most busy, CONFIDENTIAL nothing", () => {
  const shown = (...lines: readonly string[]): string => shownAs(event(...lines), undefined, "full", GUARD);
  expect([shown(), shown("CLASS:PUBLIC"), shown("CLASS:"), shown("CLASS:private"), shown("CLASS:X-TEAM")]).toEqual([
    "full",
    "full",
    "full",
    "busy",
    "busy",
  ]);
  expect(shown("CLASS:CONFIDENTIAL")).toBe("nothing");
});

test("a mask is never opened by a class, nor an override beyond its series", () => {
  expect(shownAs(event("CLASS:PUBLIC"), undefined, "titles", GUARD)).toBe("titles");
  expect(shownAs(event("CLASS:PRIVATE"), undefined, "titles", GUARD)).toBe("busy");
  expect(shownAs(event("CLASS:PUBLIC"), event("CLASS:PRIVATE"), "full", GUARD)).toBe("busy");
  expect(shownAs(event(), event("CLASS:CONFIDENTIAL"), "full", GUARD)).toBe("nothing");
  expect(shownAs(event("CLASS:CONFIDENTIAL"), event(), "full", GUARD)).toBe("nothing");
});

test("with class as-is the mask alone decides", () => {
  expect(shownAs(event("CLASS:CONFIDENTIAL"), event("CLASS:PRIVATE"), "titles", { ...GUARD, class: "as-is" })).toBe("titles");
});

test("a masked UID is a hash of calendar and UID, and masking it again changes nothing", () => {
  const uid = maskedUid("cal1", "ann@example.org");
  expect(uid).toMatch(/^[0-9a-f]{32}@calferry$/u);
  expect(maskedUid("cal2", "ann@example.org")).not.toBe(uid);
  expect(maskedUid("cal2", uid)).toBe(uid);
});

test("a confidential override takes its occurrence with it, so that the plain one does not show instead", () => {
  const built = build([
    member("cal1", [
      stored("UID:a", "DTSTART:20260105T100000Z", "RRULE:FREQ=DAILY", "SUMMARY:Run"),
      stored("UID:a", "RECURRENCE-ID:20260106T100000Z", "DTSTART:20260106T120000Z", "CLASS:CONFIDENTIAL", "SUMMARY:Doctor"),
    ]),
  ]);
  expect(linesOf(built, "EXDATE", "SUMMARY", "UID")).toEqual([
    expect.stringMatching(/@calferry$/u),
    "EXDATE:20260106T100000Z",
    "SUMMARY:Run",
  ]);
  expect(built.dropped).toEqual([{ calendarId: "cal1", uid: "a", recurrenceId: "20260106T100000Z", code: "class-confidential" }]);
});

test("a series with a confidential change of all its future is left out whole", () => {
  const built = build([
    member("cal1", [
      stored("UID:a", "DTSTART:20260105T100000Z", "RRULE:FREQ=DAILY"),
      stored("UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T100000Z", "DTSTART:20260106T120000Z", "CLASS:CONFIDENTIAL"),
    ]),
  ]);
  expect(built.eventCount).toBe(0);
  expect(built.dropped).toHaveLength(2);
});

test("a series with one private occurrence hides its UID everywhere and its title only there", () => {
  const built = build([
    member("cal1", [
      stored("UID:ann@example.org", "DTSTART:20260105T100000Z", "RRULE:FREQ=DAILY", "SUMMARY:Run"),
      stored(
        "UID:ann@example.org",
        "RECURRENCE-ID:20260106T100000Z",
        "DTSTART:20260106T120000Z",
        "CLASS:PRIVATE",
        "SUMMARY:Doctor",
      ),
    ]),
  ]);
  expect(linesOf(built, "SUMMARY")).toEqual(["SUMMARY:Run", "SUMMARY:Busy"]);
  expect(new Set(linesOf(built, "UID"))).toEqual(new Set([`UID:${maskedUid("cal1", "ann@example.org")}`]));
});

const OFFICE = [
  "BEGIN:STANDARD",
  "DTSTART:19700101T000000",
  "TZOFFSETFROM:+0300",
  "TZOFFSETTO:+0300",
  "TZNAME:Hidden",
  "END:STANDARD",
];

test("a masked event names no zone that a person may have named", () => {
  const events = [stored("UID:a", "DTSTART;TZID=Hidden Office:20260105T100000")];
  const built = build([member("cal1", events, "busy", { timezones: [timezone("Hidden Office", ...OFFICE)] })]);
  expect(bodyOf(built).join("\n")).not.toMatch(/Hidden/iu);
  const [name] = linesOf(built, "TZID").map((line) => line.slice("TZID:".length));
  expect(linesOf(built, "DTSTART")).toEqual(["DTSTART:19700101T000000", `DTSTART;TZID=${name}:20260105T100000`]);
});

/** Every place of an event that a person or a program may have written into. */
const secretPlaces = (secret: string): fc.Arbitrary<readonly string[]> => {
  const names = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "COMMENT",
    "CATEGORIES",
    "URL",
    "ATTENDEE",
    "STATUS",
    "TRANSP",
    "X-ANY",
    "GEO",
  ];
  const line = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom("", `;CN="${secret}"`, `;X-P=${secret}`))
    .map(([name, parameter]) => `${name}${parameter}:${secret}`);
  const times = fc.constantFrom(
    `EXDATE:20260106T100000Z,${secret}`,
    `RRULE:FREQ=DAILY;X-A=${secret}`,
    `RRULE:FREQ=DAILY;UNTIL=${secret}`,
    `RDATE;X-B=${secret}:20260107T100000Z`,
    `DTEND;TZID=${secret}:20260105T110000`,
    `EXDATE;TZID=${secret}:20260106T100000`,
    `DURATION:${secret}`,
    `X-CALFERRY-PATH:${secret}`,
    `X-CALFERRY-ZONE:${secret}`,
    `BEGIN:VALARM\nDESCRIPTION:${secret}\nEND:VALARM`,
  );
  return fc.array(fc.oneof(line, times), { maxLength: 12 });
};

test("the secret string is never in the bytes of a busy member, wherever the source put it", () => {
  const secret = "Qz7Secret";
  const starts = fc.constantFrom(
    "DTSTART:20260105T100000Z",
    `DTSTART;TZID=${secret}:20260105T100000`,
    `DTSTART;X-A=${secret}:20260105T100000Z`,
  );
  const zone = timezone(secret, ...OFFICE, `COMMENT:${secret}`);
  fc.assert(
    fc.property(starts, secretPlaces(secret), fc.boolean(), (start, lines, hasZone) => {
      const events = [stored(`UID:${secret}@x`, start, ...lines)];
      const extra = { timezones: hasZone ? [zone] : [], properties: { name: secret, description: secret, timeZone: secret } };
      const { ics } = build([member("cal1", events, "busy", extra)], { people: "keep", alarms: "keep" });
      expect(ics.replaceAll("\r\n ", "").toLowerCase()).not.toContain(secret.toLowerCase());
    }),
  );
});

test("the secret string is never in the bytes of a private event in a full member", () => {
  const secret = "Qz7Secret";
  fc.assert(
    fc.property(secretPlaces(secret), fc.constantFrom("PRIVATE", "CONFIDENTIAL", secret), (lines, level) => {
      const events = [stored(`UID:${secret}@x`, "DTSTART:20260105T100000Z", `CLASS:${level}`, ...lines)];
      const { ics } = build([member("cal1", events, "full")], { people: "keep", alarms: "keep" });
      expect(ics.replaceAll("\r\n ", "").toLowerCase()).not.toContain(secret.toLowerCase());
    }),
  );
});
