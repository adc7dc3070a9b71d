/** Every mutant of these files, in the order of their places. */
import { readFileSync } from "node:fs";

import { findConditions } from "./conditions.ts";
import { applied, mutantOf } from "./mutant.ts";
import type { Mutant } from "./mutant.ts";
import { findSaves, savingFunctions } from "./saves.ts";
import { filesInScope, ROOT } from "./scope.ts";
import { parse } from "./syntax.ts";

/** @param only names of files in `lib/sync`, without their ending; all files where undefined */
export function findMutants(only: readonly string[] | undefined): Mutant[] {
  const modules = filesInScope().map((file) => {
    const code = readFileSync(new URL(file, ROOT), "utf8");
    return { file, code, tree: parse(code) };
  });
  const saving = savingFunctions(modules.map(({ tree }) => tree));
  return modules
    .filter(({ file }) => only === undefined || only.some((name) => file.endsWith(`/${name}.ts`)))
    .flatMap(({ file, code, tree }) => {
      const edits = [...findConditions(tree, code), ...findSaves(tree, code, saving)];
      return unlike(
        edits.map((edit) => mutantOf(file, code, edit)),
        code,
      );
    });
}

/** One of those that read the same. */
function unlike(mutants: readonly Mutant[], code: string): Mutant[] {
  const byText = new Map<string, Mutant>();
  for (const mutant of mutants) {
    const text = applied(code, mutant);
    if (text !== code && !byText.has(text)) byText.set(text, mutant);
  }
  return [...byText.values()];
}
