/** Mutants that change nothing that anybody can see, each with its proof; named by what the line says, for lines move. */
import { readFileSync } from "node:fs";
import * as z from "zod";

import type { Mutant } from "./mutant.ts";

const Equivalent = z.strictObject({
  file: z.string(),
  /** The line as it stands, without the spaces round it. */
  line: z.string(),
  column: z.number(),
  kind: z.string(),
  proof: z.string().min(20),
});

/** Proofs by the mutant's id. */
export type Equivalents = ReadonlyMap<string, string>;

export function readEquivalents(mutants: readonly Mutant[]): Equivalents {
  const text = readFileSync(new URL("equivalent.json", import.meta.url), "utf8");
  const known = z.array(Equivalent).parse(JSON.parse(text));
  const found = mutants.flatMap((mutant) => {
    const proof = known.find((one) => isMeant(one, mutant))?.proof;
    return proof === undefined ? [] : [[mutant.id, proof] as const];
  });
  return new Map(found);
}

function isMeant({ file, line, column, kind }: z.infer<typeof Equivalent>, mutant: Mutant): boolean {
  const at = Number(mutant.id.slice(0, mutant.id.indexOf(" ")).split(":").at(-1));
  return mutant.file === `lib/sync/${file}` && mutant.line === line && at === column && mutant.kind === kind;
}
