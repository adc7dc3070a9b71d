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

/** How often each seed passes each place, by the number of the place's first mutant. */
const passed = new Map<number, Map<number, number>>();
let on = NOBODY;
let passing: Map<number, number> | undefined;
const { mutants, seeds } = Load.parse(workerData);
const say = (word: Word): void => parentPort?.postMessage(word, []);
const files = Map.groupBy(mutants, ({ mutant }) => new URL(mutant.file, ROOT).href);

Reflect.set(globalThis, SWITCH, (place: number): number => {
  passing?.set(place, (passing.get(place) ?? 0) + 1);
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
  const watched = mutants.some(({ mutant }) => mutant.within === undefined) ? [] : seeds;
  for (const seed of watched) {
    passing = new Map();
    passed.set(seed, passing);
    const { violation } = await play(seed);
    if (violation !== undefined) return say({ kind: "unsound", reason: `seed ${seed} breaks without a mutant: ${violation}` });
  }
  passing = undefined;
  parentPort?.on("message", (order: unknown) => void tryOne(Order.parse(order), play));
  say({ kind: "ready", passing: watched.length === 0 ? {} : seedsByFile() });
}

function seedsByFile(): Record<string, number[]> {
  const places = Map.groupBy(mutants, ({ mutant }) => mutant.file);
  return Object.fromEntries(
    [...places].map(([file, own]) => [file, seeds.filter((seed) => own.some(({ number }) => passed.get(seed)?.has(number)))]),
  );
}

/** Only seeds that pass the place can tell; those that found others of its file first, then those that pass it most often. */
async function tryOne({ number, prefer }: Order, play: Play): Promise<void> {
  const place = placeOf(number);
  const rankOf = (seed: number): number => (prefer.includes(seed) ? prefer.indexOf(seed) : prefer.length);
  const timesIn = (seed: number): number => passed.get(seed)?.get(place) ?? 0;
  const chosen = seeds
    .filter((seed) => passed.get(seed)?.has(place) !== false)
    .toSorted((one, other) => rankOf(one) - rankOf(other) || timesIn(other) - timesIn(one) || one - other);
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
