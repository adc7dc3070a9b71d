/** `npm run sim -- --seeds N [--seed S] [--trace]`: many worlds, each from its seed, and what they were put through. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import * as z from "zod";

import { runSeed } from "./run-seed.ts";
import type { SeedReport } from "./run-seed.ts";
import { tellFaults } from "./tell-faults.ts";

const TRACE_SHOWN = 40;
const WORKERS_MOST = 8;

/** What a thread does: every `step`th seed from `first` on, until one breaks. */
const Share = z.object({ first: z.number(), last: z.number(), step: z.number() });
type Share = z.infer<typeof Share>;

if (isMainThread) {
  process.exitCode = await main();
} else {
  for (const report of await runShare(Share.parse(workerData))) parentPort?.postMessage(report, []);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "100" }, seed: { type: "string" }, trace: { type: "boolean", default: false } },
  });
  const startedMs = performance.now();
  const reports = values.seed === undefined ? await runAll(Number(values.seeds)) : [await runSeed(Number(values.seed), "always")];
  if (values.trace) console.log(reports.flatMap(({ trace }) => trace).join("\n"));
  const [broken] = reports.filter(({ violation }) => violation !== undefined).toSorted((one, other) => one.seed - other.seed);
  console.log(tellFaults(reports, (performance.now() - startedMs) / 1000));
  if (broken === undefined) return 0;
  console.error(`seed ${broken.seed} broke after ${broken.steps} steps: ${broken.violation}`);
  console.error(broken.trace.slice(-TRACE_SHOWN).join("\n"));
  console.error(`replay it with: npm run sim -- --seed ${broken.seed} --trace`);
  return 1;
}

/** Seeds 1 to `count` over all processors; a world is one thread's own. */
async function runAll(count: number): Promise<SeedReport[]> {
  const step = Math.min(count, WORKERS_MOST, availableParallelism());
  const shares = Array.from({ length: step }, (_, index) => ({ first: index + 1, last: count, step }));
  return (await Promise.all(shares.map(async (share) => await inThread(share)))).flat();
}

async function inThread(share: Share): Promise<SeedReport[]> {
  const { promise, resolve, reject } = Promise.withResolvers<SeedReport[]>();
  const reports: SeedReport[] = [];
  const worker = new Worker(new URL(import.meta.url), { workerData: share });
  worker.on("message", (report: SeedReport) => void reports.push(report));
  worker.on("error", reject);
  worker.on("exit", () => resolve(reports));
  return await promise;
}

async function runShare({ first, last, step }: Share): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  for (let seed = first; seed <= last; seed += step) {
    const report = await runSeed(seed);
    reports.push(report);
    if (report.violation !== undefined) break;
  }
  return reports;
}
