import { describe, expect, it } from "vitest";

import { readCalendarProperties } from "../../lib/ics/calendar-properties.ts";
import { makeZones } from "../../lib/ics/zones.ts";

const read = (...lines: readonly string[]): unknown => readCalendarProperties(lines, makeZones([]));

describe("what a calendar says of itself", () => {
  it("is taken from RFC 7986 before the older properties", () => {
    expect(
      read("X-WR-CALNAME:old", "NAME;LANGUAGE=en:Team\\, all ", "X-WR-CALDESC:what\\nit is", "X-APPLE-CALENDAR-COLOR:#FF0000"),
    ).toEqual({
      name: "Team, all",
      description: "what\nit is",
      color: "#FF0000",
    });
    expect(read("NAME: ", "X-WR-CALNAME:old")).toEqual({ name: "old" });
  });

  it.each([
    ["X-WR-TIMEZONE:Europe/Berlin", "Europe/Berlin"],
    ["X-WR-TIMEZONE:W. Europe Standard Time", "Europe/Berlin"],
    ["X-WR-TIMEZONE:Somewhere", "Somewhere"],
  ])("has its zone by IANA's name where it can be told: %s", (line, timeZone) => {
    expect(read(line)).toEqual({ timeZone });
  });

  it.each([
    ["REFRESH-INTERVAL;VALUE=DURATION:PT1H", 60],
    ["REFRESH-INTERVAL:VALUE=DURATION:PT1H", 60],
    ["X-PUBLISHED-TTL:P1D", 1440],
    ["X-PUBLISHED-TTL:PT30S", 1],
  ])("has its refresh hint in minutes: %s", (line, refreshMinutes) => {
    expect(read(line)).toEqual({ refreshMinutes });
  });

  it("is nothing where nothing can be read", () => {
    expect(read("no colon", "REFRESH-INTERVAL:soon", "X-PUBLISHED-TTL:-PT1H", "X-WR-CALNAME:")).toEqual({});
  });
});
