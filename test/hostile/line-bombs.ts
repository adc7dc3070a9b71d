/** Content lines that are too long, too folded, too odd or too many. */
import { calendar, event, kept, times } from "./hostile-input.ts";
import type { HostileInput } from "./hostile-input.ts";

export const LINE_BOMBS: readonly HostileInput[] = [
  {
    name: "a summary of 1 MB in one line is shortened",
    body: () => calendar(event("a", `SUMMARY:${"x".repeat(1_000_000)}`), event("b")),
    expected: kept(2, { skipped: { "value-shortened": 1 } }),
    quick: true,
  },
  {
    name: "a line of 16 MB without a colon costs itself alone",
    body: () => calendar(event("a", "x".repeat(16_000_000)), event("b")),
    expected: kept(2, { skipped: { "value-shortened": 1, "line-invalid": 1 } }),
  },
  {
    name: "a summary folded after each octet a million times is shortened",
    body: () => calendar(event("a", `SUMMARY:${"x\r\n ".repeat(1_000_000)}`), event("b")),
    expected: kept(2, { skipped: { "value-shortened": 1 } }),
  },
  {
    name: "a summary of backslashes with another end is searched once",
    body: () => calendar(event("a", `SUMMARY:${"\\".repeat(65_000)}${"x".repeat(2000)}`)),
    expected: kept(1, { skipped: { "value-shortened": 1 } }),
    quick: true,
  },
  {
    name: "a line of 30,000 parameters is read once",
    body: () => calendar(event("a", `SUMMARY${";A".repeat(30_000)}:x`)),
    expected: kept(1),
    shows: ["SUMMARY:x"],
    quick: true,
  },
  {
    name: "parameters of quotes alone end nowhere",
    body: () => calendar(event("a", `X-A;B=${'"'.repeat(60_001)}`, `X-C;D="unterminated:x`, "SUMMARY:kept")),
    expected: kept(1, { skipped: { "line-invalid": 1 } }),
    shows: ["SUMMARY:kept"],
    quick: true,
  },
  {
    name: "an unterminated quote on DTSTART ends at the colon",
    body: () =>
      calendar('BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID="Europe/Berlin:20260506T010000\r\nEND:VEVENT', event("b"), event("c")),
    expected: kept(3),
    quick: true,
  },
  {
    name: "half a million lines that are none are reported within bounds",
    body: () => calendar(event("a", "!\r\n".repeat(500_000).trimEnd()), event("b")),
    expected: kept(2, { skipped: { "line-invalid": 21 } }),
  },
  {
    name: "8 MB of carriage returns are empty lines",
    body: () => calendar(event("a"), "\r".repeat(8_000_000), event("b")),
    expected: kept(2),
  },
  {
    name: "4 MB of lone carriage returns inside a value are no lines",
    body: () => calendar(event("a", `SUMMARY:${"x\r".repeat(2_000_000)}y`)),
    expected: kept(1, { skipped: { "value-shortened": 1 } }),
  },
  {
    name: "a description of 60,000 combining marks is folded",
    body: () => calendar(event("a", `DESCRIPTION:e${"\u0301".repeat(60_000)}`)),
    expected: kept(1, { skipped: {} }),
    quick: true,
  },
  {
    name: "120 events with 60 KB of conference links each",
    body: () => calendar(times(120, (index) => event(`e${index}`, `DESCRIPTION:${"https://zoom.us/j/1 ".repeat(3000)}`))),
    expected: kept(120),
  },
];
