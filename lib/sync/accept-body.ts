/** A complete body of a url calendar: unchanged, refused, held, or a new version whose objects are stored before anything points at them. */
import type { Checkpoint, Hold } from "../contract/checkpoint.ts";
import type { Failure } from "../core/failure.ts";
import { decideHeld, decideHold, holdIdOf } from "../core/hold.ts";
import { sourceKeyOf, validatorsKeyOf } from "../core/read-feed.ts";
import type { ChangeCounts } from "../core/runs.ts";
import { newSnapshot, sameFacts } from "../core/snapshots.ts";
import type { CompleteBody, LoadedCalendar } from "./import-calendar.ts";
import { storeVersion } from "./store-version.ts";
import type { MadeBy, VersionObjects, VersionPatch } from "./store-version.ts";
import { weighBody } from "./weigh-body.ts";
import type { Weighed, WeighedBody } from "./weigh-body.ts";

export interface BodyObjects extends VersionObjects {
  getHeld(key: string): Promise<Uint8Array>;
  /** Stores the held body and gives its key. */
  putHeld(calendarId: string, holdId: string, bytes: Uint8Array): Promise<string>;
  /** Every fourth version: deletes objects that nothing points at any more. */
  prune(calendarId: string, calendarVersion: number, now: Date): Promise<void>;
}

/** What the checkpoint takes over. */
export type CheckpointPatch = Partial<Checkpoint>;

export type Accepted = Approved | { readonly kind: "held"; readonly hold: Hold; readonly patch: CheckpointPatch };

/** What a body may mean that is not held again. */
export type Approved =
  | { readonly kind: "unchanged"; readonly patch: CheckpointPatch }
  | { readonly kind: "refused"; readonly failure: Failure }
  | {
      readonly kind: "version";
      readonly counts: ChangeCounts;
      readonly patch: CheckpointPatch & VersionPatch;
      /** The body's REFRESH-INTERVAL. */
      readonly refreshMinutes: number | undefined;
    };

export type AcceptContext = {
  /** UTC instant at which the body was asked for. */
  readonly takenAt: string;
  readonly newId: () => string;
  /** The run that the app may have asked for. */
  readonly run: MadeBy;
};

const MINUTES_A_DAY = 1440;
/** A charset and its parameters; a longer one is cut, not believed. */
const CONTENT_TYPE_LIMIT = 200;

/** Decides what a complete body means. The caller commits the patch. */
export async function acceptBody(
  loaded: LoadedCalendar,
  body: CompleteBody,
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Accepted> {
  const weighed = await weighBody(loaded, body, objects, context.takenAt);
  const hold = weighed.kind === "read" ? await heldBy({ loaded, body, weighed }, objects, context) : undefined;
  if (hold !== undefined) return { kind: "held", hold, patch: {} };
  return await acceptWeighed(loaded, body, weighed, objects, context);
}

/** As `acceptBody`, for a body that a person has approved: it is not held again. */
export async function acceptApproved(
  loaded: LoadedCalendar,
  body: CompleteBody,
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Approved> {
  return await acceptWeighed(loaded, body, await weighBody(loaded, body, objects, context.takenAt), objects, context);
}

async function acceptWeighed(
  loaded: LoadedCalendar,
  body: CompleteBody,
  weighed: Weighed,
  objects: VersionObjects,
  context: AcceptContext,
): Promise<Approved> {
  if (weighed.kind === "refused") return weighed;
  const validators = {
    etag: body.etag,
    lastModified: body.lastModified,
    engineKey: validatorsKeyOf(loaded.calendar),
  };
  if (weighed.kind === "same") return { kind: "unchanged", patch: validators };
  return await acceptRead(loaded, weighed, validators, objects, context);
}

async function acceptRead(
  { calendar, checkpoint }: LoadedCalendar,
  { scan, read, previous, diff }: WeighedBody,
  validators: CheckpointPatch,
  objects: VersionObjects,
  { takenAt, run }: AcceptContext,
): Promise<Approved> {
  const facts = { ...validators, contentHash: scan.contentHash, skippedCount: read.skipped.length };
  const version = checkpoint.calendarVersion + 1;
  const previousKey = checkpoint.snapshotKey;
  const next = newSnapshot({ calendar, version, scan, read, takenAt, events: diff.events, previousKey });
  const isSame = previous !== undefined && !diff.moved && sameFacts(previous, next);
  if (isSame) return { kind: "unchanged", patch: facts };
  const made = { changes: diff.changes, previousVersion: checkpoint.calendarVersion, run };
  const stored = await storeVersion(next, made, objects);
  const churns = checkpoint.churns + (diff.churned ? 1 : 0);
  const { refreshMinutes } = read.properties;
  const patch = { ...facts, ...stored.patch, churns, hintMinutes: Math.min(refreshMinutes ?? 0, MINUTES_A_DAY) };
  return { kind: "version", counts: stored.counts, patch, refreshMinutes };
}

type Reading = { readonly loaded: LoadedCalendar; readonly body: CompleteBody; readonly weighed: WeighedBody };

/** The hold that this body opens or confirms; undefined where it is sound, or where its confirmations suffice and it is to be applied. */
async function heldBy(
  { loaded, body, weighed }: Reading,
  objects: BodyObjects,
  context: AcceptContext,
): Promise<Hold | undefined> {
  const { scan, diff, previous } = weighed;
  if (decideHold({ ...diff, isFirst: previous === undefined }) === "apply") return undefined;
  const { contentHash } = scan;
  const { removedCount, remainingCount, keptCount } = diff;
  const { hold: standing, calendar, checkpoint } = loaded;
  const { calendarId, ownerId } = calendar;
  const observed = { notModified: false, wouldHold: true, contentHash, remainingCount };
  const step = standing === undefined ? undefined : decideHeld(standing, observed, context.takenAt);
  if (step?.kind === "apply") return undefined;
  const opened: Pick<Hold, "holdId" | "openedAt" | "confirmations" | "lastConfirmedAt" | "isRefused"> =
    step?.kind === "confirm"
      ? step.hold
      : { holdId: holdIdOf(calendarId, context.newId()), openedAt: context.takenAt, confirmations: 0 };
  return {
    version: 1,
    calendarId,
    ownerId,
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
    contentType: body.contentType?.slice(0, CONTENT_TYPE_LIMIT),
    sourceKey: sourceKeyOf(calendar),
    isRefused: opened.isRefused === true || contentHash === checkpoint.refusedHash ? true : undefined,
  };
}
