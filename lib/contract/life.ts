/** What an app hears besides its events: that an import, a hold, a letter, a feed or a download came to something. Never a URL, never a secret. */
import * as z from "zod";

const count = z.number().int().nonnegative();

const Life = z.object({
  version: z.literal(1),
  /** UTC instant at which it happened; the same in a message that comes twice. */
  at: z.string(),
  /** Absent where nobody knows whose it is, such as a message that nobody can read. */
  ownerId: z.string().optional(),
});
const OfCalendar = Life.extend({
  calendarId: z.string(),
  /** The app's own name of the calendar. */
  externalId: z.string().optional(),
});

/** A calendar reached a new version; its changes are in `parts` messages of their own. An unchanged import is told of to nobody. */
export const ImportFinished = OfCalendar.extend({
  kind: z.literal("import.finished"),
  status: z.literal("imported"),
  /** Absent where no run is kept, as of a push calendar. */
  runId: z.string().optional(),
  calendarVersion: z.number().int().positive(),
  previousVersion: count,
  /** 0 where only the calendar's own properties changed: who has `previousVersion` has this one, too. */
  parts: count,
  created: count,
  updated: count,
  deleted: count,
});
export type ImportFinished = z.infer<typeof ImportFinished>;

/** An import gave up after all its attempts; the calendar stays as it is. */
export const ImportFailed = OfCalendar.extend({
  kind: z.literal("import.failed"),
  status: z.literal("failed"),
  code: z.string(),
  runId: z.string(),
  /** Turns that failed in a row, with this one. */
  failures: count,
});
export type ImportFailed = z.infer<typeof ImportFailed>;

/** A suspicious import is kept aside until time or a person confirms it. */
export const HoldOpened = OfCalendar.extend({
  kind: z.literal("hold.opened"),
  code: z.string(),
  holdId: z.string(),
  /** Events that applying it would delete, and those that the source still gives. */
  removedCount: count,
  eventCount: count,
});
export type HoldOpened = z.infer<typeof HoldOpened>;

/** A task gave up, and an operator has to look at it. */
export const LetterOpened = Life.extend({
  kind: z.literal("letter.opened"),
  letterId: z.string(),
  code: z.string(),
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
  downloadId: z.string().optional(),
  /** Deliveries that the letter stands for. */
  count,
});
export type LetterOpened = z.infer<typeof LetterOpened>;

/** A feed has other bytes than before. */
export const FeedPublished = Life.extend({
  kind: z.literal("feed.published"),
  feedId: z.string(),
  revision: z.number().int().positive(),
  eventCount: count,
  bytes: count,
});
export type FeedPublished = z.infer<typeof FeedPublished>;

const OfDownload = Life.extend({
  downloadId: z.string(),
  /** What was asked for: one of the two. */
  calendarId: z.string().optional(),
  feedId: z.string().optional(),
});

export const DownloadFinished = OfDownload.extend({
  kind: z.literal("download.finished"),
  bytes: count,
  eventCount: count.optional(),
  /** UTC instant until which it can be fetched. */
  expiresAt: z.string().optional(),
});
export type DownloadFinished = z.infer<typeof DownloadFinished>;

export const DownloadFailed = OfDownload.extend({ kind: z.literal("download.failed"), code: z.string() });
export type DownloadFailed = z.infer<typeof DownloadFailed>;

/** One message on the changes topic that is no change. At least once, no order promised. */
export const LifeMessage = z.discriminatedUnion("kind", [
  ImportFinished,
  ImportFailed,
  HoldOpened,
  LetterOpened,
  FeedPublished,
  DownloadFinished,
  DownloadFailed,
]);
export type LifeMessage = z.infer<typeof LifeMessage>;
