import { describe, expect, it } from "vitest";

import { readDuration } from "../../lib/ics/duration.ts";
import { momentOf, writeMoment } from "../../lib/ics/moment.ts";

const written = (value: string, tzid?: string, as?: "date"): string | undefined => {
  const moment = momentOf(value, tzid, as);
  return moment === undefined ? undefined : `${moment.kind} ${writeMoment(moment)}`;
};

describe("a date or a date-time", () => {
  it.each([
    ["20260506", "date 20260506"],
    ["20260506T100000", "floating 20260506T100000"],
    ["20260506T100000Z", "utc 20260506T100000Z"],
    [" 20260506t100000z ", "utc 20260506T100000Z"],
    ["2026-05-06T10:00:00", "floating 20260506T100000"],
    ["20260506T1000", "floating 20260506T100000"],
    ["20260506T100000+0200", "utc 20260506T080000Z"],
    ["20260506T100000-05:30", "utc 20260506T153000Z"],
    ["20260506T235960", "floating 20260506T235959"],
    ["20260506T240000", "floating 20260507T000000"],
    ["16010101T000000", "floating 16010101T000000"],
    ["00990101T000000", "floating 00990101T000000"],
    ["20240229", "date 20240229"],
  ])("%j is %s", (value, text) => {
    expect(written(value)).toBe(text);
  });

  it.each([
    "",
    "20260506T",
    "20261301",
    "20260230",
    "20250229",
    "00000101",
    "20260506Z",
    "20260506T250000",
    "20260506T106000",
    "tomorrow",
  ])("%j is none", (value) => {
    expect(written(value)).toBeUndefined();
  });

  it("has its zone from TZID, unless the value says UTC or is a date", () => {
    expect(momentOf("20260506T100000", "Europe/Berlin")).toEqual({
      kind: "zoned",
      wallMs: Date.UTC(2026, 4, 6, 10),
      tzid: "Europe/Berlin",
    });
    expect(written("20260506T100000Z", "Europe/Berlin")).toBe("utc 20260506T100000Z");
    expect(written("20260506", "Europe/Berlin")).toBe("date 20260506");
    expect(written("20260506T100000", "UTC")).toBe("utc 20260506T100000Z");
  });

  it("of which VALUE=DATE stands is a day only if its time is midnight", () => {
    expect(written("20260506T000000", undefined, "date")).toBe("date 20260506");
    expect(written("20260506T100000", undefined, "date")).toBe("floating 20260506T100000");
  });
});

describe("a duration", () => {
  it.each([
    ["PT1H", 0, 3_600_000],
    ["P1D", 86_400_000, 0],
    ["P1W", 604_800_000, 0],
    ["P1DT2H3M4S", 86_400_000, 7_384_000],
    ["-PT15M", 0, -900_000],
    ["pt5m", 0, 300_000],
    ["PT1W", 604_800_000, 0],
  ])("%s keeps its days nominal and its hours exact", (value, nominalMs, exactMs) => {
    expect(readDuration(value)).toEqual({ nominalMs: nominalMs, exactMs });
  });

  it.each(["", "P", "PT", "1H", "PT1X", "P999999D"])("%j is none", (value) => {
    expect(readDuration(value)).toBeUndefined();
  });
});
