/**
 * Compares what an import sees, and what an outside library sees after the export, with what two outside oracles agree on:
 * `npm run test:corpus -- <corpus folder>`. Three JSON lines: import, recurrence cases, export.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { inspectFeed } from "../../lib/core/inspect.ts";
import { compareCases } from "./compare-cases.ts";
import { compareExports } from "./compare-exports.ts";
import { LIMIT, readVerdicts, writeOccurrence } from "./verdict.ts";
import type { Unequal, Verdict } from "./verdict.ts";

const SLOWEST_MS = 2000;
const WANTED_RATIO = 0.995;
const WANTED_CASES = 0.97;

async function main(folder: string): Promise<void> {
  const verdicts = readVerdicts(folder);
  const imported = compareImports(folder, verdicts);
  console.log(JSON.stringify(imported));
  const cases = compareCases(
    JSON.parse(readFileSync(path.join(folder, "recurrence-cases.json"), "utf8")),
    JSON.parse(readFileSync(new URL("../recurrence/illegal.json", import.meta.url), "utf8")),
  );
  console.log(JSON.stringify(cases));
  const exported = await compareExports(folder, verdicts);
  console.log(JSON.stringify({ export: exported }));
  const isFastEnough = imported.errors.length === 0 && imported.slowest.ms <= SLOWEST_MS;
  const isExportRight = exported.roundTrips.unequal.length === 0 && ("skipped" in exported || exported.ratio >= WANTED_RATIO);
  if (!isFastEnough || imported.ratio < WANTED_RATIO || cases.ratio < WANTED_CASES || !isExportRight) process.exitCode = 1;
}

type ImportsCompared = {
  readonly files: number;
  /** Agreed files with events. */
  readonly agreed: number;
  readonly equal: number;
  readonly ratio: number;
  readonly errors: readonly Unequal[];
  readonly unequal: readonly Unequal[];
  readonly slowest: { readonly path: string; readonly ms: number };
};

function compareImports(folder: string, verdicts: readonly Verdict[]): ImportsCompared {
  const unequal: Unequal[] = [];
  const errors: Unequal[] = [];
  let agreed = 0;
  let slowest = { path: "", ms: 0 };
  for (const verdict of verdicts) {
    const began = performance.now();
    const cause = causeOf(verdict, readFileSync(path.join(folder, verdict.path)));
    const ms = Math.round(performance.now() - began);
    if (ms > slowest.ms) slowest = { path: verdict.path, ms };
    if (cause?.startsWith("error: ") === true) errors.push({ path: verdict.path, cause });
    if (!verdict.agreed || verdict.events === 0) continue;
    agreed += 1;
    if (cause !== undefined) unequal.push({ path: verdict.path, cause });
  }
  const equal = agreed - unequal.length;
  return { files: verdicts.length, agreed, equal, ratio: equal / agreed, errors, unequal, slowest };
}

/** Why we and the oracles differ; undefined where we do not. */
function causeOf(verdict: Verdict, bytes: Uint8Array): string | undefined {
  try {
    const { from, to } = verdict.window ?? {};
    const seen = inspectFeed(bytes, undefined, { from, to, limit: LIMIT, floating: "UTC" });
    if (seen.kind === "refused") return `refused: ${seen.reason}`;
    const ours = seen.occurrences.map(writeOccurrence).toSorted();
    const theirs = verdict.occurrences.map(writeOccurrence).toSorted();
    if (seen.total === (verdict.total ?? 0) && ours.join("\n") === theirs.join("\n")) return undefined;
    const difference = ours.find((each) => !theirs.includes(each)) ?? theirs.find((each) => !ours.includes(each)) ?? "";
    const skipped = seen.skipped.map(({ code, line }) => `${code} in line ${line}`).slice(0, 3);
    return [`total ${seen.total}, expected ${verdict.total ?? 0}`, difference, ...skipped].join("; ");
  } catch (error) {
    return `error: ${String(error)}`;
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run test:corpus -- <corpus folder>");
  process.exitCode = 1;
} else {
  await main(folder);
}
