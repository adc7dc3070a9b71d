/** Commands at a terminal in the midst of a storm. */
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
