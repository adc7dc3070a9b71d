/** `npm run sim -- --seeds N [--seed S] [--trace]`: many worlds, each from its seed, and what they were put through. */
import { parseArgs } from "node:util";

import { runSeed } from "./run-seed.ts";
import type { SeedReport } from "./run-seed.ts";
import { tellFaults } from "./tell-faults.ts";

const TRACE_SHOWN = 40;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});

const first = Number(values.seed ?? 1);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const startedMs = performance.now();
const reports: SeedReport[] = [];
for (let seed = first; seed < first + count; seed += 1) {
  const report = await runSeed(seed);
  if (values.trace) console.log(report.trace.join("\n"));
  // Traces are long; those of clean runs tell nothing.
  reports.push({ ...report, trace: [] });
  if (report.violation === undefined) continue;
  console.error(`seed ${seed} broke after ${report.steps} steps: ${report.violation}`);
  console.error(report.trace.slice(-TRACE_SHOWN).join("\n"));
  console.error(`replay it with: npm run sim -- --seed ${seed} --trace`);
  process.exitCode = 1;
  break;
}
console.log(tellFaults(reports, (performance.now() - startedMs) / 1000));
