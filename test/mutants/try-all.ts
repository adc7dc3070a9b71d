/** Tries mutants, a few at once, in threads that are ended where one hangs. */
import { Worker } from "node:worker_threads";

import type { Mutant } from "./mutant.ts";
import { Word } from "./trial.ts";
import type { Load, Order } from "./trial.ts";

/** `stuck`: a seed never ended, which no sound world does. `invalid`: the broken module could not be loaded. */
export type Outcome =
  | { readonly kind: "found" | "stuck"; readonly seed: number; readonly violation: string }
  /** `reached`: seeds that passed the place. */
  | { readonly kind: "survived"; readonly reached: number }
  | { readonly kind: "invalid"; readonly reason: string };
export type Tried = { readonly mutant: Mutant; readonly outcome: Outcome };
export type TryOptions = {
  readonly seeds: readonly number[];
  readonly atOnce: number;
  readonly tell: (tried: Tried) => void;
};

/** A sound seed takes a second or two. */
const STUCK_MS = 90_000;
/** Each seed is played once before the first mutant. */
const BEGIN_MS = 1_200_000;
const MEMORY_MB = 2048;

export async function tryAll(mutants: readonly Mutant[], options: TryOptions): Promise<Tried[]> {
  const { seeds } = options;
  const results = new Map<Mutant, Tried>();
  const finders = new Finders(seeds);
  const numbered = mutants.map((mutant, number) => ({ mutant, number }));
  const switchable = numbered.filter(({ mutant }) => mutant.within !== undefined);
  // Of those that need a thread each it is known by then which seeds pass their files.
  const waiting = [...switchable, ...numbered.filter(({ mutant }) => mutant.within === undefined)].values();
  const work = async (): Promise<void> => {
    let thread: Thread | undefined;
    for (const one of waiting) {
      const isAlone = one.mutant.within === undefined;
      const { file } = one.mutant;
      const own = isAlone ? new Thread({ mutants: [one], seeds: finders.passing(file) }, finders) : thread;
      const used = own ?? new Thread({ mutants: switchable, seeds: [...seeds] }, finders);
      const outcome = await used.tries({ number: one.number, prefer: finders.preferred(file) });
      if (outcome.kind === "found") finders.found(file, outcome.seed);
      const isUsable = !isAlone && outcome.kind !== "stuck";
      thread = isAlone ? thread : isUsable ? used : undefined;
      if (!isUsable) await used.end();
      const tried = { mutant: one.mutant, outcome };
      results.set(one.mutant, tried);
      options.tell(tried);
    }
    await thread?.end();
  };
  // One iterator, so that each mutant is tried once, by whoever is free.
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return mutants.flatMap((mutant) => results.get(mutant) ?? []);
}

/** Which seeds pass a file, and which found mutants of it: they are the first to try the next one. */
class Finders {
  private readonly seeds: readonly number[];
  private readonly counts = new Map<string, Map<number, number>>();
  private byFile: Readonly<Record<string, readonly number[]>> = {};

  constructor(seeds: readonly number[]) {
    this.seeds = seeds;
  }

  passed(byFile: Readonly<Record<string, readonly number[]>>): void {
    this.byFile = { ...this.byFile, ...byFile };
  }

  passing(file: string): number[] {
    return [...(this.byFile[file] ?? this.seeds)];
  }

  found(file: string, seed: number): void {
    const own = this.counts.get(file) ?? new Map<number, number>();
    this.counts.set(file, own.set(seed, (own.get(seed) ?? 0) + 1));
  }

  preferred(file: string): number[] {
    const own = [...(this.counts.get(file) ?? [])];
    return own.toSorted(([, one], [, other]) => other - one).map(([seed]) => seed);
  }
}

/** One thread, which tries one mutant at a time. */
class Thread {
  private readonly worker: Worker;
  private readonly finders: Finders;
  private readonly ready: Promise<Outcome | undefined>;
  private seed = 0;
  private settle: (outcome: Outcome | undefined) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private isReady = false;

  constructor(load: Load, finders: Finders) {
    this.finders = finders;
    const options = { workerData: load, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, stdout: true };
    this.worker = new Worker(new URL("./try-mutant.ts", import.meta.url), options);
    this.worker.on("message", (message: unknown) => this.hear(Word.parse(message)));
    this.worker.on("error", (error: unknown) => this.stuck(String(error)));
    this.worker.on("exit", () => this.stuck("the thread ended without a word"));
    this.ready = this.next();
  }

  async tries(order: Order): Promise<Outcome> {
    const unready = await this.ready;
    if (unready !== undefined) return unready;
    const outcome = this.next();
    this.worker.postMessage(order, []);
    return (await outcome) ?? { kind: "survived", reached: 0 };
  }

  async end(): Promise<void> {
    clearTimeout(this.timer);
    this.settle = (): void => undefined;
    await this.worker.terminate();
  }

  private async next(): Promise<Outcome | undefined> {
    const { promise, resolve } = Promise.withResolvers<Outcome | undefined>();
    this.settle = resolve;
    this.watch();
    const outcome = await promise;
    clearTimeout(this.timer);
    return outcome;
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stuck("never ended"), this.isReady ? STUCK_MS : BEGIN_MS);
  }

  private hear(word: Word): void {
    switch (word.kind) {
      case "ready":
        this.isReady = true;
        this.finders.passed(word.passing);
        return this.settle(undefined);
      case "played":
        this.seed = word.seed;
        return this.watch();
      case "found":
        return this.settle({ kind: "found", seed: word.seed, violation: word.violation });
      case "over":
        return this.settle({ kind: "survived", reached: word.reached });
      case "unsound":
        throw new Error(`${word.reason}; mend the simulation or the code first`);
      case "unloadable":
        this.isReady = true;
        return this.settle({ kind: "invalid", reason: word.reason });
    }
  }

  private stuck(violation: string): void {
    // Without a mutant every seed ends: this one is the tool's own fault, and found nothing.
    if (!this.isReady) throw new Error(`a thread could not begin: ${violation}`);
    this.settle({ kind: "stuck", seed: this.seed, violation });
  }
}
