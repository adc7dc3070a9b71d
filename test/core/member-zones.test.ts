import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { floatingZoneName, maskedTzid, memberZones } from "../../lib/core/member-zones.ts";
import { timezone } from "./sample-feed.ts";

const INSTANT = Date.parse("2026-05-06T00:00:00Z");
const HOUR_MS = 3_600_000;
const fixed = (tzid: string, hours: string): ReturnType<typeof timezone> =>
  timezone(tzid, "BEGIN:STANDARD", "DTSTART:19700101T000000", `TZOFFSETFROM:${hours}`, `TZOFFSETTO:${hours}`, "END:STANDARD");
const hoursOf = (zones: ReturnType<typeof memberZones>, tzid: string): number | undefined => {
  const zone = zones.zoneOf(tzid);
  return zone === undefined ? undefined : zone.offsetAt(INSTANT) / HOUR_MS;
};

test("a source's own definition goes before what every host knows", () => {
  const zones = memberZones([fixed("Europe/Berlin", "+0500")]);
  expect([hoursOf(zones, "Europe/Berlin"), hoursOf(zones, "Asia/Seoul"), hoursOf(zones, "Nowhere")]).toEqual([5, 9, undefined]);
  expect(zones.sourceOf("Europe/Berlin")?.name).toBe("VTIMEZONE");
  expect(zones.sourceOf("Asia/Seoul")).toBeUndefined();
});

test("a zone that was asked for is the same when it is asked for again", () => {
  const zones = memberZones([fixed("Office", "+0500")]);
  expect(zones.zoneOf("Office")).toBe(zones.zoneOf("Office"));
});

test("of two definitions of one name the first stands", () => {
  const zones = memberZones([fixed("Office", "+0500"), fixed("Office", "+0600")]);
  expect([hoursOf(zones, "Office"), hoursOf(zones, "OFFICE")]).toEqual([5, 5]);
});

test("the very name wins over one in other letters, and among those the first", () => {
  const zones = memberZones([fixed("Office", "+0500"), fixed("OFFICE", "+0600")]);
  expect([hoursOf(zones, "Office"), hoursOf(zones, "OFFICE"), hoursOf(zones, "office")]).toEqual([5, 6, 5]);
});

test("letters whose capital is two letters are still told apart", () => {
  const zones = memberZones([fixed("Straße", "+0500")]);
  expect([hoursOf(zones, "STRASSE"), hoursOf(zones, "straße")]).toEqual([undefined, 5]);
});

test("a definition that cannot be read is none, and a later one of that name stands", () => {
  const zones = memberZones([timezone("Office"), fixed("Office", "+0600")]);
  expect(hoursOf(zones, "Office")).toBe(6);
  expect(memberZones([timezone("Office")]).sourceOf("Office")).toBeUndefined();
});

test("a name is found escaped and quoted", () => {
  const zones = memberZones([fixed(String.raw`Seoul\, Office`, "+0500")]);
  expect([hoursOf(zones, "Seoul, Office"), hoursOf(zones, '"Seoul, Office"')]).toEqual([5, 5]);
});

test.each(["Europe/Berlin", "W. Europe Standard Time", "Tokyo Standard Time", "Zone-0123456789"])(
  "%s may be seen in a masked event",
  (tzid) => {
    expect(maskedTzid(tzid)).toBe(tzid);
  },
);

test.each([
  "Office",
  "Doctor Standard Time",
  "W. Europe Standard Time of Ann",
  "(Ann) W. Europe Standard Time",
  "/ann.example.org/Europe/Berlin",
  "Zone-012345678",
  "Zone-01234567890",
  "My Zone-0123456789",
  "Zone-012345678g",
])("of %s a masked event shows a hash", (tzid) => {
  const hash = createHash("sha256").update(tzid).digest("hex").slice(0, 10);
  expect(maskedTzid(tzid)).toBe(`Zone-${hash}`);
});

test("the zone of floating times has the name that reading it back would give", () => {
  expect(floatingZoneName(undefined)).toBeUndefined();
  expect(floatingZoneName("Nowhere")).toBeUndefined();
  expect(floatingZoneName("Asia/Seoul")).toBe("Asia/Seoul");
  expect(floatingZoneName("Korea Standard Time")).toBe("Asia/Seoul");
  const [name = ""] = ["GMT+0"].map((text) => floatingZoneName(text) ?? "");
  expect(floatingZoneName(name)).toBe(name);
});
