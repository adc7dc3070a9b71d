/** What DynamoDB remembers of a calendar between two turns; under 1 KB, so that an unchanged import is one read and one write unit. */
import * as z from "zod";

/** Work that a commit promised and that is not done yet; a crash leaves it for the next delivery. */
export const Pending = z.object({
  version: z.number().int().positive(),
  changesKey: z.string(),
  /** Changes published so far. */
  cursor: z.number().int().nonnegative(),
});
export type Pending = z.infer<typeof Pending>;

const OutcomeStatus = z.enum(["imported", "unchanged", "deferred", "failed", "held", "skipped"]);

/** How the last accepted task ended. */
export const Outcome = z.object({
  status: OutcomeStatus,
  at: z.string(),
  code: z.string().optional(),
  reason: z.string().max(300).optional(),
});
export type Outcome = z.infer<typeof Outcome>;

export const Checkpoint = z.object({
  version: z.literal(1).default(1),
  calendarId: z.string(),
  /** Host of a url source; the pace is kept by host. */
  host: z.string().optional(),
  /** `<intervalMinutes>#<phase>#<shard>`: the calendar's place on the wheel; absent while it is not polled. */
  wheel: z.string().optional(),
  /** REFRESH-INTERVAL of the newest version, at most a day, 0 where its source gave none; absent where nothing was read since this is kept. */
  hintMinutes: z.number().int().nonnegative().optional(),
  /** Version of the calendar's content; 0 before the first commit. */
  calendarVersion: z.number().int().nonnegative(),
  snapshotKey: z.string().optional(),
  contentHash: z.string().optional(),
  eventCount: z.number().int().nonnegative(),
  skippedCount: z.number().int().nonnegative(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Engine, policy and source under which the validators were stored; others must not be sent. */
  engineKey: z.string().optional(),
  /** UTC instant at which the newest accepted fetch began. */
  fetchedAt: z.string().optional(),
  /** Newest turn that was accepted, minutes since the epoch. */
  lastTurn: z.number().int().nonnegative(),
  /** UTC instant before which no task may ask the source. */
  notBefore: z.string().optional(),
  /** UTC instant of the first "later" of the host since the last answer; absent while it answers. */
  deferredSince: z.string().optional(),
  /** Tasks in a row that ended with the host's "later". */
  deferrals: z.number().int().positive().optional(),
  /** Attempts spent by the task under way; reset by its end. */
  attempts: z.number().int().nonnegative(),
  /** Turns that failed in a row. */
  failures: z.number().int().nonnegative(),
  /** Times that the source changed all its UIDs. */
  churns: z.number().int().nonnegative(),
  lastSuccessAt: z.string().optional(),
  /** Why the source gave no success for so long that feeds say so, since `lastSuccessAt`; absent while it is in time. */
  staleCode: z.string().optional(),
  /** When people were last told that the calendar is stale; of an earlier time where it lies before `lastSuccessAt`. */
  staleToldAt: z.string().optional(),
  /** When a person last asked to read the source anew: what fetches that began before it have left for the next one is forgotten. */
  refreshedAt: z.string().optional(),
  /** Content that a person rejected: a hold of it waits for a person again. */
  refusedHash: z.string().optional(),
  outcome: Outcome.optional(),
  pending: Pending.optional(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** A suspicious import that is kept aside; fetches use its validators while it stands. */
export const Hold = z.object({
  version: z.literal(1),
  calendarId: z.string(),
  /** Its holds are listed by it. */
  ownerId: z.string().optional(),
  /** `<calendarId>.<id>`: names the hold and where it stands. */
  holdId: z.string(),
  objectKey: z.string(),
  contentHash: z.string(),
  /** Events that the source gives in the held body; those kept past are not among them. */
  eventCount: z.number().int().nonnegative(),
  /** Events that applying it would delete. */
  removedCount: z.number().int().nonnegative(),
  keptCount: z.number().int().nonnegative(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Of the held body, for its charset. */
  contentType: z.string().optional(),
  openedAt: z.string(),
  confirmations: z.number().int().nonnegative(),
  lastConfirmedAt: z.string().optional(),
  /** Digest of the source that it is of: a calendar that was moved since has nothing to do with it. */
  sourceKey: z.string().optional(),
  /** A person rejected this content before: time alone does not confirm it. */
  isRefused: z.boolean().optional(),
});
export type Hold = z.infer<typeof Hold>;
