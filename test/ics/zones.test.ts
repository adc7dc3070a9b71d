import { afterEach, describe, expect, it } from "vitest";

import { inspectFeed } from "../../lib/core/inspect.ts";
import { readBlockComponent } from "../../lib/ics/block-component.ts";
import { wallOf } from "../../lib/ics/wall.ts";
import { instantOf } from "../../lib/ics/zone.ts";
import { knownZone, makeZones } from "../../lib/ics/zones.ts";
import type { Zones } from "../../lib/ics/zones.ts";
import { blocksOf, bytesOf, calendarOf, eventOf, outlookZone } from "./sample-calendar.ts";

function zonesOf(...timezones: readonly string[]): Zones {
  return makeZones(blocksOf(calendarOf(...timezones)).timezones.map((block) => readBlockComponent(block).component));
}

/** UTC instant of 10:00 on a day in a zone. */
function tenOClock(zones: Zones, tzid: string, year: number, month: number): string | undefined {
  const zone = zones.resolve(tzid);
  const wallMs = wallOf([year, month, 6], [10, 0, 0]);
  return zone === undefined || wallMs === undefined ? undefined : new Date(instantOf(zone, wallMs)).toISOString().slice(11, 16);
}

function zoneWith(tzid: string, ...observances: readonly string[]): string {
  return ["BEGIN:VTIMEZONE", `TZID:${tzid}`, ...observances, "END:VTIMEZONE"].join("\r\n");
}

function observance(kind: "STANDARD" | "DAYLIGHT", ...lines: readonly string[]): string {
  return [`BEGIN:${kind}`, ...lines, `END:${kind}`].join("\r\n");
}

describe("a name without a definition in the feed", () => {
  it.each([
    ["Europe/Berlin", "08:00"],
    ["europe/berlin", "08:00"],
    ["/mozilla.org/20050126_1/Europe/Berlin", "08:00"],
    ["/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires", "13:00"],
    ["America/New York", "14:00"],
    ["US/Pacific", "17:00"],
    ["Asia/Calcutta", "04:30"],
    ["W. Europe Standard Time", "08:00"],
    ["w. europe standard time", "08:00"],
    ['"Tokyo Standard Time"', "01:00"],
    ["Eastern Time (US & Canada)", "14:00"],
    ["(UTC-05:00) Eastern Time (US & Canada)", "14:00"],
    ["(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "08:00"],
    ["(GMT+09:00) Osaka, Sapporo, Tokyo", "01:00"],
    ["UTC+11", "23:00"],
    ["GMT-05:30", "15:30"],
    ["tzone://Microsoft/Utc", "10:00"],
  ])("%s is known", (name, instant) => {
    expect(tenOClock(zonesOf(), name, 2026, 5)).toBe(instant);
  });

  it.each([
    "Customized Time Zone",
    "tzone://Microsoft/Custom",
    "US-Mountain",
    "Amsterdam, Berlin, Bern",
    "(UTC+05:00) Berlin",
    "(GMT +01:00)",
    "",
    "x".repeat(300),
  ])("%s is not guessed", (name) => {
    expect(knownZone(name)).toBeUndefined();
  });

  it("keeps the name that the feed gave, in its usual case", () => {
    expect(["asia/kolkata", "Asia/Kolkata", "europe/BERLIN"].map((name) => knownZone(name)?.id)).toEqual([
      "asia/kolkata",
      "Asia/Kolkata",
      "Europe/Berlin",
    ]);
  });

  it("is looked up at most 1500 times in one feed", () => {
    const zones = zonesOf();
    for (let at = 0; at < 1500; at += 1) expect(zones.resolve(`none-${at}`)).toBeUndefined();
    expect(zones.resolve("Europe/Berlin")).toBeUndefined();
  });
});

describe("a definition in the feed", () => {
  it("goes before every other meaning of its name, in this feed alone", () => {
    const zones = zonesOf(outlookZone("America/New_York"));
    expect(tenOClock(zones, "America/New_York", 2026, 5)).toBe("08:00");
    expect(tenOClock(zonesOf(), "America/New_York", 2026, 5)).toBe("14:00");
  });

  it("may have a made-up name, with escapes and blanks, and begin in 1601", () => {
    const zones = zonesOf(outlookZone("Kuala Lumpur\\, Singapore"), outlookZone(" 1"));
    expect(tenOClock(zones, "Kuala Lumpur, Singapore", 2026, 1)).toBe("09:00");
    expect(tenOClock(zones, "Kuala Lumpur, Singapore", 2042, 7)).toBe("08:00");
    expect(tenOClock(zones, " 1", 2026, 5)).toBe("08:00");
  });

  it("is found as written before it is found in another case", () => {
    const fixed = zoneWith(
      "europe/lisbon",
      observance("STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0500", "TZOFFSETTO:+0500"),
    );
    const zones = zonesOf(outlookZone("Europe/Lisbon"), fixed);
    expect(tenOClock(zones, "europe/lisbon", 2026, 5)).toBe("05:00");
    expect(tenOClock(zones, "EUROPE/LISBON", 2026, 5)).toBe("08:00");
  });

  it("may list its changes by RDATE", () => {
    const dated = zoneWith(
      "Dated",
      observance("STANDARD", "DTSTART:20251026T030000", "RDATE:20261025T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
      observance("DAYLIGHT", "DTSTART:20260329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"),
    );
    const zones = zonesOf(dated);
    expect([1, 5, 12].map((month) => tenOClock(zones, "Dated", 2026, month))).toEqual(["09:00", "08:00", "09:00"]);
  });

  it.each([
    "BYDAY=-1SU",
    "BYDAY=SU;BYSETPOS=-1",
    "BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU",
    "BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=1SU",
  ])("may say the last Sunday as %s", (days) => {
    const zone = zoneWith(
      "Own",
      observance(
        "DAYLIGHT",
        "DTSTART:00010101T020000",
        `RRULE:FREQ=YEARLY;BYMONTH=3;${days}`,
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
      ),
      observance(
        "STANDARD",
        "DTSTART:00010101T030000",
        `RRULE:FREQ=YEARLY;BYMONTH=10;${days}`,
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
      ),
    );
    const own = zonesOf(zone).resolve("Own");
    const at = (instant: string): number | undefined => own?.offsetAt(Date.parse(instant));
    expect(["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z"].map(at)).toEqual([
      3_600_000, 7_200_000, 7_200_000, 3_600_000,
    ]);
  });

  it("ends its rules at UNTIL and after COUNT, and holds its last offset", () => {
    const ended = (end: string): Zones =>
      zonesOf(
        zoneWith(
          "Ended",
          observance("DAYLIGHT", "DTSTART:20200401T020000", `RRULE:FREQ=YEARLY;${end}`, "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"),
          observance("STANDARD", "DTSTART:20201001T020000", `RRULE:FREQ=YEARLY;${end}`, "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
        ),
      );
    for (const end of ["UNTIL=20211002T000000Z", "COUNT=2"]) {
      const zones = ended(end);
      expect([2021, 2022, 2050].map((year) => tenOClock(zones, "Ended", year, 7))).toEqual(["08:00", "09:00", "09:00"]);
    }
  });

  it("has the offset before its first change until then", () => {
    const zones = zonesOf(
      zoneWith("Late", observance("STANDARD", "DTSTART:20200101T000000", "TZOFFSETFROM:+0300", "TZOFFSETTO:+0100")),
    );
    expect([2019, 2020].map((year) => tenOClock(zones, "Late", year, 5))).toEqual(["07:00", "09:00"]);
  });

  it("without any readable observance is none, and the name is looked up", () => {
    const zones = zonesOf(zoneWith("Europe/Berlin"), zoneWith("Broken", observance("STANDARD", "TZOFFSETTO:soon")));
    expect(tenOClock(zones, "Europe/Berlin", 2026, 5)).toBe("08:00");
    expect(zones.resolve("Broken")).toBeUndefined();
  });
});

describe("a host", () => {
  const hostZone = process.env["TZ"];
  afterEach(() => {
    if (hostZone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = hostZone;
  });

  it.each([
    ["UTC", "10:00"],
    ["America/New_York", "14:00"],
    ["Asia/Kathmandu", "04:15"],
  ])("in %s reads the same instants as any other", (host, tenThere) => {
    process.env["TZ"] = host;
    expect(new Date(2026, 6, 6, 10).toISOString()).toBe(`2026-07-06T${tenThere}:00.000Z`);
    const body = calendarOf(
      outlookZone("Customized Time Zone"),
      eventOf("UID:own", "DTSTART;TZID=Customized Time Zone:20260706T100000"),
      eventOf("UID:iana", "DTSTART;TZID=Europe/Berlin:20260706T100000"),
      eventOf("UID:floating", "DTSTART:20260706T100000"),
      eventOf("UID:day", "DTSTART:20260706"),
      eventOf("UID:unknown", "DTSTART;TZID=Nowhere:20260706T100000"),
    );
    const seen = inspectFeed(bytesOf(body), undefined, { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z" });
    expect(seen.kind === "inspection" && seen.occurrences.map(({ uid, startUtc }) => `${startUtc} ${uid}`)).toEqual([
      "2026-07-06T00:00:00Z day",
      "2026-07-06T08:00:00Z iana",
      "2026-07-06T08:00:00Z own",
      "2026-07-06T10:00:00Z floating",
      "2026-07-06T10:00:00Z unknown",
    ]);
  });
});

describe("a time at a change of the clocks", () => {
  const berlin = zonesOf().resolve("Europe/Berlin");
  const own = zonesOf(outlookZone("Own")).resolve("Own");

  it.each([
    ["does not occur: the offset before the gap holds", [2026, 3, 29], [2, 30, 0], "2026-03-29T01:30:00.000Z"],
    ["occurs twice: the first one is meant", [2026, 10, 25], [2, 30, 0], "2026-10-25T00:30:00.000Z"],
    ["is the first after the gap", [2026, 3, 29], [3, 0, 0], "2026-03-29T01:00:00.000Z"],
    ["is the first after the hour that occurs twice", [2026, 10, 25], [3, 0, 0], "2026-10-25T02:00:00.000Z"],
  ] as const)("that %s", (_, day, clock, instant) => {
    const wallMs = wallOf(day, clock) ?? Number.NaN;
    for (const zone of [berlin, own]) expect(zone && new Date(instantOf(zone, wallMs)).toISOString()).toBe(instant);
  });

  it("is right in years that only the rules of today describe", () => {
    expect(tenOClock(zonesOf(), "Europe/Berlin", 2399, 7)).toBe("08:00");
    expect(tenOClock(zonesOf(), "Europe/Berlin", 2801, 7)).toBe("08:00");
  });
});
