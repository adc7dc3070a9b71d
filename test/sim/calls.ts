/** What somebody's work asks of the ports, in order, and how things stand just before each call: what changes nothing writes nothing. */
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

/** @param look is asked before each of the work's calls, a `port.method` */
export async function callsOf(
  drill: Drill,
  name: string,
  work: (ports: Ports) => Promise<unknown>,
  look?: (method: string) => void,
): Promise<readonly string[]> {
  const calls: string[] = [];
  await drill.planned(
    (process, method) => {
      if (process.name !== `${name} (drill)`) return undefined;
      calls.push(method);
      look?.(method);
      return undefined;
    },
    async () => await drill.ask(name, work),
  );
  return calls;
}

export type Played<Result> = {
  /** Undefined where it threw. */
  readonly result: Result | undefined;
  readonly calls: readonly string[];
};

/** The same, with what the work answered. */
export async function played<Result>(
  drill: Drill,
  name: string,
  work: (ports: Ports) => Promise<Result>,
): Promise<Played<Result>> {
  let result: Result | undefined;
  const calls = await callsOf(drill, name, async (ports) => {
    result = await work(ports);
  });
  return { result, calls };
}

/** Somebody else's whole work just before a call, once. */
export type Between = { readonly at: string; readonly work: (ports: Ports) => Promise<void> };

/** The same with a rival; what the rival asks is not among the calls. */
export async function callsAmidst(
  drill: Drill,
  name: string,
  work: (ports: Ports) => Promise<unknown>,
  between: Between,
): Promise<readonly string[]> {
  const calls: string[] = [];
  let times = 0;
  await drill.planned(
    (process, method) => {
      if (process.name !== `${name} (drill)`) return undefined;
      calls.push(method);
      if (method !== between.at) return undefined;
      times += 1;
      return times === 1 ? { name: `between ${method}`, work: between.work } : undefined;
    },
    async () => await drill.ask(name, work),
  );
  drill.must(times > 0, `${name} never called ${between.at}`);
  return calls;
}
