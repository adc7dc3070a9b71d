/** A complete body of a url calendar: unchanged, refused, held, or a new version whose objects are stored before anything points at them. */
import type { Checkpoint, Hold } from "../contract/checkpoint.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { diffEvents } from "../core/diff.ts";
import type { Failure } from "../core/failure.ts";
import { decideHeld, decideHold } from "../core/hold.ts";
import { engineKeyOf, readEvents, scanFeed } from "../core/read-feed.ts";
import type { FeedRead, FeedScan } from "../core/read-feed.ts";
import type { ChangeCounts } from "../core/runs.ts";
import { newSnapshot, sameFacts } from "../core/snapshots.ts";
import type { CompleteBody, LoadedCalendar } from "./import-calendar.ts";
import { storeVersion } from "./store-version.ts";
import type { VersionObjects } from "./store-version.ts";

export interface BodyObjects extends VersionObjects {
  getHeld(key: string): Promise<Uint8Array>;
  /** Stores the held body and gives its key. */
  putHeld(calendarId: string, holdId: string, bytes: Uint8Array): Promise<string>;
  /** Every fourth version: deletes objects that nothing points at any more. */
  prune(calendarId: string, calendarVersion: number, now: Date): Promise<void>;
}

/** What the checkpoint takes over. */
export type CheckpointPatch = Partial<Checkpoint>;

export type Accepted =
  | { readonly kind: "unchanged"; readonly patch: CheckpointPatch }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "held"; readonly hold: Hold; readonly patch: CheckpointPatch }
  | { readonly kind: "version"; readonly counts: ChangeCounts; readonly patch: CheckpointPatch };

export type AcceptContext = {
  /** UTC instant at which the body was asked for. */
  readonly takenAt: string;
  readonly newId: () => string;
};

/** Decides what a complete body means. The caller commits the patch. */
export async function acceptBody(
  loaded: LoadedCalendar,
  body: CompleteBody,
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Accepted> {
  const { calendar, checkpoint } = loaded;
  const engineKey = engineKeyOf(calendar.policy);
  const scan = scanFeed(body.bytes, body.contentType, engineKey);
  if (scan.kind === "refused") return { kind: "refused", failure: { code: scan.code, reason: scan.reason } };
  const validators = { etag: body.etag, lastModified: body.lastModified, engineKey };
  if (scan.contentHash === checkpoint.contentHash) return { kind: "unchanged", patch: validators };
  const previous = checkpoint.snapshotKey === undefined ? undefined : await objects.getSnapshot(checkpoint.snapshotKey);
  const read = readEvents(scan, previous?.events ?? []);
  if (read.kind === "refused") return { kind: "refused", failure: { code: read.code, reason: read.reason } };
  return await acceptRead({ loaded, body, scan, read, previous }, validators, objects, context);
}

type Reading = {
  readonly loaded: LoadedCalendar;
  readonly body: CompleteBody;
  readonly scan: FeedScan;
  readonly read: FeedRead;
  readonly previous: Snapshot | undefined;
};

async function acceptRead(
  reading: Reading,
  validators: CheckpointPatch,
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Accepted> {
  const { loaded, scan, read, previous } = reading;
  const { calendar, checkpoint } = loaded;
  const { takenAt } = context;
  const diff = diffEvents({
    previous: previous?.events ?? [],
    read: read.events,
    source: calendar.source.kind,
    policy: calendar.policy,
    now: takenAt,
    churns: checkpoint.churns,
    endsAt: read.endsAt,
  });
  if (decideHold({ ...diff, isFirst: previous === undefined }) === "hold") {
    const hold = await heldBy(reading, diff, objects, context);
    if (hold !== undefined) return { kind: "held", hold, patch: {} };
  }
  const facts = { ...validators, contentHash: scan.contentHash, skippedCount: read.skipped.length };
  const next = newSnapshot({ calendar, version: checkpoint.calendarVersion + 1, scan, read, takenAt, events: diff.events });
  const isSame = previous !== undefined && !diff.moved && sameFacts(previous, next);
  if (isSame) return { kind: "unchanged", patch: facts };
  const stored = await storeVersion(next, diff.changes, checkpoint.calendarVersion, objects);
  const churns = checkpoint.churns + (diff.churned ? 1 : 0);
  return { kind: "version", counts: stored.counts, patch: { ...facts, ...stored.patch, churns } };
}

/** The hold that this body opens or confirms; undefined where its confirmations suffice and it is to be applied. */
async function heldBy(
  { loaded, body, scan }: Reading,
  diff: { readonly removedCount: number; readonly remainingCount: number; readonly keptCount: number },
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Hold | undefined> {
  const { contentHash } = scan;
  const { removedCount, remainingCount, keptCount } = diff;
  const standing = loaded.hold;
  const observed = { notModified: false, wouldHold: true, contentHash, remainingCount };
  const step = standing === undefined ? undefined : decideHeld(standing, observed, context.takenAt);
  if (step?.kind === "apply") return undefined;
  const { calendarId } = loaded.calendar;
  const opened: Pick<Hold, "holdId" | "openedAt" | "confirmations" | "lastConfirmedAt"> =
    step?.kind === "confirm" ? step.hold : { holdId: context.newId(), openedAt: context.takenAt, confirmations: 0 };
  return {
    version: 1,
    calendarId,
    holdId: opened.holdId,
    openedAt: opened.openedAt,
    confirmations: opened.confirmations,
    lastConfirmedAt: opened.lastConfirmedAt,
    objectKey:
      standing !== undefined && standing.contentHash === contentHash
        ? standing.objectKey
        : await objects.putHeld(calendarId, context.newId(), body.bytes),
    contentHash,
    eventCount: remainingCount,
    removedCount,
    keptCount,
    etag: body.etag,
    lastModified: body.lastModified,
  };
}
