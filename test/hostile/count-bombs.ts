/** Too many of something that is harmless alone. */
import { calendar, event, kept, plainEvent, second, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

export const COUNT_BOMBS: readonly HostileInput[] = [
  {
    name: "100,000 empty events",
    body: () => calendar(plainEvent().concat("\r\n").repeat(100_000).trimEnd()),
    expected: { refused: "too-many-bad-components" },
  },
  {
    name: "20,000 events of equal content without UID",
    body: () => calendar(times(20_000, () => plainEvent("DTSTART:20260506T010000Z", "SUMMARY:same"))),
    expected: kept(20_000, { capped: true }),
  },
  {
    name: "20,000 copies of one event",
    body: () => calendar(times(20_000, () => event("a", "SUMMARY:same"))),
    expected: kept(1, { skipped: { "uid-duplicate": 19_999 } }),
  },
  {
    name: "100,000 EXDATEs in lines of their own",
    body: () =>
      calendar(
        event(
          "a",
          "RRULE:FREQ=DAILY",
          times(100_000, (index) => `EXDATE:${second(index)}`),
        ),
        event("b"),
      ),
    expected: kept(1, { skipped: { "component-too-large": 1 } }),
  },
  {
    name: "40,000 EXDATEs in one line",
    body: () =>
      calendar(event("a", "RRULE:FREQ=SECONDLY;UNTIL=20260506T020000Z", `EXDATE:${times(40_000, second, ",")}`), event("b")),
    expected: kept(2, { occurrences: 3602, capped: true }),
  },
  {
    name: "110,000 RDATEs of a day in one event",
    body: () => calendar(event("a", `RDATE;VALUE=DATE:${times(110_000, () => "20260507", ",")}`), event("b")),
    expected: kept(2, { occurrences: 3 }),
  },
  {
    name: "an event of 110,000 RDATEs that the source drops",
    before: () => calendar(event("a", `RDATE;VALUE=DATE:${times(110_000, () => "20260507", ",")}`), event("b")),
    body: () => calendar(event("b")),
    expected: kept(1),
  },
  {
    name: "200,000 EXDATEs that are none are reported within bounds",
    body: () =>
      calendar(
        event(
          "a",
          times(20, () => `EXDATE:${"x,".repeat(16_000)}`),
        ),
      ),
    expected: kept(1, { skipped: { "exdate-invalid": 21 } }),
  },
  {
    name: "5,000 attendees of one event",
    body: () =>
      calendar(
        event(
          "a",
          times(5000, (index) => `ATTENDEE;CN="P ${index}":mailto:p${index}@test.example`),
        ),
      ),
    expected: kept(1),
    quick: true,
  },
  {
    name: "10,000 properties of the calendar itself",
    body: () =>
      calendar(
        times(10_000, (index) => `X-P${index}:x`),
        event("a"),
      ),
    expected: kept(1),
    quick: true,
  },
  {
    name: "25,000 events of 5 zones",
    body: () =>
      calendar(
        times(25_000, (index) =>
          plainEvent(
            `UID:e${index}`,
            `DTSTART;TZID=${["Asia/Seoul", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "UTC"][index % 5]}:20260506T010000`,
          ),
        ),
      ),
    expected: kept(25_000, { capped: true }),
  },
];
