/** At rest, in every world: whoever has an older version of a calendar and asks for what changed since comes to what it holds, whatever lies beside it. */
import { Snapshot } from "../../lib/contract/snapshot.ts";
import { listChanges } from "../../lib/sync/list-changes.ts";
import { applied, facts } from "./observer.ts";
import type { Simulation } from "./simulation.ts";

/** Fewer messages than some versions have: pages end in the midst of them. */
const LIMIT = 2;
/** Far more than any world has versions. */
const PAGES_MOST = 5000;

type Copy = Parameters<typeof applied>[0];

export async function checkAskedChanges(simulation: Simulation): Promise<void> {
  const { calendars } = simulation.world;
  for (const { calendarId, calendarVersion, snapshotKey } of calendars.checkpoints.values()) {
    const from = simulation.random.between(0, calendarVersion);
    const before = simulation.snapshots.get(`${calendarId} ${from}`);
    // Of an older version the snapshot is deleted before its changes are.
    const known = from === 0 ? [] : eventsAt(simulation, before);
    const wanted = eventsAt(simulation, snapshotKey);
    if (known === undefined || wanted === undefined || !calendars.metas.has(calendarId)) continue;
    const seen = await followed(simulation, calendarId, from, known);
    if (facts(seen) !== facts(wanted))
      simulation.violate(`who has version ${from} of ${calendarId} and asks for what changed since gets another copy of it`);
  }
}

async function followed(simulation: Simulation, calendarId: string, from: number, known: Copy): Promise<Copy> {
  const { calendars, objects, clock } = simulation.world;
  let events = known;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const answer = await listChanges(calendarId, { from, limit: LIMIT, cursor }, { calendars, objects }, clock.now());
    for (const item of answer.items) if ("part" in item) events = applied(events, { changes: item.changes ?? [] });
    ({ cursor } = answer);
    if (cursor === undefined) return events;
  }
  simulation.violate(`who asks for the changes of ${calendarId} never comes to an end`);
  return events;
}

function eventsAt({ world: { objects } }: Simulation, key: string | undefined): Copy | undefined {
  if (key === undefined || !objects.stored.has(key)) return undefined;
  return Snapshot.parse(JSON.parse(objects.text(key))).events;
}
