/** Compares what an import sees with what two outside oracles agree on: `npm run test:corpus -- <corpus folder>`. Two JSON lines. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";

import { inspectFeed } from "../../lib/core/inspect.ts";
import { compareCases } from "./compare-cases.ts";

const Occurrence = z.object({ uid: z.string().nullish(), startUtc: z.string(), endUtc: z.string(), allDay: z.boolean() });
const Verdict = z.object({
  path: z.string(),
  agreed: z.boolean(),
  window: z.object({ from: z.string(), to: z.string() }).nullable(),
  events: z.number(),
  total: z.number().nullable(),
  occurrences: z.array(Occurrence),
});
type Verdict = z.infer<typeof Verdict>;

type Unequal = { readonly path: string; readonly cause: string };

const LIMIT = 500;
const SLOWEST_MS = 2000;
const WANTED_RATIO = 0.995;

function main(folder: string): void {
  const lines = readFileSync(path.join(folder, "oracle.jsonl"), "utf8").trim().split("\n");
  const verdicts = lines.map((line) => Verdict.parse(JSON.parse(line)));
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
  const ratio = equal / agreed;
  console.log(JSON.stringify({ files: verdicts.length, agreed, equal, ratio, errors, unequal, slowest }));
  const cases = compareCases(
    JSON.parse(readFileSync(path.join(folder, "recurrence-cases.json"), "utf8")),
    JSON.parse(readFileSync(new URL("../recurrence/illegal.json", import.meta.url), "utf8")),
  );
  console.log(JSON.stringify(cases));
  if (ratio < WANTED_RATIO || errors.length > 0 || slowest.ms > SLOWEST_MS || cases.ratio < 0.97) process.exitCode = 1;
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

/** The oracles leave the order of equal starts open. */
function writeOccurrence({ uid, startUtc, endUtc, allDay }: z.infer<typeof Occurrence>): string {
  return [startUtc, uid ?? "", endUtc, allDay ? "all day" : "timed"].join(" ");
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run test:corpus -- <corpus folder>");
  process.exitCode = 1;
} else {
  main(folder);
}
