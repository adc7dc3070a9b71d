/** Past events that a source drops: kept by policy for 400 days after their end, so that a short window at the source costs no history. */
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { latestOf } from "../ics/wall.ts";

const KEPT_MS = 400 * 86_400_000;

/** UTC ISO instant at which an event's last occurrence ends; undefined where it has no end or none can be told. */
export type EndsAt = (event: SnapshotEvent) => string | undefined;

type DroppedGroup = {
  /** Stored events of one UID that the source gives no longer. */
  readonly dropped: readonly SnapshotEvent[];
  /** The source still gives the master of this UID. */
  readonly masterStands: boolean;
};

export type PastEvents = { readonly kept: readonly SnapshotEvent[]; readonly gone: readonly SnapshotEvent[] };

/** Divides what a source dropped into what is kept past and what is deleted. */
export function keepPastEvents(group: DroppedGroup, now: string, endsAt: EndsAt): PastEvents {
  // An override without its master's copy is an occurrence given back to the rule; keeping it would show it moved.
  if (group.masterStands) return { kept: [], gone: group.dropped };
  const kept: SnapshotEvent[] = [];
  const gone: SnapshotEvent[] = [];
  for (const unit of unitsOf(group.dropped)) {
    const isKept = isPast(unit, Date.parse(now), endsAt);
    for (const event of unit) {
      if (isKept) kept.push({ ...event, keptPast: true });
      else gone.push(event);
    }
  }
  return { kept, gone };
}

/** A master stays or goes with its overrides; occurrences without a master (Outlook's windows) each for itself. */
function unitsOf(events: readonly SnapshotEvent[]): (readonly SnapshotEvent[])[] {
  return events.some((event) => event.recurrenceId === undefined) ? [events] : events.map((event) => [event]);
}

function isPast(unit: readonly SnapshotEvent[], nowMs: number, endsAt: EndsAt): boolean {
  const ends = unit.map((event) => Date.parse(endsAt(event) ?? ""));
  const lastMs = latestOf(ends);
  // NaN, an end that nobody can tell, fails both comparisons.
  return lastMs <= nowMs && nowMs - lastMs <= KEPT_MS;
}
