import { defineConfig } from "vitest/config";

/** No engine, no environment, no state of a module: these files may share a worker, which saves loading everything anew for each. */
const PURE = ["test/{core,ics,sync,docs,hostile,api,lambda}/**/*.test.ts"];
const LIMITS = { testTimeout: 20_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    // Most files wait for engines and processes; one worker less than there are cores would leave half of a small machine idle.
    maxWorkers: "100%",
    coverage: { provider: "v8", include: ["lib/**", "functions/**"] },
    projects: [
      { test: { name: "pure", include: PURE, isolate: false, ...LIMITS } },
      { test: { name: "engines", include: ["test/**/*.test.ts"], exclude: PURE, ...LIMITS } },
    ],
  },
});
