import { describe, expect, test } from "vitest";

import type { Host } from "../../lib/contract/host.ts";
import { afterExcess, exceedsPace, isExcessNews } from "../../lib/core/pace-excess.ts";

const START_MS = Date.parse("2026-05-06T01:00:00.000Z");
const after = (minutes: number): Date => new Date(START_MS + minutes * 60_000);
const host = (extra: object = {}): Host => ({ version: 1, host: "h.example", ...extra });

describe("a host with more demand than its pace", () => {
  test("is counted from its first skipped turn on, also where turns come in one crowd an hour", () => {
    const first = afterExcess(host(), 10, after(0));
    expect(first).toEqual({ exceededSince: after(0).toISOString(), exceededAt: after(0).toISOString(), exceededCount: 10 });
    expect(afterExcess(host(first), 5, after(61))).toEqual({
      exceededSince: after(0).toISOString(),
      exceededAt: after(61).toISOString(),
      exceededCount: 15,
    });
  });

  test("that skipped nothing for two hours begins anew", () => {
    const first = afterExcess(host(), 10, after(0));
    expect(exceedsPace(host(first), after(119))).toBe(true);
    expect(exceedsPace(host(first), after(120))).toBe(false);
    expect(exceedsPace(host(), after(0))).toBe(false);
    expect(afterExcess(host(first), 5, after(120))).toMatchObject({ exceededSince: after(120).toISOString(), exceededCount: 5 });
  });

  test.each([
    [0, undefined, false],
    [59, undefined, false],
    [60, undefined, true],
    [300, 60, false],
    [300, -10, true],
  ])("for %i minutes, told at minute %s, is news: %s", (minutes, toldAt, expected) => {
    const excess = { exceededSince: after(0).toISOString(), exceededAt: after(minutes).toISOString(), exceededCount: 7 };
    expect(isExcessNews(excess, toldAt === undefined ? undefined : after(toldAt).toISOString())).toBe(expected);
  });
});
