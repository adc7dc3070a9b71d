/** Overrides: too many, in chains, of nothing, and worse at the second import. */
import { calendar, event, kept, plainEvent, second, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const overrides = (count: number, ...lines: readonly string[]): string =>
  times(count, (index) => plainEvent("UID:a", `RECURRENCE-ID:${second(index)}`, `DTSTART:${second(index)}`, ...lines));

export const OVERRIDE_BOMBS: readonly HostileInput[] = [
  {
    name: "50,000 overrides of one UID",
    body: () => calendar(event("a", "RRULE:FREQ=DAILY;COUNT=10"), overrides(50_000)),
    expected: kept(50_001, { occurrences: 50_010, capped: true }),
  },
  {
    name: "20,000 overrides that cannot be read any more keep their good copies",
    before: () => calendar(event("a", "RRULE:FREQ=DAILY;COUNT=10"), overrides(20_000)),
    body: () => calendar(event("a", "RRULE:FREQ=DAILY;COUNT=10"), overrides(20_000, "RRULE:FREQ=NEVER")),
    expected: { refused: "too-many-bad-components" },
  },
  {
    name: "9,000 overrides without a readable RECURRENCE-ID among 20,000 good ones",
    before: () => calendar(event("a", "RRULE:FREQ=DAILY;COUNT=10"), overrides(20_000)),
    body: () =>
      calendar(
        event("a", "RRULE:FREQ=DAILY;COUNT=10"),
        overrides(10_000),
        times(9000, () => plainEvent("UID:a", "RECURRENCE-ID:tomorrow", "DTSTART:20260506T010000Z")),
      ),
    expected: kept(20_001, { skipped: { "recurrence-id-invalid": 9000 }, occurrences: 20_010, capped: true }),
  },
  {
    name: "a chain of 5,000 overrides of this and future",
    body: () =>
      calendar(
        plainEvent("UID:a", "DTSTART:20260101T000000Z", "RRULE:FREQ=MINUTELY;UNTIL=20260201T000000Z"),
        times(5000, (index) =>
          plainEvent("UID:a", `RECURRENCE-ID;RANGE=THISANDFUTURE:${second(index * 600)}`, `DTSTART:${second(index * 600 + 30)}`),
        ),
      ),
    expected: kept(5001, { occurrences: 45_176, capped: true }),
  },
  {
    name: "an override that is its own master's day, zone and type all other",
    body: () =>
      calendar(
        plainEvent("UID:a", "DTSTART;VALUE=DATE:20260506", "RRULE:FREQ=DAILY;COUNT=3"),
        plainEvent("UID:a", "RECURRENCE-ID;TZID=Asia/Seoul:20260507T090000", "DTSTART:20260507T010000Z"),
        plainEvent("UID:a", "RECURRENCE-ID;RANGE=__proto__:20260508", "DTSTART;VALUE=DATE:20260509"),
        plainEvent("UID:a", "RECURRENCE-ID:garbage", "DTSTART;VALUE=DATE:20260509"),
      ),
    expected: kept(3, { skipped: { "recurrence-id-invalid": 1 }, occurrences: 3 }),
    quick: true,
  },
  {
    name: "10,000 events of one UID that the source drops",
    before: () => calendar(event("b"), overrides(10_000)),
    body: () => calendar(event("b"), event("c")),
    // One of them had ended when the source dropped it, and is kept past.
    expected: kept(3),
  },
];
