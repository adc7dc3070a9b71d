import { describe, expect, test } from "vitest";

import { oldKeys } from "../../lib/core/old-objects.ts";

const KEPT_MS = 1000;
const NOW = new Date(1_000_000);
const OLD_MS = NOW.getTime() - KEPT_MS - 1;
const YOUNG_MS = NOW.getTime() - KEPT_MS;
const age = { calendarVersion: 8, keptMs: KEPT_MS, now: NOW };
const object = (version: number, modifiedMs: number, name = "h"): { key: string; version: number; modifiedMs: number } => ({
  key: `${version}-${name}`,
  version,
  modifiedMs,
});

describe("objects that nothing needs any more", () => {
  test("are old, and neither of the version that is pointed at nor of the two before it", () => {
    const objects = [4, 5, 6, 7, 8, 9].map((version) => object(version, OLD_MS));
    expect(oldKeys([...objects, object(3, YOUNG_MS)], age)).toEqual(["4-h", "5-h"]);
  });

  test("a committed one stays as long as the one that a worker left beside it a moment later", () => {
    const both = [object(4, OLD_MS, "committed"), object(4, YOUNG_MS, "left")];
    expect(oldKeys([...both, object(5, OLD_MS)], age)).toEqual(["5-h"]);
    expect(oldKeys(both, { ...age, now: new Date(NOW.getTime() + 1) })).toEqual(["4-committed", "4-left"]);
  });

  test("held bodies are of no version, and go one by one", () => {
    expect(oldKeys([object(0, OLD_MS, "ended"), object(0, YOUNG_MS, "other")], age)).toEqual(["0-ended"]);
  });
});
