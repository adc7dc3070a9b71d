/** The guard: whether an import is suspicious, and what a later fetch says of a hold that stands. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint, Hold } from "../contract/checkpoint.ts";
import { sourceKeyOf } from "./read-feed.ts";

const HOUR_MS = 3_600_000;
/** A smaller loss is everyday work, however large its share. */
const LEAST_LOSS = 3;
const CONFIRMATIONS = 3;
const HOLD_MS = 24 * HOUR_MS;
const HOLD_OF_NOTHING_MS = 72 * HOUR_MS;

/** What the guard compares; `diffEvents` counts all of it but `isFirst`. Events kept past before this import are in none of the numbers. */
export type GuardCounts = {
  /** Events that the source gave last time. */
  readonly previousCount: number;
  /** Of these, the ones that would be deleted. */
  readonly removedCount: number;
  /** Of these, the ones that the source dropped and that are kept past from now on: nothing is lost with them. */
  readonly newlyKeptCount: number;
  /** Events that the source gives now. */
  readonly remainingCount: number;
  /** No snapshot was ever committed. */
  readonly isFirst: boolean;
};

export function decideHold(counts: GuardCounts): "apply" | "hold" {
  if (counts.isFirst) return "apply";
  if (counts.remainingCount === 0 && counts.previousCount > 0) return "hold";
  // Ended events that would be kept count as well: a source that drops most of what it had is in doubt, whatever we could save.
  const lossCount = counts.removedCount + counts.newlyKeptCount;
  return lossCount >= LEAST_LOSS && lossCount * 2 > counts.previousCount ? "hold" : "apply";
}

/** Says where the hold stands, so that its id alone is enough to decide on it. */
export function holdIdOf(calendarId: string, id: string): string {
  return `${calendarId}.${id}`;
}

/** The calendar of a hold's id; the whole text where it is no hold's id but a calendar's. */
export function calendarIdOf(holdId: string): string {
  const dot = holdId.lastIndexOf(".");
  return dot === -1 ? holdId : holdId.slice(0, dot);
}

/** The hold as it stands beside the content that a person rejected. */
export function markRefused(hold: Hold, refusedHash: string | undefined): Hold {
  return hold.contentHash === refusedHash ? { ...hold, isRefused: true } : hold;
}

/** The earliest instant at which time alone applies the hold; undefined where only a person can. */
export function appliesAfter(hold: Hold): string | undefined {
  return hold.isRefused === true ? undefined : new Date(Date.parse(hold.openedAt) + leastMsOf(hold)).toISOString();
}

/** Whether it was put back by who was slower than a move, or left by one that broke off half way. */
export function isAnothers({ sourceKey }: Hold, calendar: Pick<Calendar, "policy" | "source">): boolean {
  return sourceKey !== undefined && sourceKey !== sourceKeyOf(calendar);
}

/** Whether no fetch that began after the hold's newest confirmation found the calendar sound; else only its removal is missing. */
export function isStanding(hold: Hold, fetchedAt: string | undefined): boolean {
  return fetchedAt === undefined || (hold.lastConfirmedAt ?? hold.openedAt) >= fetchedAt;
}

/** The checkpoint without what a fetch from before the last refresh left for the next one. */
export function sinceRefreshed(checkpoint: Checkpoint): Checkpoint {
  const { refreshedAt, fetchedAt = "" } = checkpoint;
  if (refreshedAt === undefined || fetchedAt > refreshedAt) return checkpoint;
  const { etag: _etag, lastModified: _modified, engineKey: _engine, contentHash: _hash, ...rest } = checkpoint;
  return rest;
}

/** The same of a hold. */
export function heldSinceRefreshed(hold: Hold | undefined, { refreshedAt }: Pick<Checkpoint, "refreshedAt">): Hold | undefined {
  if (hold === undefined || refreshedAt === undefined || (hold.lastConfirmedAt ?? hold.openedAt) > refreshedAt) return hold;
  const { etag: _etag, lastModified: _modified, ...rest } = hold;
  return rest;
}

/**
 * Whether a fetch has said since that the source has its events again, and only the hold's removal is missing; a person who
 * approved, rejected or brought something back may have moved `fetchedAt` as well, and leaves the hold to be decided on.
 */
export function wasEnded(hold: Hold, { fetchedAt, lastSuccessAt = "", contentHash }: Sound): boolean {
  const isSoundSince = lastSuccessAt > (hold.lastConfirmedAt ?? hold.openedAt);
  return !isStanding(hold, fetchedAt) && isSoundSince && contentHash !== hold.contentHash;
}

/** What the checkpoint says of the newest fetch. */
type Sound = Pick<Checkpoint, "fetchedAt" | "lastSuccessAt" | "contentHash">;

/** What a fetch under the hold's validators found. */
type HeldObservation = {
  /** 304: the source still has the body that is held. */
  readonly notModified: boolean;
  /** Content hash of a complete body. */
  readonly contentHash?: string | undefined;
  /** The guard's word on that body against the last good snapshot. */
  readonly wouldHold: boolean;
  /** Events that the source gives in that body; absent: as many as the held one. */
  readonly remainingCount?: number | undefined;
};

type HeldDecision = { readonly kind: "confirm"; readonly hold: Hold } | { readonly kind: "apply" } | { readonly kind: "end" };

/**
 * `confirm`: store this hold (with the newest object, hash and validators where the body moved); `apply`: commit what was just seen;
 * `end`: the body is sound, drop the hold and import as always.
 */
export function decideHeld(hold: Hold, observed: HeldObservation, now: string): HeldDecision {
  const isSame = observed.notModified || observed.contentHash === hold.contentHash;
  if (!isSame && !observed.wouldHold) return { kind: "end" };
  // Waiting for a partial loss says nothing of a total one: its time starts anew.
  if (!isSame && observed.remainingCount === 0 && hold.eventCount > 0) {
    return { kind: "confirm", hold: { ...hold, eventCount: 0, openedAt: now, confirmations: 0, lastConfirmedAt: now } };
  }
  const confirmations = hold.confirmations + 1;
  const isOld = Date.parse(now) - Date.parse(hold.openedAt) >= leastMsOf(hold);
  // What a person rejected is never confirmed by time: it waits for a person, or for a sound body.
  if (hold.isRefused !== true && isOld && confirmations >= CONFIRMATIONS) return { kind: "apply" };
  return { kind: "confirm", hold: { ...hold, confirmations, lastConfirmedAt: now } };
}

function leastMsOf(hold: Hold): number {
  return hold.eventCount === 0 ? HOLD_OF_NOTHING_MS : HOLD_MS;
}
