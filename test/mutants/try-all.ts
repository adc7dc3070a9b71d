/** Tries mutants, a few at once, each in a thread that is ended where it hangs. */
import { Worker } from "node:worker_threads";

import type { Mutant } from "./mutant.ts";
import { Word } from "./trial.ts";
import type { Trial } from "./trial.ts";

/** `stuck`: a seed never ended, which no sound world does. `invalid`: the broken module could not be loaded. */
export type Outcome =
  | { readonly kind: "found" | "stuck"; readonly seed: number; readonly violation: string }
  | { readonly kind: "survived" }
  | { readonly kind: "invalid"; readonly reason: string };
export type Tried = { readonly mutant: Mutant; readonly outcome: Outcome };

/** A sound seed takes less than two seconds. */
const STUCK_MS = 60_000;
const MEMORY_MB = 1024;

export async function tryAll(
  mutants: readonly Mutant[],
  options: { readonly seeds: number; readonly atOnce: number; readonly tell: (tried: Tried) => void },
): Promise<Tried[]> {
  const results = new Map<Mutant, Tried>();
  const waiting = mutants.values();
  const work = async (): Promise<void> => {
    for (const mutant of waiting) {
      const tried = { mutant, outcome: await tryOne({ mutant, seeds: options.seeds }) };
      results.set(mutant, tried);
      options.tell(tried);
    }
  };
  // One iterator, so that each mutant is tried once, by whoever is free.
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return mutants.flatMap((mutant) => results.get(mutant) ?? []);
}

async function tryOne(trial: Trial): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const url = new URL("./try-mutant.ts", import.meta.url);
  const worker = new Worker(url, {
    workerData: trial,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    stderr: true,
    stdout: true,
  });
  let seed = 1;
  const stuck = (violation: string): void => resolve({ kind: "stuck", seed, violation });
  let timer = setTimeout(stuck, STUCK_MS, "never ended");
  worker.on("message", (message: unknown) => {
    clearTimeout(timer);
    timer = setTimeout(stuck, STUCK_MS, "never ended");
    const word = Word.parse(message);
    if (word.kind === "played") seed = word.seed + 1;
    const outcome = outcomeOf(word);
    if (outcome !== undefined) resolve(outcome);
  });
  worker.on("error", (error: unknown) => stuck(String(error)));
  worker.on("exit", () => stuck("the thread ended without a word"));
  const outcome = await promise;
  clearTimeout(timer);
  await worker.terminate();
  return outcome;
}

function outcomeOf(word: Word): Outcome | undefined {
  switch (word.kind) {
    case "found":
      return { kind: "found", seed: word.seed, violation: word.violation };
    case "over":
      return { kind: "survived" };
    case "unloadable":
      return { kind: "invalid", reason: word.reason };
    case "loaded":
    case "played":
      return undefined;
  }
}
