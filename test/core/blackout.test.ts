import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Blackout } from "../../lib/contract/blackout.ts";
import { leavesRoom, opensAtMs, startOutside } from "../../lib/core/blackout.ts";

const NIGHT: Blackout = [
  { kind: "weekly", days: ["MO", "TU", "WE", "TH", "FR"], from: "22:00", to: "06:00", zone: "Europe/Berlin" },
];

function opensAt(blackout: Blackout, at: string): string {
  return new Date(opensAtMs(blackout, Date.parse(at))).toISOString();
}

describe("a host's windows", () => {
  test.each([
    ["2026-05-06T19:59:59.000Z", "2026-05-06T19:59:59.000Z"],
    ["2026-05-06T20:00:00.000Z", "2026-05-07T04:00:00.000Z"],
    ["2026-05-07T03:59:59.999Z", "2026-05-07T04:00:00.000Z"],
    ["2026-05-07T04:00:00.000Z", "2026-05-07T04:00:00.000Z"],
    // Friday's ends on Saturday, and Saturday has none.
    ["2026-05-09T02:00:00.000Z", "2026-05-09T04:00:00.000Z"],
    ["2026-05-09T21:00:00.000Z", "2026-05-09T21:00:00.000Z"],
    // In winter the same clock is an hour later.
    ["2026-01-06T21:30:00.000Z", "2026-01-07T05:00:00.000Z"],
  ])("at %s give %s", (at, wanted) => {
    expect(opensAt(NIGHT, at)).toBe(wanted);
  });

  test("that follow each other are one", () => {
    const blackout: Blackout = [...NIGHT, { kind: "once", from: "2026-05-07T06:00:00+02:00", to: "2026-05-08T12:00:00+02:00" }];
    expect(opensAt(blackout, "2026-05-06T21:00:00Z")).toBe("2026-05-08T10:00:00.000Z");
  });

  test("that leave no time at all are seen", () => {
    const always: Blackout = [
      { kind: "weekly", days: ["SU", "MO", "TU", "WE", "TH", "FR", "SA"], from: "00:00", to: "24:00", zone: "UTC" },
    ];
    expect(leavesRoom(always, Date.parse("2026-05-06T00:00:00Z"))).toBe(false);
    expect(leavesRoom(NIGHT, Date.parse("2026-05-06T21:00:00Z"))).toBe(true);
  });

  test("hold no start, and a start that was moved comes within a minute after one", () => {
    const minute = fc.integer({ min: Date.parse("2026-01-01") / 60_000, max: Date.parse("2027-01-01") / 60_000 });
    fc.assert(
      fc.property(minute, fc.domain(), (at, host) => {
        const startMs = startOutside({ host, blackout: NIGHT }, at * 60_000);
        expect(opensAtMs(NIGHT, startMs)).toBe(startMs);
        const openMs = opensAtMs(NIGHT, at * 60_000);
        expect(startMs - openMs).toBeGreaterThanOrEqual(0);
        expect(startMs - openMs).toBeLessThan(60_000);
      }),
    );
  });
});
