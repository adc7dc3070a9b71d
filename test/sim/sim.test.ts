import { describe, expect, it } from "vitest";

import { runSeed } from "./run-seed.ts";

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);
const TIMEOUT_MS = 60_000;

describe("the simulation", () => {
  it.each(SEEDS)(
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
    const [one, other] = [await runSeed(3, "always"), await runSeed(3, "always")];
    expect(other.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(300);
  });

  it("plays another seed otherwise", async () => {
    const [one, other] = [await runSeed(3, "always"), await runSeed(4, "always")];
    expect(other.trace).not.toEqual(one.trace);
  });
});
