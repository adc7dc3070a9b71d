/** Store a version's snapshot and change objects; nothing points at them until a commit does. */
import type { ChangeSet, EventChange } from "../contract/change.ts";
import type { Checkpoint, Pending } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { changesKey, snapshotKey } from "../core/object-keys.ts";
import type { ChangeCounts } from "../core/runs.ts";

export interface VersionObjects {
  getSnapshot(key: string): Promise<Snapshot>;
  putSnapshot(key: string, snapshot: Snapshot): Promise<void>;
  putChanges(key: string, changes: ChangeSet): Promise<void>;
}

/** What a commit writes into the checkpoint to make the version the calendar's own. */
export type VersionPatch = Pick<Checkpoint, "calendarVersion" | "snapshotKey" | "eventCount"> & { readonly pending: Pending };
export type StoredVersion = { readonly counts: ChangeCounts; readonly patch: VersionPatch };

export type MadeBy = Pick<Run, "runId" | "taskId" | "reason">;

/** What leads from the version before to the new one. */
export type VersionMade = {
  readonly changes: readonly EventChange[];
  readonly previousVersion: number;
  /** Of whoever asked for it, where a run is kept. */
  readonly run: MadeBy | undefined;
};

export async function storeVersion(
  snapshot: Snapshot,
  { changes, previousVersion, run }: VersionMade,
  objects: VersionObjects,
): Promise<StoredVersion> {
  const { calendarId, calendarVersion, previousKey, takenAt } = snapshot;
  const snapshotAt = snapshotKey(calendarId, calendarVersion, JSON.stringify(snapshot));
  const set: ChangeSet = {
    version: 1,
    calendarId,
    calendarVersion,
    previousVersion,
    snapshotKey: snapshotAt,
    previousKey,
    ...run,
    at: takenAt,
    changes: [...changes],
  };
  const changesAt = changesKey(calendarId, calendarVersion, JSON.stringify(set));
  await Promise.all([objects.putSnapshot(snapshotAt, snapshot), objects.putChanges(changesAt, set)]);
  return {
    counts: countsOf(changes, snapshot.skipped.length, calendarVersion),
    patch: {
      calendarVersion,
      snapshotKey: snapshotAt,
      eventCount: snapshot.eventCount,
      pending: { version: calendarVersion, changesKey: changesAt, cursor: 0 },
    },
  };
}

export function countsOf(changes: readonly EventChange[], skipped: number, calendarVersion: number): ChangeCounts {
  const count = (kind: EventChange["kind"]): number => changes.filter((change) => change.kind === kind).length;
  return { created: count("created"), updated: count("updated"), deleted: count("deleted"), skipped, calendarVersion };
}
