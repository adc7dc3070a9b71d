/** `npm run mutants [-- --file import-calendar,end-import] [--seeds N] [--list]`: breaks one guard or one order of saves after the other; the simulation has to find it. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

import { DRILL_NAMES } from "../sim/drills.ts";
import { readEquivalents } from "./equivalent.ts";
import { findMutants } from "./find-mutants.ts";
import { percentOf, shareOf, tellReport } from "./report.ts";
import { leftAlone } from "./scope.ts";
import { tryAll } from "./try-all.ts";
import type { Tried } from "./try-all.ts";

const WANTED_PERCENT = 95;
/** Worlds that are tried besides all drills. */
const STORMS = 8;
const VIOLATION_SHOWN = 160;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      file: { type: "string" },
      id: { type: "string" },
      seeds: { type: "string", default: String(DRILL_NAMES.length + STORMS) },
      // One drill alone, by its name.
      drill: { type: "string" },
      "at-once": { type: "string", default: String(availableParallelism()) },
      list: { type: "boolean", default: false },
      // A sample: every so many of them.
      every: { type: "string", default: "1" },
      quiet: { type: "boolean", default: false },
    },
  });
  const chosen = findMutants(values.file?.split(",")).filter(({ id }) => values.id === undefined || id.includes(values.id));
  const mutants = chosen.filter((_, index) => index % Number(values.every) === 0);
  if (values.list) {
    for (const { id, line } of mutants) console.log(`${id} | ${line}`);
    return 0;
  }
  const startedMs = performance.now();
  const tell = values.quiet ? (): void => undefined : tellOne;
  const seeds = values.drill === undefined ? seedsTo(Number(values.seeds)) : [seedOf(values.drill)];
  const tried = await tryAll(mutants, { seeds, atOnce: Number(values["at-once"]), tell });
  const equivalents = readEquivalents(mutants);
  if (values.file === undefined) for (const [file, reason] of leftAlone()) console.log(`left alone: ${file}: ${reason}`);
  console.log(tellReport(tried, equivalents));
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s, ${seeds.length} seeds for each at most`);
  return percentOf(shareOf(tried, equivalents)) < WANTED_PERCENT ? 1 : 0;
}

function seedsTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function seedOf(drill: string): number {
  const seed = DRILL_NAMES.indexOf(drill) + 1;
  if (seed > 0) return seed;
  throw new Error(`no drill ${drill}, wanted one of ${DRILL_NAMES.join(", ")}`);
}

function tellOne({ mutant, outcome }: Tried): void {
  console.log(`${outcome.kind} ${mutant.id}${detailOf(outcome)}`);
}

function detailOf(outcome: Tried["outcome"]): string {
  switch (outcome.kind) {
    case "survived":
      return ` (${outcome.reached} seeds pass it) `;
    case "invalid":
      return `: ${outcome.reason}`;
    case "found":
    case "stuck":
      return ` by seed ${outcome.seed}: ${outcome.violation.slice(0, VIOLATION_SHOWN).replaceAll("\n", " ")}`;
  }
}
