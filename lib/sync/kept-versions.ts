/** The versions of a calendar that can be brought back: every snapshot that was committed and is still there. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export type StoredSnapshot = { readonly calendarVersion: number; readonly key: string };

export interface SnapshotShelf extends SnapshotReader {
  /** Every stored snapshot of the calendar in no order; a version may have several, of which one was committed. */
  snapshots(calendarId: string): Promise<readonly StoredSnapshot[]>;
}

/** Newest first, the present one among them. Nothing before the first import. */
export async function keptVersions(checkpoint: Checkpoint, objects: SnapshotShelf): Promise<StoredSnapshot[]> {
  const { calendarId, calendarVersion, snapshotKey } = checkpoint;
  const stored = (await objects.snapshots(calendarId)).filter((snapshot) => snapshot.calendarVersion <= calendarVersion);
  const byVersion = Map.groupBy(stored, (snapshot) => snapshot.calendarVersion);
  const kept: StoredSnapshot[] = [];
  for (const version of [...byVersion.keys()].toSorted((one, other) => other - one)) {
    const candidates = byVersion.get(version) ?? [];
    const committed = await committedOf(candidates, kept.at(-1), version === calendarVersion ? snapshotKey : undefined, objects);
    if (committed !== undefined) kept.push(committed);
  }
  return kept;
}

/** A worker that lost its commit, or crashed before it, leaves its snapshot beside the committed one; the next version names that. */
async function committedOf(
  candidates: readonly StoredSnapshot[],
  next: StoredSnapshot | undefined,
  pointed: string | undefined,
  objects: SnapshotShelf,
): Promise<StoredSnapshot | undefined> {
  if (pointed !== undefined) return candidates.find(({ key }) => key === pointed);
  if (candidates.length === 1 || next === undefined) return candidates[0];
  const { previousKey } = await objects.getSnapshot(next.key);
  return candidates.find(({ key }) => key === previousKey);
}
