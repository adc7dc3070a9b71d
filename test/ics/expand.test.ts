import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { inspectFeed } from "../../lib/core/inspect.ts";
import type { InspectOptions } from "../../lib/core/inspect.ts";
import { expand } from "../../lib/ics/expand.ts";
import { bytesOf, calendarOf, eventOf, outlookZone } from "./sample-calendar.ts";

const YEARS = { from: "2026-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z" };

function inspect(
  body: string,
  options: InspectOptions = YEARS,
): { readonly starts: string[]; readonly total: number; readonly capped: boolean; readonly full: string[] } {
  const seen = inspectFeed(bytesOf(body), "text/calendar", options);
  if (seen.kind === "refused") throw new Error(seen.reason);
  return {
    starts: seen.occurrences.map(({ startUtc }) => startUtc.slice(0, 16)),
    full: seen.occurrences.map(({ startUtc, endUtc, allDay }) => `${startUtc} ${endUtc}${allDay ? " all day" : ""}`),
    total: seen.total,
    capped: seen.capped,
  };
}

/** Starts of one event, to the minute. */
function startsOf(...lines: readonly string[]): string[] {
  return inspect(calendarOf(outlookZone("Own"), eventOf("UID:a", ...lines))).starts;
}

describe("an event that does not recur", () => {
  it.each([
    [["DTSTART:20260506T100000Z"], "2026-05-06T10:00:00Z 2026-05-06T10:00:00Z"],
    [["DTSTART:20260506T100000Z", "DTEND:20260506T113000Z"], "2026-05-06T10:00:00Z 2026-05-06T11:30:00Z"],
    [["DTSTART:20260506T100000Z", "DURATION:PT90M"], "2026-05-06T10:00:00Z 2026-05-06T11:30:00Z"],
    [["DTSTART:20260506T100000Z", "DTEND:20260506T090000Z"], "2026-05-06T10:00:00Z 2026-05-06T10:00:00Z"],
    [["DTSTART:20260506"], "2026-05-06T00:00:00Z 2026-05-07T00:00:00Z all day"],
    [["DTSTART;VALUE=DATE:20260506", "DTEND;VALUE=DATE:20260509"], "2026-05-06T00:00:00Z 2026-05-09T00:00:00Z all day"],
    [["DTSTART:20260506", "DTEND:20260507T040000"], "2026-05-06T00:00:00Z 2026-05-07T04:00:00Z all day"],
    [["DTSTART;TZID=Own:20260328T120000", "DURATION:P1D"], "2026-03-28T11:00:00Z 2026-03-29T10:00:00Z"],
    [["DTSTART;TZID=Own:20260328T120000", "DURATION:PT24H"], "2026-03-28T11:00:00Z 2026-03-29T11:00:00Z"],
    [["DTSTART;TZID=Own:20260506T100000", "DTEND;TZID=Asia/Tokyo:20260506T180000"], "2026-05-06T08:00:00Z 2026-05-06T09:00:00Z"],
  ])("%j lasts as it says", (lines, occurrence) => {
    expect(inspect(calendarOf(outlookZone("Own"), eventOf("UID:a", ...lines))).full).toEqual([occurrence]);
  });

  it("in floating time has the asked zone, else X-WR-TIMEZONE, else UTC", () => {
    const body = (...lines: readonly string[]): string => calendarOf(...lines, eventOf("UID:a", "DTSTART:20260506T100000"));
    const own = body("X-WR-TIMEZONE:Europe/Berlin");
    expect(inspect(body()).starts).toEqual(["2026-05-06T10:00"]);
    expect(inspect(own).starts).toEqual(["2026-05-06T08:00"]);
    expect(inspect(own, { ...YEARS, floating: "America/New_York" }).starts).toEqual(["2026-05-06T14:00"]);
    expect(inspect(own, { ...YEARS, floating: "UTC" }).starts).toEqual(["2026-05-06T10:00"]);
  });

  it("beyond the year 9999 is not listed", () => {
    const far = { from: "9999-01-01T00:00:00Z", to: "10001-01-01T00:00:00Z" };
    expect(inspect(calendarOf(eventOf("UID:a", "DTSTART;TZID=America/New_York:99991231T220000"))).total).toBe(0);
    expect(inspect(calendarOf(eventOf("UID:a", "DTSTART:99991230T220000Z", "RRULE:FREQ=DAILY")), far).total).toBe(2);
  });
});

describe("a series", () => {
  it("keeps its hour across a change of the clocks", () => {
    expect(startsOf("DTSTART;TZID=Own:20260328T100000", "RRULE:FREQ=DAILY;COUNT=3")).toEqual([
      "2026-03-28T09:00",
      "2026-03-29T08:00",
      "2026-03-30T08:00",
    ]);
  });

  it("whose hour does not occur on a day comes an hour later there", () => {
    expect(startsOf("DTSTART;TZID=Own:20260328T023000", "RRULE:FREQ=DAILY;COUNT=3")).toEqual([
      "2026-03-28T01:30",
      "2026-03-29T01:30",
      "2026-03-30T00:30",
    ]);
  });

  it("with DTEND has the same exact length everywhere", () => {
    const lines = ["DTSTART;TZID=Own:20260328T220000", "DTEND;TZID=Own:20260329T080000", "RRULE:FREQ=DAILY;COUNT=2"];
    expect(inspect(calendarOf(outlookZone("Own"), eventOf("UID:a", ...lines))).full).toEqual([
      "2026-03-28T21:00:00Z 2026-03-29T06:00:00Z",
      "2026-03-29T20:00:00Z 2026-03-30T05:00:00Z",
    ]);
  });

  it.each([
    ["of an instant", "UNTIL=20260507T080000Z", ["2026-05-06T08:00", "2026-05-07T08:00"]],
    ["just before an instant", "UNTIL=20260507T075959Z", ["2026-05-06T08:00"]],
    ["of a date, that day included", "UNTIL=20260507", ["2026-05-06T08:00", "2026-05-07T08:00"]],
    ["of a local time", "UNTIL=20260507T100000", ["2026-05-06T08:00", "2026-05-07T08:00"]],
  ])("ends with UNTIL %s", (_, until, starts) => {
    expect(startsOf("DTSTART;TZID=Own:20260506T100000", `RRULE:FREQ=DAILY;${until}`)).toEqual(starts);
  });

  it("of whole days ends with the day of UNTIL", () => {
    expect(startsOf("DTSTART:20260506", "RRULE:FREQ=DAILY;UNTIL=20260507T235959Z")).toEqual([
      "2026-05-06T00:00",
      "2026-05-07T00:00",
    ]);
  });

  it("begins with DTSTART also where its rule does not give it", () => {
    expect(startsOf("DTSTART:20260506T100000Z", "RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2")).toEqual([
      "2026-05-06T10:00",
      "2026-05-08T10:00",
      "2026-05-15T10:00",
    ]);
  });

  it.each([
    ["RDATE alone", ["RDATE:20260601T100000Z,20260501T100000Z"], ["2026-05-01T10:00", "2026-05-06T10:00", "2026-06-01T10:00"]],
    [
      "RDATE beside a rule",
      ["RRULE:FREQ=DAILY;COUNT=2", "RDATE:20260601T100000Z,20260507T100000Z"],
      ["2026-05-06T10:00", "2026-05-07T10:00", "2026-06-01T10:00"],
    ],
    ["RDATE in another zone", ["RDATE;TZID=Own:20260601T120000"], ["2026-05-06T10:00", "2026-06-01T10:00"]],
    ["RDATE of a day", ["RDATE;VALUE=DATE:20260601"], ["2026-05-06T10:00", "2026-06-01T10:00"]],
    [
      "EXDATE",
      ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260507T100000Z,20260507T100000Z,20260901T100000Z"],
      ["2026-05-06T10:00", "2026-05-08T10:00"],
    ],
    ["EXDATE of the start", ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260506T100000Z"], ["2026-05-07T10:00"]],
    ["EXDATE in another zone", ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=Own:20260507T120000"], ["2026-05-06T10:00"]],
    ["EXDATE of a day", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260507"], ["2026-05-06T10:00", "2026-05-08T10:00"]],
    ["EXRULE", ["RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"], ["2026-05-07T10:00", "2026-05-09T10:00"]],
    [
      "two rules",
      ["RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"],
      ["2026-05-06T10:00", "2026-05-07T10:00", "2026-05-13T10:00"],
    ],
  ])("has its dates and exceptions: %s", (_, lines, starts) => {
    expect(startsOf("DTSTART:20260506T100000Z", ...lines)).toEqual(starts);
  });

  it("has exceptions in its own zone where they name none", () => {
    const lines = [
      "DTSTART;TZID=Own:20260506T100000",
      "RRULE:FREQ=DAILY;COUNT=3",
      "EXDATE:20260507T100000",
      "RDATE:20260601T100000",
    ];
    expect(startsOf(...lines)).toEqual(["2026-05-06T08:00", "2026-05-08T08:00", "2026-06-01T08:00"]);
  });

  it("has periods with a length of their own", () => {
    const body = calendarOf(
      eventOf(
        "UID:a",
        "DTSTART:20260506T100000Z",
        "DURATION:PT1H",
        "RDATE;VALUE=PERIOD:20260601T100000Z/PT2H,20260602T100000Z/20260602T103000Z",
      ),
    );
    expect(inspect(body).full).toEqual([
      "2026-05-06T10:00:00Z 2026-05-06T11:00:00Z",
      "2026-06-01T10:00:00Z 2026-06-01T12:00:00Z",
      "2026-06-02T10:00:00Z 2026-06-02T10:30:00Z",
    ]);
  });

  it.each([
    [
      "FREQ=YEARLY;BYYEARDAY=97;BYDAY=SA;COUNT=3",
      "20010407T100000Z",
      ["2001-04-07T10:00", "2007-04-07T10:00", "2018-04-07T10:00"],
    ],
    ["FREQ=YEARLY;BYDAY=+1MO;BYMONTHDAY=7;COUNT=2", "20190107T100000Z", ["2019-01-07T10:00", "2030-01-07T10:00"]],
    ["FREQ=MONTHLY;BYYEARDAY=14;BYMONTHDAY=14;COUNT=2", "20200114T100000Z", ["2020-01-14T10:00", "2021-01-14T10:00"]],
    ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", "20260130T100000Z", ["2026-01-30T10:00", "2026-02-27T10:00"]],
  ])("%s has its days sifted", (rule, start, starts) => {
    const all = { from: "2000-01-01T00:00:00Z", to: "2040-01-01T00:00:00Z" };
    expect(inspect(calendarOf(eventOf("UID:a", `DTSTART:${start}`, `RRULE:${rule}`)), all).starts).toEqual(starts);
  });
});

describe("an override", () => {
  const master = eventOf("UID:a", "DTSTART;TZID=Own:20260506T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4");
  const withOverride = (...lines: readonly string[]): string =>
    calendarOf(outlookZone("Own"), master, eventOf("UID:a", ...lines));

  it.each([
    ["in the series' zone", "RECURRENCE-ID;TZID=Own:20260507T100000"],
    ["in UTC", "RECURRENCE-ID:20260507T080000Z"],
    ["as a date", "RECURRENCE-ID;VALUE=DATE:20260507"],
    ["in local time without its zone", "RECURRENCE-ID:20260507T100000"],
  ])("stands for its occurrence, named %s", (_, id) => {
    expect(inspect(withOverride(id, "DTSTART;TZID=Own:20260507T170000", "STATUS:CANCELLED")).starts).toEqual([
      "2026-05-06T08:00",
      "2026-05-07T15:00",
      "2026-05-08T08:00",
      "2026-05-09T08:00",
    ]);
  });

  it("moved out of the window is gone from it, moved into it is there", () => {
    const day = { from: "2026-05-07T00:00:00Z", to: "2026-05-08T00:00:00Z" };
    expect(inspect(withOverride("RECURRENCE-ID:20260507T080000Z", "DTSTART:20260601T080000Z"), day).starts).toEqual([]);
    expect(inspect(withOverride("RECURRENCE-ID:20260509T080000Z", "DTSTART:20260507T120000Z"), day).starts).toEqual([
      "2026-05-07T08:00",
      "2026-05-07T12:00",
    ]);
  });

  it("of this and future moves all later ones and gives them its length", () => {
    const body = withOverride(
      "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Own:20260508T100000",
      "DTSTART;TZID=Own:20260508T113000",
      "DURATION:PT2H",
    );
    expect(inspect(body).full).toEqual([
      "2026-05-06T08:00:00Z 2026-05-06T09:00:00Z",
      "2026-05-07T08:00:00Z 2026-05-07T09:00:00Z",
      "2026-05-08T09:30:00Z 2026-05-08T11:30:00Z",
      "2026-05-09T09:30:00Z 2026-05-09T11:30:00Z",
    ]);
  });

  it("without a series, or of another one, stands for itself", () => {
    const orphan = eventOf("UID:orphan", "RECURRENCE-ID:20260507T080000Z", "DTSTART:20260507T080000Z");
    expect(inspect(calendarOf(orphan)).starts).toEqual(["2026-05-07T08:00"]);
    expect(inspect(calendarOf(outlookZone("Own"), master, orphan)).total).toBe(5);
  });
});

describe("a list of occurrences", () => {
  const two = calendarOf(
    eventOf("UID:b", "DTSTART:20260506T100000Z", "RRULE:FREQ=DAILY;COUNT=3"),
    eventOf("UID:a", "DTSTART:20260506T100000Z"),
  );

  it("goes by start, then UID, up to its limit, and counts all", () => {
    const seen = inspectFeed(bytesOf(two), undefined, { ...YEARS, limit: 3 });
    expect(seen).toMatchObject({ events: 2, total: 4, capped: true });
    expect(seen.kind === "inspection" && seen.occurrences.map(({ uid, startUtc }) => `${uid} ${startUtc}`)).toEqual([
      "a 2026-05-06T10:00:00Z",
      "b 2026-05-06T10:00:00Z",
      "b 2026-05-07T10:00:00Z",
    ]);
    expect(inspect(two, { ...YEARS, limit: 4 }).capped).toBe(false);
  });

  it("is empty without a window", () => {
    expect(inspectFeed(bytesOf(two), undefined, {})).toMatchObject({ events: 2, occurrences: [], total: 0, capped: false });
  });

  it("holds starts from the beginning of the window until before its end", () => {
    expect(inspect(two, { from: "2026-05-07T10:00:00Z", to: "2026-05-08T10:00:00Z" }).starts).toEqual(["2026-05-07T10:00"]);
  });

  it("names each occurrence of a series as its RECURRENCE-ID would", () => {
    const text = (...lines: readonly string[]): { uid: string; text: string } => ({
      uid: lines[0] ?? "",
      text: ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n"),
    });
    const events = [
      text("UID:date", "DTSTART;VALUE=DATE:20260506", "RRULE:FREQ=DAILY;COUNT=1"),
      text("UID:floating", "DTSTART:20260506T100000", "RRULE:FREQ=DAILY;COUNT=1"),
      text("UID:once", "DTSTART:20260506T100000"),
      text("UID:zoned", "DTSTART;TZID=Europe/Berlin:20260506T130000", "RRULE:FREQ=DAILY;COUNT=1"),
    ];
    const { occurrences } = expand({ timezones: [], events }, { ...YEARS, limit: 10 });
    expect(occurrences.map(({ recurrenceId }) => recurrenceId)).toEqual([
      "20260506",
      "20260506T100000",
      undefined,
      "20260506T110000Z",
    ]);
  });
});

describe("a hostile calendar", () => {
  const list = (count: number, first = 0): string => Array.from({ length: count }, (_, at) => at + first).join(",");
  const clock = `BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)}`;

  it.each([
    ["FREQ=SECONDLY", "19700101T000000Z"],
    [`FREQ=DAILY;${clock}`, "20260101T000000Z"],
    [`FREQ=YEARLY;BYYEARDAY=${list(366, 1)};${clock}`, "20260101T000000Z"],
    ["FREQ=SECONDLY;COUNT=999999999;BYDAY=MO", "19700101T000000Z"],
    ["FREQ=DAILY;COUNT=999999999", "00010101T000000Z"],
  ])("with the rule %.60s is expanded within bounds, and says so", (rule, start) => {
    const seen = inspect(calendarOf(eventOf("UID:a", `DTSTART:${start}`, `RRULE:${rule}`)));
    expect(seen.capped).toBe(true);
    expect(seen.starts.length).toBeLessThanOrEqual(500);
  });

  it("of any rule that can be written never throws, and never leaves the window", () => {
    const some = (least: number, most: number): fc.Arbitrary<string> =>
      fc.array(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 }).map(String);
    const part = fc.oneof(
      fc.integer({ min: 1, max: 30 }).map((value) => `INTERVAL=${value}`),
      fc.integer({ min: 1, max: 50 }).map((value) => `COUNT=${value}`),
      some(1, 12).map((value) => `BYMONTH=${value}`),
      some(-31, 31).map((value) => `BYMONTHDAY=${value}`),
      some(-366, 366).map((value) => `BYYEARDAY=${value}`),
      some(-53, 53).map((value) => `BYWEEKNO=${value}`),
      some(0, 23).map((value) => `BYHOUR=${value}`),
      some(-5, 5).map((value) => `BYSETPOS=${value}`),
      fc.constantFrom("BYDAY=MO", "BYDAY=1TU", "BYDAY=-1FR,SU"),
    );
    const frequency = fc.constantFrom("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY");
    fc.assert(
      fc.property(frequency, fc.array(part, { maxLength: 4 }), (name, parts) => {
        const window = { from: "2026-06-01T00:00:00Z", to: "2026-06-20T00:00:00Z", limit: 50 };
        const { starts } = inspect(
          calendarOf(eventOf("UID:a", "DTSTART:20260506T100000Z", `RRULE:${["FREQ=" + name, ...parts].join(";")}`)),
          window,
        );
        expect(starts.every((start) => start >= "2026-06-01" && start < "2026-06-20")).toBe(true);
        expect(starts).toEqual(starts.toSorted());
      }),
      { numRuns: 60 },
    );
  });
});
