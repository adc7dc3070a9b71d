/** Apps and pages that read while everything moves: what they are given was so once, and is whole. */
import { ChangesQuery } from "../../lib/contract/change.ts";
import { listChanges } from "../../lib/sync/list-changes.ts";
import type { Counter, Office } from "./counter.ts";

const MINUTE_SHARE = 0.4;

export function openReading(counter: Counter): Office {
  const { random } = counter;
  const acts: readonly (() => void)[] = [() => readChanges(counter)];
  return {
    minute: (): void => {
      if (random.chance(MINUTE_SHARE)) random.pick(acts)();
    },
  };
}

/** An app that missed messages asks for what came since. */
function readChanges(counter: Counter): void {
  const { random, simulation } = counter;
  const [calendarId, { calendarVersion }] = random.pick([...simulation.world.calendars.checkpoints]);
  const query = ChangesQuery.parse({ from: random.between(0, calendarVersion), limit: random.between(1, 20) });
  counter.ask(`changes of ${calendarId} since ${query.from}`, async (ports) => {
    const page = await listChanges(calendarId, query, ports, counter.context().now());
    const versions = page.items.map((message) => message.calendarVersion);
    counter.must(
      versions.every((version, index) => version >= Math.max(query.from, versions[index - 1] ?? 0)),
      `changes of ${calendarId} since ${query.from} came in the order ${versions.join()}`,
    );
  });
}
