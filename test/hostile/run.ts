/**
 * `npm run test:hostile [-- words of a name]`: every hostile input, each step of it in a process of its own, against its exact outcome,
 * 2 seconds and 256 MiB. Prints a line each and `N passed, N failed`.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, promisify } from "node:util";

import * as z from "zod";

import type { HostileInput } from "./hostile-input.ts";
import { HOSTILE_INPUTS } from "./inputs.ts";

const LIMIT_MS = 2000;
const LIMIT_MIB = 256;
/** Main thread's time counts; a machine that others use as well may take this much longer. */
const PATIENCE_MS = 120_000;
/** What the process may hold besides, for that V8 fills whatever it is given. */
const HEAP = ["--max-old-space-size=160", "--max-semi-space-size=4"];
const AT_ONCE = 2;

const Step = z.object({
  kind: z.enum(["stored", "refused", "exported"]),
  cpuMs: z.number(),
  wallMs: z.number(),
  peakMiB: z.number(),
  faults: z.array(z.string()),
  outcome: z.record(z.string(), z.unknown()),
});
type Step = z.infer<typeof Step>;

const run = promisify(execFile);
const wanted = process.argv.slice(2).join(" ");
const waiting = HOSTILE_INPUTS.filter(({ name }) => name.includes(wanted));
let [passed, failed] = [0, 0];
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
    const { faults, costs } = await examine(input).catch((error: unknown) => ({
      faults: [`it threw ${String(error)}`],
      costs: "",
    }));
    if (faults.length === 0) passed += 1;
    else failed += 1;
    console.log(
      `${faults.length === 0 ? "ok  " : "FAIL"} ${input.name}: ${costs}${faults.map((fault) => `\n     ${fault}`).join("")}`,
    );
  }
}

async function examine(input: HostileInput): Promise<{ faults: string[]; costs: string }> {
  const folder = mkdtempSync(join(tmpdir(), "calferry-hostile-"));
  try {
    if (input.before !== undefined) await runStep(input, "before", folder);
    const imported = await runStep(input, "import", folder);
    const exported = imported.kind === "refused" ? undefined : await runStep(input, "export", folder);
    const outcome = { ...imported.outcome, ...exported?.outcome };
    const steps = exported === undefined ? [imported] : [imported, exported];
    const isRight = isDeepStrictEqual(outcome, input.expected);
    const wrong = `got ${JSON.stringify(outcome)}, wanted ${JSON.stringify(input.expected)}`;
    const faults = [...(isRight ? [] : [wrong]), ...steps.flatMap(overLimits), ...steps.flatMap((step) => step.faults)];
    return { faults, costs: `${JSON.stringify(outcome)} ${steps.map(costOf).join(", ")}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runStep(input: HostileInput, step: "before" | "import" | "export", folder: string): Promise<Step> {
  const child = fileURLToPath(import.meta.resolve("./child.ts"));
  const { stdout } = await run(process.execPath, [...HEAP, child, input.name, step, folder], { timeout: PATIENCE_MS });
  return Step.parse(JSON.parse(stdout));
}

function overLimits({ cpuMs, peakMiB }: Step): string[] {
  return [
    ...(cpuMs > LIMIT_MS ? [`${cpuMs} ms, wanted at most ${LIMIT_MS}`] : []),
    ...(peakMiB > LIMIT_MIB ? [`${peakMiB} MiB, wanted at most ${LIMIT_MIB}`] : []),
  ];
}

function costOf({ kind, cpuMs, wallMs, peakMiB }: Step): string {
  return `${kind} in ${cpuMs} ms (${wallMs} passed), ${peakMiB} MiB`;
}
