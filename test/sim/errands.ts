/** Somebody who asks for one thing until it is done: after an error at once or later, never twice at the same time. */
import { Refusal } from "../../lib/core/failure.ts";
import type { Counter } from "./counter.ts";
import type { Call, Process } from "./simulation.ts";
import { rethrowUnlessPassing } from "./workers.ts";

/** A command at a terminal: no service ends it, and it reaches whatever stack it is told. */
export function command(
  { simulation }: Counter,
  name: string,
  work: (call: Call) => Promise<void>,
  refused?: (refusal: Refusal) => void,
): Process {
  return simulation.spawn(name, async (_ports, _process, call) => {
    await work(call).catch((error: unknown) => {
      rethrowUnlessPassing(error);
      if (error instanceof Refusal) refused?.(error);
    });
  });
}

export class Errand {
  isDone = false;
  readonly processes: Process[] = [];
  private readonly begin: (errand: Errand) => Process;

  constructor(begin: (errand: Errand) => Process) {
    this.begin = begin;
  }

  get isUnderWay(): boolean {
    return this.processes.at(-1)?.state === "running";
  }

  /** Asks, unless it is done or under way. */
  go(): void {
    if (!this.isDone && !this.isUnderWay) this.processes.push(this.begin(this));
  }
}
