/** A work is broken off at one call after the other, in each way, and asked for again: what comes of it is as if nothing had happened. */
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import type { Fault, Process, Rival } from "./simulation.ts";

/** In calm weather a delay alone changes nothing. */
const WAYS = ["error-before", "error-after", "duplicate", "crash-before", "crash-after"] as const satisfies readonly Fault[];
/** No use case makes so many calls. */
const CALLS_MOST = 60;

export type Work = {
  readonly name: string;
  /** Puts the world into the state that the work begins in. */
  readonly before: () => Promise<void> | void;
  readonly work: (ports: Ports) => Promise<unknown>;
  /** Looks at what came of it; `where` is the call that was broken off, and how, for its text. */
  readonly after: (where: string) => Promise<void> | void;
  /** Whose calls are counted; the work's own process where absent, a worker that it sent for otherwise. */
  readonly whose?: (process: Process) => boolean;
  readonly ways?: readonly Fault[];
};

/** Plays the work undisturbed, then once for each of its calls and each way in which one can break. */
export async function breakOffEverywhere(drill: Drill, work: Work): Promise<void> {
  await work.before();
  await drill.ask(work.name, work.work);
  await work.after("nowhere");
  for (const way of work.ways ?? WAYS) {
    for (let call = 1; call <= CALLS_MOST; call += 1) {
      await work.before();
      const where = await breakOff(drill, work, call, way);
      if (where === undefined) break;
      // Whoever got no answer asks once more.
      if (way !== "duplicate") await drill.ask(`${work.name} again`, work.work);
      await work.after(where);
    }
  }
}

/** @returns the call that was broken off; undefined where the work has fewer calls */
async function breakOff(drill: Drill, { name, work, whose }: Work, call: number, way: Fault): Promise<string | undefined> {
  let seen = 0;
  let where: string | undefined;
  const isMeant = whose ?? ((process: Process): boolean => process.name === `${name} (drill)`);
  await drill.planned(
    (process, method) => {
      if (!isMeant(process)) return undefined;
      seen += 1;
      if (seen !== call) return undefined;
      where = `${name}, ${way} at ${method} (call ${call})`;
      return way;
    },
    async () => await drill.ask(name, work),
  );
  return where;
}

/** Plays `during` while somebody else does a whole work before the given call of those who are meant; once. */
export async function interpose(
  drill: Drill,
  { at, nth = 1, whose, rival }: Interposed,
  during: () => Promise<void>,
): Promise<void> {
  let seen = 0;
  await drill.planned((process, method) => {
    if (method !== at || process.name.endsWith("(rival)") || whose?.(process) === false) return undefined;
    seen += 1;
    return seen === nth ? rival : undefined;
  }, during);
  drill.must(seen >= nth, `${at} was called ${seen} times, wanted ${nth}: ${rival.name} had no room`);
}

export type Interposed = {
  /** `port.method`. */
  readonly at: string;
  /** Which call of it, from 1. */
  readonly nth?: number;
  readonly whose?: (process: Process) => boolean;
  readonly rival: Rival;
};
