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
