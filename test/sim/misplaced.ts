/** Builds that somebody sent to where imports are waited for, and nobody could work: they are sent there again. */
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import type { Counter } from "./counter.ts";

const GIVEN_UP = { code: "aws-unavailable", reason: "no answer", attempts: 5 };

export function redriveMisplaced(counter: Counter): void {
  const { random, simulation } = counter;
  const { imports, urgent, importDeadLetters, urgentDeadLetters, feeds, newId } = simulation.world;
  const [queue, dead] = random.pick([[imports, importDeadLetters] as const, [urgent, urgentDeadLetters] as const]);
  const feedId = random.pick([...feeds.metas.keys()]);
  const body = JSON.stringify({ version: 1, kind: "export", taskId: newId(), feedId, reason: "requested" });
  queue.observe?.(body);
  dead.send(body, 0, GIVEN_UP);
  counter.ask(`redrive ${dead.name}`, async (ports) => {
    const lanes = ports.lanes.filter(({ from }) => from.name === dead.name);
    const course = { isCancelled: () => false, passed: async (): Promise<void> => undefined };
    const { unreadable } = await redriveLetters(lanes, ports, { ...counter.context(), course });
    counter.must(unreadable.length === 0, `nobody can read ${unreadable.join()}`);
  });
}
