/** The events of an older version as a new one: what is as it was keeps its revision, what differs gets a higher one. */
import type { EventChange } from "../contract/change.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { compareEvents } from "./event-group.ts";
import { nextRevision, sameRevision } from "./revision.ts";

type RolledBack = {
  /** By uid, the master before its overrides. */
  readonly events: readonly SnapshotEvent[];
  readonly changes: readonly EventChange[];
};

/**
 * Events are the same by our own uid and RECURRENCE-ID. One that was deleted since then comes back with a higher SEQUENCE, for
 * subscribers ignore an old revision of what they saw go.
 * @param now UTC ISO instant
 */
export function rollBack(current: readonly SnapshotEvent[], target: readonly SnapshotEvent[], now: string): RolledBack {
  const present = new Map(current.map((event) => [identityOf(event), event]));
  const wanted = new Set(target.map(identityOf));
  const events: SnapshotEvent[] = [];
  const changes: EventChange[] = [];
  for (const old of target) {
    const stored = present.get(identityOf(old));
    const isSame = stored?.meaning === old.meaning;
    const revised = isSame ? sameRevision(stored, old) : nextRevision(stored ?? old, old, now);
    const event = old.keptPast === true ? { ...revised, keptPast: true } : revised;
    events.push(event);
    if (!isSame) changes.push(changeOf(stored === undefined ? "created" : "updated", event));
  }
  for (const event of current) if (!wanted.has(identityOf(event))) changes.push(changeOf("deleted", event));
  return { events: events.toSorted(compareEvents), changes: changes.toSorted(compareEvents) };
}

function identityOf({ uid, recurrenceId = "" }: SnapshotEvent): string {
  return `${recurrenceId}\n${uid}`;
}

function changeOf(kind: EventChange["kind"], { uid, recurrenceId, sequence, text }: SnapshotEvent): EventChange {
  const identity = { uid, ...(recurrenceId === undefined ? {} : { recurrenceId }) };
  return { kind, ...identity, sequence, ...(kind === "deleted" ? {} : { text }) };
}
