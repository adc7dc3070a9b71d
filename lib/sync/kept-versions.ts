/** The versions of a calendar that can be brought back: every snapshot that was committed and is still there. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export type StoredSnapshot = { readonly calendarVersion: number; readonly key: string };

export interface SnapshotShelf extends SnapshotReader {
  /** Every stored snapshot of the calendar in no order; a version may have several, of which one was committed. */
  snapshots(calendarId: string): Promise<readonly StoredSnapshot[]>;
}

/** Newest first, the present one among them. Nothing before the first import. */
export async function keptVersions(
  { calendarId, calendarVersion, snapshotKey }: Checkpoint,
  objects: SnapshotShelf,
): Promise<StoredSnapshot[]> {
  if (snapshotKey === undefined) return [];
  const older = (await objects.snapshots(calendarId)).filter((snapshot) => snapshot.calendarVersion < calendarVersion);
  const byVersion = [...Map.groupBy(older, (snapshot) => snapshot.calendarVersion)];
  const kept: StoredSnapshot[] = [{ calendarVersion, key: snapshotKey }];
  let next = snapshotKey;
  for (const [, candidates] of byVersion.toSorted(([one], [other]) => other - one)) {
    const committed = candidates.length === 1 ? candidates[0] : await namedBy(next, candidates, objects);
    if (committed === undefined) continue;
    kept.push(committed);
    next = committed.key;
  }
  return kept;
}

/** A worker that lost its commit, or crashed before it, leaves its snapshot beside the committed one; the next version names that. */
async function namedBy(
  next: string,
  candidates: readonly StoredSnapshot[],
  objects: SnapshotShelf,
): Promise<StoredSnapshot | undefined> {
  const { previousKey } = await objects.getSnapshot(next);
  return candidates.find(({ key }) => key === previousKey);
}
