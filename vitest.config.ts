import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

/** These files change nothing that others see, neither the environment nor a module's state: they may share a worker, which saves loading everything anew for each. */
const PURE = ["test/{core,ics,sync,docs,hostile,api,lambda,sheets,time}/**/*.test.ts"];
/** So may these, with engines of their own. */
const SHARED = ["test/{aws,cli,http,infra}/**/*.test.ts"];
const LIMITS = { testTimeout: 20_000, hookTimeout: 30_000 };

export default defineConfig({
  test: {
    // Many files wait for engines and processes: one worker more than there are cores keeps a small machine busy.
    maxWorkers: availableParallelism() + 1,
    coverage: { provider: "v8", include: ["lib/**", "functions/**"] },
    projects: [
      { test: { name: "pure", include: PURE, isolate: false, ...LIMITS } },
      { test: { name: "shared", include: SHARED, isolate: false, ...LIMITS } },
      { test: { name: "apart", include: ["test/**/*.test.ts"], exclude: [...PURE, ...SHARED], ...LIMITS } },
    ],
  },
});
