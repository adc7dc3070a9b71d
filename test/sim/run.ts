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

/** What the threads share: the next seed that nobody plays yet. Some worlds take ten times as long as others. */
const Share = z.object({ next: z.instanceof(Int32Array<ArrayBufferLike>), last: z.number() });
type Share = z.infer<typeof Share>;

if (isMainThread) {
  process.exitCode = await main();
} else {
  await playShare(Share.parse(workerData), (report) => parentPort?.postMessage(report, []));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: "string", default: "100" }, seed: { type: "string" }, trace: { type: "boolean", default: false } },
  });
  const startedMs = performance.now();
  const reports = values.seed === undefined ? await runAll(Number(values.seeds)) : [await runSeed(Number(values.seed), "always")];
  if (values.trace) console.log(reports.flatMap(({ trace }) => trace).join("\n"));
  const broken = reports.find(({ violation }) => violation !== undefined);
  console.log(tellFaults(reports, (performance.now() - startedMs) / 1000));
  if (broken === undefined) return 0;
  console.error(`seed ${broken.seed} broke after ${broken.steps} steps: ${broken.violation}`);
  console.error(broken.trace.slice(-TRACE_SHOWN).join("\n"));
  console.error(`replay it with: npm run sim -- --seed ${broken.seed} --trace`);
  return 1;
}

/** Seeds 1 to `count` over all processors, or to the first that breaks; a world is one thread's own. */
async function runAll(count: number): Promise<SeedReport[]> {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(1);
  const threads = Array.from({ length: Math.min(count, WORKERS_MOST, availableParallelism()) });
  const reports = (await Promise.all(threads.map(async () => await inThread({ next, last: count })))).flat();
  const brokenSeeds = reports.filter(({ violation }) => violation !== undefined).map(({ seed }) => seed);
  // Others may have been ahead of the seed that broke: what is told depends on no thread.
  const last = Math.min(count, ...brokenSeeds);
  return reports.filter(({ seed }) => seed <= last).toSorted((one, other) => one.seed - other.seed);
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

/** Seeds are taken in order: when one breaks, all before it are played or being played. */
async function playShare({ next, last }: Share, tell: (report: SeedReport) => void): Promise<void> {
  for (let seed = Atomics.add(next, 0, 1); seed <= last; seed = Atomics.add(next, 0, 1)) {
    const report = await runSeed(seed);
    tell(report);
    if (report.violation !== undefined) Atomics.store(next, 0, last + 1);
  }
}
