/** Who is at work on one thing: a process that answered may still have calls under way, which it began with others at once. */
import type { Layer } from "../sync/layer.ts";
import type { Process } from "./simulation.ts";

export type Flight = {
  readonly verb: string;
  /** Those that were under way when it began. */
  readonly beside: readonly Flight[];
  /** Counts the calls that have no answer yet. */
  readonly layer: Layer;
  calls: number;
  /** Undefined while it makes its first call. */
  process: Process | undefined;
};

export class Flights {
  private readonly all: Flight[] = [];

  begin(verb: string): Flight {
    const flight: Flight = {
      verb,
      beside: this.underWay(),
      layer: async (_method, effect) => {
        flight.calls += 1;
        return await effect().finally(() => (flight.calls -= 1));
      },
      calls: 0,
      process: undefined,
    };
    this.all.push(flight);
    return flight;
  }

  /** A crash ends them; an answer does not. */
  underWay(): readonly Flight[] {
    return this.all.filter(({ process, calls }) => {
      return process?.state !== "crashed" && (calls > 0 || process === undefined || process.state === "running");
    });
  }

  /** Whether one of these verbs was at work at any time since the flight began. */
  isBeside({ beside, ...own }: Flight, verbs: readonly string[]): boolean {
    const since = this.all.slice(this.all.findIndex(({ layer }) => layer === own.layer) + 1);
    return [...beside, ...since].some(({ verb }) => verbs.includes(verb));
  }
}
