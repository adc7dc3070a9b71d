/** The tests that lib/core's mutants must not outlive. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/core/**/*.test.ts"], testTimeout: 20_000 },
});
