/** Rules that never end, never come, or cost more than they give. */
import { calendar, event, kept, plainEvent, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

const numbers = (from: number, to: number): string => times(to - from + 1, (index) => String(from + index), ",");
const EVERY_SECOND = `BYHOUR=${numbers(0, 23)};BYMINUTE=${numbers(0, 59)};BYSECOND=${numbers(0, 59)}`;

export const RULE_BOMBS: readonly HostileInput[] = [
  {
    name: "rules by the second without an end",
    body: () => calendar(times(10, (index) => event(`e${index}`, "RRULE:FREQ=SECONDLY"))),
    expected: kept(10, { occurrences: 150_009, capped: true }),
  },
  {
    name: "COUNT and INTERVAL of a billion",
    body: () =>
      calendar(
        event("a", "RRULE:FREQ=YEARLY;COUNT=1000000000"),
        event("b", "RRULE:FREQ=DAILY;INTERVAL=1000000000"),
        event("c", "RRULE:FREQ=YEARLY;COUNT=99999999999"),
        event("d", "RRULE:FREQ=DAILY;INTERVAL=0"),
        event("e", "RRULE:FREQ=DAILY;COUNT=-1"),
      ),
    expected: kept(2, { skipped: { "rrule-invalid": 3 } }),
    quick: true,
  },
  {
    name: "days that never come",
    body: () =>
      calendar(
        event("a", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        event("b", "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31"),
        event("c", "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31"),
        event("d", "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1"),
        event("e", "RRULE:FREQ=SECONDLY;BYYEARDAY=366;BYMONTH=1"),
        event("f", "RRULE:FREQ=WEEKLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11"),
        event("g"),
      ),
    expected: kept(1, { skipped: { "rrule-endless": 6 } }),
    quick: true,
  },
  {
    name: "30,000 rules whose day comes once in 28 years",
    body: () => calendar(times(30_000, (index) => event(`e${index}`, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"))),
    expected: kept(30_000, { capped: true }),
  },
  {
    name: "20,000 rules on one event",
    body: () =>
      calendar(
        event(
          "a",
          times(20_000, () => "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"),
        ),
      ),
    expected: kept(1, { occurrences: 1, capped: true }),
  },
  {
    name: "BYSETPOS over every second of a day",
    body: () =>
      calendar(
        times(100, (index) => event(`e${index}`, `RRULE:FREQ=DAILY;${EVERY_SECOND};BYSETPOS=-1`)),
        times(100, (index) => event(`g${index}`)),
      ),
    expected: kept(200, { occurrences: 202, capped: true }),
  },
  {
    name: "BYSETPOS over every second of a year",
    body: () => calendar(event("a", `RRULE:FREQ=YEARLY;${EVERY_SECOND};BYSETPOS=-1`), event("b")),
    expected: kept(1, { skipped: { "rrule-endless": 1 } }),
  },
  {
    name: "BYSETPOS that asks for more than there is",
    body: () =>
      calendar(
        times(200, (index) => event(`e${index}`, "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300")),
        times(200, (index) => event(`g${index}`)),
      ),
    expected: kept(200, { skipped: { "rrule-endless": 200 } }),
  },
  {
    name: "2,000 rules that step over their day for ever",
    body: () =>
      calendar(
        times(2000, (index) =>
          plainEvent(`UID:e${index}`, "DTSTART:20250301T000000Z", "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29"),
        ),
      ),
    // The search for a first time has found this many when its work is spent; the others are kept, and never expand.
    expected: kept(1150, { skipped: { "rrule-endless": 850 }, occurrences: 0 }),
  },
  {
    name: "every second of a century with an end",
    body: () => calendar(event("a", "RRULE:FREQ=SECONDLY;UNTIL=21260506T000000Z", "EXRULE:FREQ=SECONDLY"), event("b")),
    expected: kept(2, { occurrences: 150_001, capped: true }),
  },
  {
    name: "lists of 60 KB in one rule",
    body: () =>
      calendar(
        event("a", `RRULE:FREQ=DAILY;BYSECOND=${"0,".repeat(30_000)}1`),
        event("b", `RRULE:FREQ=DAILY;X-A=${"b".repeat(60_000)}`),
      ),
    expected: kept(2, { occurrences: 720, capped: true }),
    quick: true,
  },
  {
    name: "a count of a billion from the year 1 on",
    body: () => calendar(plainEvent("UID:a", "DTSTART:00010101T000000Z", "RRULE:FREQ=HOURLY;COUNT=1000000000"), event("b")),
    expected: kept(2, { occurrences: 1, capped: true }),
  },
  {
    name: "rules with parts named after properties of every object",
    body: () =>
      calendar(
        event("a", "RRULE:FREQ=__PROTO__"),
        event("b", "RRULE:FREQ=CONSTRUCTOR;COUNT=2"),
        event("c", "RRULE:FREQ=DAILY;COUNT=2;TOSTRING=1"),
        event("d", "RRULE:FREQ=DAILY;COUNT=2;__proto__=1"),
        event("e"),
      ),
    expected: kept(1, { skipped: { "rrule-invalid": 4 } }),
    quick: true,
  },
];
