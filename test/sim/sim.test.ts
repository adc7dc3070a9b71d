import { describe, expect, it } from "vitest";

import { DRILL_NAMES } from "./drills.ts";
import { OFFICE_NAMES } from "./offices.ts";
import { runSeed } from "./run-seed.ts";

/** Some of the drills; `npm run sim` plays all of them. */
const EACH = 9;
const DRILLED = DRILL_NAMES.map((name, index) => ({ name, seed: index + 1 })).filter((_, index) => index % EACH === 0);
/** One for each office. */
const STORMY = Array.from({ length: OFFICE_NAMES.length }, (_, index) => DRILL_NAMES.length + index + 1);
const TIMEOUT_MS = 60_000;

describe("the simulation", () => {
  it.each(DRILLED)(
    "a drill of $name ends well, wherever it is broken off",
    async ({ seed }) => {
      const { violation, steps } = await runSeed(seed);
      expect(violation).toBeUndefined();
      expect(steps).toBeGreaterThan(300);
    },
    TIMEOUT_MS,
  );

  it.each(STORMY)(
    "world %i keeps every promise under faults at every port call",
    async (seed) => {
      const { violation, steps, commits, faults } = await runSeed(seed);
      expect(violation).toBeUndefined();
      expect(steps).toBeGreaterThan(300);
      expect(commits).toBeGreaterThan(10);
      expect(faults.size).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );

  it("plays a seed again exactly", async () => {
    const seed = DRILL_NAMES.length + 1;
    const [one, other] = [await runSeed(seed, "always"), await runSeed(seed, "always")];
    expect(other.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(300);
  });

  it("plays another seed otherwise", async () => {
    const seed = DRILL_NAMES.length + 1;
    const [one, other] = [await runSeed(seed, "always"), await runSeed(seed + 1, "always")];
    expect(other.trace).not.toEqual(one.trace);
  });
});
