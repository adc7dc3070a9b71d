/** Events by UID, as stored and as read: the unit that is matched, pinned and kept past. */
import type { SnapshotEvent } from "../contract/snapshot.ts";
import type { ReadEvent } from "./read-feed.ts";

/** `live` are the events that the source gave last time; the others are kept past. */
export type StoredGroup = {
  readonly uid: string;
  readonly events: readonly SnapshotEvent[];
  readonly live: readonly SnapshotEvent[];
};

export type ReadGroup = { readonly key: string; readonly events: readonly ReadEvent[] };

type EventIdentity = { readonly uid: string; readonly recurrenceId?: string | undefined };

/** Live groups first, each by uid: what the source gave last time is known again before what it dropped long ago. */
export function storedGroups(previous: readonly SnapshotEvent[]): StoredGroup[] {
  const groups = [...Map.groupBy(previous, (event) => event.uid)].map(([uid, members]) => {
    const events = members.toSorted(compareEvents);
    return { uid, events, live: events.filter((event) => event.keptPast !== true) };
  });
  return groups.toSorted(
    (left, right) => Number(left.live.length === 0) - Number(right.live.length === 0) || compareText(left.uid, right.uid),
  );
}

export function readGroups(read: readonly ReadEvent[]): ReadGroup[] {
  const groups = [...Map.groupBy(read, sourceKey)].map(([key, events]) => ({ key, events: events.toSorted(compareEvents) }));
  return groups.toSorted((left, right) => compareText(left.key, right.key));
}

/** A group that was pinned is known by the UID that the source last gave it; an event without UID by its synthetic one. */
export function sourceKey(event: { readonly uid: string; readonly sourceUid: string }): string {
  return event.sourceUid === "" ? event.uid : event.sourceUid;
}

/** By UID, the master before its overrides. */
export function compareEvents(left: EventIdentity, right: EventIdentity): number {
  return compareText(left.uid, right.uid) || compareText(left.recurrenceId ?? "", right.recurrenceId ?? "");
}

/** By code units: the same on every host, whatever its locale. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
