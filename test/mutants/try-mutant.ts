/** A thread that loads the simulation with broken modules in it and plays seeds, mutant after mutant, until one breaks. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

import { instrumented, SWITCH } from "./instrument.ts";
import type { Numbered } from "./instrument.ts";
import { applied } from "./mutant.ts";
import { ROOT } from "./scope.ts";
import { Load, Order } from "./trial.ts";
import type { Word } from "./trial.ts";

const NOBODY = -1;
type Play = (seed: number) => Promise<{ readonly violation: string | undefined }>;

/** Places that each seed passes, by the number of their first mutant. */
const passed = new Map<number, Set<number>>();
let on = NOBODY;
let passing: Set<number> | undefined;
const { mutants, first, seeds } = Load.parse(workerData);
const all = Array.from({ length: seeds }, (_, index) => first + index);
const say = (word: Word): void => parentPort?.postMessage(word, []);
const files = Map.groupBy(mutants, ({ mutant }) => new URL(mutant.file, ROOT).href);

Reflect.set(globalThis, SWITCH, (place: number): number => {
  passing?.add(place);
  return on;
});
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    const own = files.get(url);
    return own === undefined ? loaded : { ...loaded, source: broken(readFileSync(new URL(url), "utf8"), own) };
  },
});
const simulation = await import("../sim/run-seed.ts").catch((error: unknown) => String(error));
if (typeof simulation === "string") say({ kind: "unloadable", reason: simulation });
else await serve(simulation.runSeed);

function broken(code: string, own: readonly Numbered[]): string {
  const alone = own.find(({ mutant }) => mutant.within === undefined);
  return alone === undefined ? instrumented(code, own) : applied(code, alone.mutant);
}

async function serve(play: Play): Promise<void> {
  // One that was loaded alone cannot be switched off.
  const watched = mutants.some(({ mutant }) => mutant.within === undefined) ? [] : all;
  for (const seed of watched) {
    passing = new Set();
    passed.set(seed, passing);
    const { violation } = await play(seed);
    if (violation !== undefined) return say({ kind: "unsound", reason: `seed ${seed} breaks without a mutant: ${violation}` });
  }
  passing = undefined;
  parentPort?.on("message", (order: unknown) => void tryOne(Order.parse(order), play));
  say({ kind: "ready" });
}

/** Only seeds that pass the place can tell. */
async function tryOne(number: number, play: Play): Promise<void> {
  const place = placeOf(number);
  const chosen = all.filter((seed) => passed.get(seed)?.has(place) !== false);
  on = number;
  for (const seed of chosen) {
    const { violation } = await play(seed);
    if (violation !== undefined) return say({ kind: "found", seed, violation });
    say({ kind: "played", seed });
  }
  say({ kind: "over", reached: chosen.length });
}

/** The first mutant of the same place. */
function placeOf(number: number): number {
  const own = mutants.find((one) => one.number === number)?.mutant;
  const isSame = ({ mutant: { file, within } }: Numbered): boolean =>
    file === own?.file && within?.start === own.within?.start && within?.end === own.within?.end;
  return mutants.find(isSame)?.number ?? number;
}
