/** Dates that no calendar has, or that lie at its ends. */
import { calendar, event, kept, plainEvent, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const NO_DATES = [
  "00000101T000000Z",
  "-00010101T000000Z",
  "99999999T999999Z",
  "20260230",
  "20261301T000000Z",
  "20260506T250000Z",
  "20260506T016000Z",
  "2026050601000000000000000000Z",
  "20260506T",
  "NaN",
  "__proto__",
  "1e3",
];

export const TIME_TRICKS: readonly HostileInput[] = [
  {
    name: "dates that no calendar has cost their events",
    body: () =>
      calendar(
        times(12, (index) => plainEvent(`UID:e${index}`, `DTSTART:${NO_DATES[index]}`)),
        times(12, (index) => event(`g${index}`)),
      ),
    expected: kept(12, { skipped: { "dtstart-invalid": 12 } }),
    quick: true,
  },
  {
    name: "the first and the last second of the calendar",
    body: () =>
      calendar(
        plainEvent("UID:a", "DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY"),
        plainEvent("UID:b", "DTSTART:99991231T235959Z", "DURATION:P30000D", "RRULE:FREQ=SECONDLY"),
        plainEvent("UID:c", "DTSTART;TZID=Asia/Kathmandu:00010101T000000", "RRULE:FREQ=YEARLY"),
        plainEvent("UID:d", "DTSTART;TZID=America/New_York:99991231T235959", "RRULE:FREQ=YEARLY;COUNT=1000000000"),
        plainEvent("UID:e", "DTSTART;VALUE=DATE:99991231", "RRULE:FREQ=DAILY;UNTIL=99991231"),
      ),
    expected: kept(5, { occurrences: 366 }),
    quick: true,
  },
  {
    name: "durations beyond all time are left out",
    body: () =>
      calendar(
        event("a", "DURATION:P99999999999999999999W"),
        event("b", "DURATION:-P1000D"),
        event("c", "DURATION:PT99999999999999H"),
        event("d", "DTEND:00010101T000000Z"),
        event("e", "DTEND:99991231T235959Z"),
      ),
    expected: kept(5, { skipped: { "duration-invalid": 2 } }),
    quick: true,
  },
  {
    name: "an UNTIL of the year 0000 costs its event, one of 9999 nothing",
    body: () =>
      calendar(
        event("a", "RRULE:FREQ=DAILY;UNTIL=00000101T000000Z"),
        event("b", "RRULE:FREQ=YEARLY;UNTIL=99991231T235959Z"),
        event("c", "RRULE:FREQ=YEARLY;UNTIL=00010101T000000Z"),
      ),
    expected: kept(2, { skipped: { "rrule-invalid": 1 } }),
    quick: true,
  },
  {
    name: "5,000 events in as many years of 60 zones",
    body: () => {
      const zones = Intl.supportedValuesOf("timeZone").filter((_, index) => index % 7 === 0);
      return calendar(
        times(5000, (index) =>
          plainEvent(
            `UID:e${index}`,
            `DTSTART;TZID=${zones[index % 60]}:${String(1000 + index).padStart(4, "0")}0506T010000`,
            "RRULE:FREQ=WEEKLY;COUNT=3",
          ),
        ),
      );
    },
    expected: kept(5000, { occurrences: 3 }),
  },
];
