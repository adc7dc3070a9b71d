/** Zones that define too much, define each other, or are none. */
import { calendar, event, kept, plainEvent, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

function zone(tzid: string, ...observances: readonly string[]): string {
  return ["BEGIN:VTIMEZONE", `TZID:${tzid}`, ...observances, "END:VTIMEZONE"].join("\r\n");
}

function observance(...lines: readonly string[]): string {
  return ["BEGIN:STANDARD", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100", ...lines, "END:STANDARD"].join("\r\n");
}

function at(tzid: string, uid = "a"): string {
  return plainEvent(`UID:${uid}`, `DTSTART;TZID=${tzid}:20260506T010000`, "RRULE:FREQ=WEEKLY;COUNT=4");
}

const EVERY_DAY = "RRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYDAY=MO,TU,WE,TH,FR,SA,SU";
const NEVER = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";

export const ZONE_BOMBS: readonly HostileInput[] = [
  {
    name: "a zone of 10,000 observances is looked up by its name",
    body: () =>
      calendar(
        zone(
          "Europe/Berlin",
          times(10_000, () => observance("DTSTART:19700101T000000")),
        ),
        at("Europe/Berlin"),
      ),
    expected: kept(1, { skipped: { "timezone-invalid": 1 }, occurrences: 4 }),
  },
  {
    name: "a zone that changes each second has no rule that zones have",
    body: () => calendar(zone("Tick", observance("DTSTART:19700101T000000", "RRULE:FREQ=SECONDLY")), at("Tick")),
    expected: kept(1, { occurrences: 4 }),
    quick: true,
  },
  {
    name: "a zone of 900 observances that change every day since 1601",
    body: () =>
      calendar(
        zone(
          "Daily",
          times(900, () => observance("DTSTART:16010101T000000", EVERY_DAY)),
        ),
        at("Daily"),
      ),
    expected: kept(1, { occurrences: 4 }),
  },
  {
    name: "a zone of 20,000 rules that never come",
    body: () =>
      calendar(
        zone(
          "Never",
          observance(
            "DTSTART:00010101T000000",
            times(20_000, () => NEVER),
          ),
        ),
        at("Never"),
      ),
    expected: kept(1, { skipped: { "timezone-invalid": 1, "zone-unknown": 1 }, occurrences: 4 }),
  },
  {
    name: "a zone of 100,000 RDATEs",
    body: () =>
      calendar(
        zone(
          "Dates",
          observance(
            "DTSTART:19700101T000000",
            times(20, () => `RDATE;VALUE=DATE:${"20000101,".repeat(5000)}20000101`),
          ),
        ),
        at("Dates"),
      ),
    expected: kept(1, { skipped: { "timezone-invalid": 1, "zone-unknown": 1 }, occurrences: 4 }),
  },
  {
    name: "twenty zones of one name and 20,000 without one",
    body: () =>
      calendar(
        times(20, (index) => zone("Own", observance("DTSTART:19700101T000000", `TZNAME:${index}`))),
        times(20_000, () => zone("", observance("DTSTART:19700101T000000"))),
        at("Own"),
      ),
    expected: kept(1, { skipped: { "timezone-invalid": 20_000 }, occurrences: 4 }),
  },
  {
    name: "offsets of more than a day are none",
    body: () =>
      calendar(
        zone("Far", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+9959", "TZOFFSETTO:+9959", "END:STANDARD"),
        at("Far"),
      ),
    expected: kept(1, { skipped: { "timezone-invalid": 1, "zone-unknown": 1 }, occurrences: 4 }),
    quick: true,
  },
  {
    name: "10,000 zones that nobody knows",
    body: () => calendar(times(10_000, (index) => plainEvent(`UID:e${index}`, `DTSTART;TZID=No/Zone${index}:20260506T010000`))),
    expected: kept(10_000, { skipped: { "zone-unknown": 10_000 }, capped: true }),
  },
  {
    name: "a zone's name of quotes and of 60 KB",
    body: () =>
      calendar(
        event("a", `EXDATE;TZID=x${'"'.repeat(60_000)}x:20260506T010000`),
        event("b", `EXDATE;TZID="${"y".repeat(60_000)}":20260506T010000`),
      ),
    expected: kept(2, { skipped: { "zone-unknown": 2 }, occurrences: 0 }),
    quick: true,
  },
  {
    name: "a zone named after a property of every object",
    body: () =>
      calendar(
        zone("__proto__", observance("DTSTART:19700101T000000")),
        at("__proto__", "constructor"),
        at("constructor", "__proto__"),
        at("hasOwnProperty", "toString"),
      ),
    expected: kept(3, { skipped: { "zone-unknown": 2 }, occurrences: 12 }),
    shows: ["UID:__proto__\r\n", "UID:constructor\r\n", "TZID=__proto__:20260506T010000"],
    quick: true,
  },
  {
    name: "a feed's own UTC is its own alone",
    body: () => calendar(zone("Etc/Own", observance("DTSTART:19700101T000000")), at("../../etc/passwd"), at("/Etc/Own", "b")),
    expected: kept(2, { skipped: { "zone-unknown": 2 }, occurrences: 8 }),
    quick: true,
  },
];
