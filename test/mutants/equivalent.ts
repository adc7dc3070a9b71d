/** Mutants that change nothing that anybody can see, each with its proof; named by what the line says, for lines move. */
import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";

import type { Mutant } from "./mutant.ts";

const Equivalent = z.strictObject({
  /** The line as it stands, without the spaces round it. */
  line: z.string(),
  column: z.number(),
  kind: z.string(),
  proof: z.string().min(20),
});

/** Proofs by the mutant's id. */
export type Equivalents = ReadonlyMap<string, string>;

/** From `equivalent/<file>.json`, one for each file of `lib/sync` that has any. */
export function readEquivalents(mutants: readonly Mutant[]): Equivalents {
  const files = Map.groupBy(mutants, ({ file }) => file);
  const found = [...files].flatMap(([file, own]) => {
    const known = readKnown(file.slice("lib/sync/".length, -".ts".length));
    return own.flatMap((mutant) => {
      const proof = known.find((one) => isMeant(one, mutant))?.proof;
      return proof === undefined ? [] : [[mutant.id, proof] as const];
    });
  });
  return new Map(found);
}

function readKnown(name: string): readonly z.infer<typeof Equivalent>[] {
  const url = new URL(`equivalent/${name}.json`, import.meta.url);
  return existsSync(url) ? z.array(Equivalent).parse(JSON.parse(readFileSync(url, "utf8"))) : [];
}

function isMeant({ line, column, kind }: z.infer<typeof Equivalent>, mutant: Mutant): boolean {
  const at = Number(mutant.id.slice(0, mutant.id.indexOf(" ")).split(":").at(-1));
  return mutant.line === line && at === column && mutant.kind === kind;
}
