/** What the corpus' two oracles say of one file. */
import { readFileSync } from "node:fs";
import path from "node:path";

import * as z from "zod";

const Occurrence = z.object({ uid: z.string().nullish(), startUtc: z.string(), endUtc: z.string(), allDay: z.boolean() });
const Verdict = z.object({
  path: z.string(),
  agreed: z.boolean(),
  window: z.object({ from: z.string(), to: z.string() }).nullable(),
  events: z.number(),
  total: z.number().nullable(),
  /** The first 500 by start. */
  occurrences: z.array(Occurrence),
});
export type Verdict = z.infer<typeof Verdict>;

export type Unequal = { readonly path: string; readonly cause: string };

/** Occurrences that a verdict lists. */
export const LIMIT = 500;

export function readVerdicts(folder: string): readonly Verdict[] {
  const lines = readFileSync(path.join(folder, "oracle.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => Verdict.parse(JSON.parse(line)));
}

/** The oracles leave the order of equal starts open, so that lists are compared as sorted lines. */
export function writeOccurrence({ uid, startUtc, endUtc, allDay }: z.infer<typeof Occurrence>): string {
  return [startUtc, uid ?? "", endUtc, allDay ? "all day" : "timed"].join(" ");
}
