import { describe, expect, test } from "vitest";

import { countDeferral, deferredTooLong } from "../../lib/core/deferral.ts";

const SINCE = "2026-05-06T01:00:00.000Z";
const later = (hours: number): Date => new Date(Date.parse(SINCE) + hours * 3_600_000);

describe("a host that says later", () => {
  test("is counted from its first later on", () => {
    const first = countDeferral({}, later(0));
    expect(first).toEqual({ deferredSince: SINCE, deferrals: 1 });
    expect(countDeferral(first, later(5))).toEqual({ deferredSince: SINCE, deferrals: 2 });
  });

  test.each([
    [23.99, 9, undefined],
    [24, 2, undefined],
    [24, 3, "deferred-too-long"],
    [72, 3, "deferred-too-long"],
  ])("for %d hours, %i times, is %s", (hours, deferrals, code) => {
    expect(deferredTooLong({ deferredSince: SINCE, deferrals }, later(hours), "h.example")?.code).toBe(code);
  });

  test("is named in the letter, with what to do", () => {
    expect(deferredTooLong({ deferredSince: SINCE, deferrals: 4 }, later(30), "h.example")).toEqual({
      code: "deferred-too-long",
      host: "h.example",
      reason: `host h.example said later 4 times since ${SINCE}, wanted one answer within 24 hours; ask its owner for more requests, or give the calendar a longer interval`,
    });
  });
});
