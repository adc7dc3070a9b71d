/** A thread of its own for one mutant: loads the simulation with the broken module in it and plays seeds until one breaks. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

import { applied } from "./mutant.ts";
import { ROOT } from "./scope.ts";
import { Trial } from "./trial.ts";
import type { Word } from "./trial.ts";

const say = (word: Word): void => parentPort?.postMessage(word, []);

const { mutant, seeds } = Trial.parse(workerData);
const broken = new URL(mutant.file, ROOT).href;
registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (url !== broken) return loaded;
    return { ...loaded, source: applied(readFileSync(new URL(url), "utf8"), mutant) };
  },
});
const simulation = await import("../sim/run-seed.ts").catch((error: unknown) => String(error));
if (typeof simulation === "string") say({ kind: "unloadable", reason: simulation });
else await play(simulation.runSeed);

async function play(runSeed: (seed: number) => Promise<{ readonly violation: string | undefined }>): Promise<void> {
  say({ kind: "loaded" });
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violation } = await runSeed(seed);
    if (violation !== undefined) return say({ kind: "found", seed, violation });
    say({ kind: "played", seed });
  }
  say({ kind: "over" });
}
