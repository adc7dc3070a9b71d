/** Decides what an import changes: the next snapshot's events, the changes that an app hears of, and the numbers that the guard compares. */
import type { ImportPolicy, Source } from "../contract/calendar.ts";
import type { EventChange } from "../contract/change.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { matchGroups } from "./churn.ts";
import type { MatchedGroup } from "./churn.ts";
import { compareEvents } from "./event-group.ts";
import type { GuardCounts } from "./hold.ts";
import { keepPastEvents } from "./past-events.ts";
import type { EndsAt, PastEvents } from "./past-events.ts";
import type { ReadEvent } from "./read-feed.ts";
import { createRevision, nextRevision, sameRevision } from "./revision.ts";

type DiffInput = {
  /** Events of the last good snapshot; none before the first import. */
  readonly previous: readonly SnapshotEvent[];
  readonly read: readonly ReadEvent[];
  /** An app that pushes has the last word: its UIDs are not pinned and its past events not kept. */
  readonly source: Source["kind"];
  readonly policy: ImportPolicy;
  /** UTC ISO instant of the import. */
  readonly now: string;
  /** The checkpoint's: times that the source changed all its UIDs. */
  readonly churns: number;
  /** Asked only of what the source dropped. */
  readonly endsAt: EndsAt;
};

type Diff = Omit<GuardCounts, "isFirst"> & {
  /** By uid, the master before its overrides. */
  readonly events: readonly SnapshotEvent[];
  /** In the order of `events`; applied to the previous events they give the next ones. */
  readonly changes: readonly EventChange[];
  /** Events kept past, old and new; `events` less these is what the source gives. */
  readonly keptCount: number;
  /** The snapshot must be stored, also where nothing changed for an app: an event has another source UID, is kept past, or came back. */
  readonly moved: boolean;
  /** The source changed at least half of its UIDs and they were pinned; counts into the checkpoint's churns. */
  readonly churned: boolean;
};

type Revised = { readonly event: SnapshotEvent; readonly changes: readonly EventChange[] };

export function diffEvents(input: DiffInput): Diff {
  const { matched, dropped, churned } = matchGroups({ ...input, pinning: input.source === "url" ? "allowed" : "forbidden" });
  const revised = matched.flatMap((group) => reviseGroup(group, input.now));
  const past = divideDropped(matched, dropped, input);
  const removedCount = past.gone.filter(isLive).length;
  const droppedCount = [...matched.flatMap(droppedOf), ...dropped.flat()].filter(isLive).length;
  const events = [...revised.map(({ event }) => event), ...past.kept].toSorted(compareEvents);
  const changes = [...revised.flatMap((event) => event.changes), ...past.gone.map(deletion)].toSorted(compareEvents);
  return {
    events,
    changes,
    moved: changes.length > 0 || hasNewMarks(input.previous, events),
    previousCount: input.previous.filter(isLive).length,
    removedCount,
    newlyKeptCount: droppedCount - removedCount,
    remainingCount: revised.length,
    keptCount: past.kept.length,
    churned,
  };
}

/** Without its new marks the next import would not know a pinned event again, and would count a kept one as given by the source. */
function hasNewMarks(previous: readonly SnapshotEvent[], events: readonly SnapshotEvent[]): boolean {
  const marksOf = ({ uid, recurrenceId, sourceUid, keptPast }: SnapshotEvent): string =>
    JSON.stringify([uid, recurrenceId, sourceUid, keptPast === true]);
  const known = new Set(previous.map(marksOf));
  return events.some((event) => !known.has(marksOf(event)));
}

function reviseGroup(group: MatchedGroup, now: string): Revised[] {
  const storedById = new Map(group.stored.map((event) => [event.recurrenceId, event]));
  return group.read.map((read) => reviseEvent(group.uid, storedById.get(read.recurrenceId), read, now));
}

function reviseEvent(uid: string, stored: SnapshotEvent | undefined, read: ReadEvent, now: string): Revised {
  if (stored === undefined) {
    const event = createRevision(read, uid, now);
    return { event, changes: [changeOf("created", event)] };
  }
  if (stored.meaning === read.meaning) return { event: sameRevision(stored, read), changes: [] };
  const event = nextRevision(stored, read, now);
  return { event, changes: [changeOf("updated", event)] };
}

function divideDropped(
  matched: readonly MatchedGroup[],
  dropped: readonly (readonly SnapshotEvent[])[],
  input: DiffInput,
): PastEvents {
  if (input.source === "push" || input.policy.pastEvents === "mirror") {
    return { kept: [], gone: [...matched.flatMap(droppedOf), ...dropped.flat()] };
  }
  const parts = [
    ...matched.map((group) => {
      const masterStands = group.read.some((event) => event.recurrenceId === undefined);
      return keepPastEvents({ dropped: droppedOf(group), masterStands }, input.now, input.endsAt);
    }),
    ...dropped.map((events) => keepPastEvents({ dropped: events, masterStands: false }, input.now, input.endsAt)),
  ];
  return { kept: parts.flatMap((part) => part.kept), gone: parts.flatMap((part) => part.gone) };
}

/** Stored events of a group that the source still gives, but without these. */
function droppedOf(group: MatchedGroup): SnapshotEvent[] {
  const read = new Set(group.read.map((event) => event.recurrenceId));
  return group.stored.filter((event) => !read.has(event.recurrenceId));
}

function changeOf(kind: "created" | "updated", event: SnapshotEvent): EventChange {
  return { ...deletion(event), kind, text: event.text };
}

function deletion({ uid, recurrenceId, sequence }: SnapshotEvent): EventChange {
  return { kind: "deleted", uid, ...(recurrenceId === undefined ? {} : { recurrenceId }), sequence };
}

function isLive(event: SnapshotEvent): boolean {
  return event.keptPast !== true;
}
