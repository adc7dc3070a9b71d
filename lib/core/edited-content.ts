/** A push calendar's next content after single events were put or deleted. */
import type { ImportPolicy } from "../contract/calendar.ts";
import type { EventChange } from "../contract/change.ts";
import type { Skipped, Snapshot, SnapshotEvent } from "../contract/snapshot.ts";
import { diffEvents } from "./diff.ts";
import type { EditedCalendar } from "./edit-events.ts";
import { shortHash } from "./object-keys.ts";

export type EditedContent = {
  readonly read: Pick<Snapshot, "properties" | "timezones" | "skipped">;
  readonly contentHash: string;
  readonly skippedCount: number;
  readonly events: readonly SnapshotEvent[];
  readonly changes: readonly EventChange[];
};

type Before = {
  readonly snapshot: Snapshot | undefined;
  /** Of the whole calendar; a snapshot lists only the first ones. */
  readonly skippedCount: number;
  readonly policy: ImportPolicy;
  /** UIDs that were put or deleted: what was said of them before is over. */
  readonly edited: ReadonlySet<string>;
};

/** Undefined where no event came to say anything else. */
export function editedContent(
  edited: EditedCalendar,
  { snapshot, skippedCount, policy, edited: uids }: Before,
  now: string,
): EditedContent | undefined {
  const previous = snapshot?.events ?? [];
  const endsAt = (): undefined => undefined;
  const diff = diffEvents({ previous, read: edited.read, source: "push", policy, now, churns: 0, endsAt });
  if (diff.changes.length === 0) return undefined;
  const { events, changes } = diff;
  const before = snapshot?.skipped ?? [];
  const standing = before.filter(({ uid }) => uid === undefined || !uids.has(uid));
  const skipped: Skipped[] = [...standing, ...edited.skipped];
  return {
    read: { properties: snapshot?.properties ?? {}, timezones: [...edited.timezones], skipped },
    contentHash: contentHashOf(events),
    skippedCount: skippedCount - before.length + skipped.length,
    events,
    changes,
  };
}

/** No body gave this content, so that none has its hash. */
function contentHashOf(events: readonly SnapshotEvent[]): string {
  const parts = events.map(({ uid, recurrenceId = "", meaning }) => JSON.stringify([uid, recurrenceId, meaning]));
  return shortHash(["edited", ...parts].join("\n"));
}
