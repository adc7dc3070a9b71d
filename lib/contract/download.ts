/** A download: a calendar or feed as one file for a window, asked for once or repeatedly, and built in parts. */
import * as z from "zod";

/** Days that a ready file can be fetched. */
export const DOWNLOAD_KEPT_DAYS = 7;
const DAYS_LIMIT = 1830;
const NAME_LIMIT = 200;

export const DownloadFormat = z.enum(["ics", "json", "csv", "xlsx"]);
export type DownloadFormat = z.infer<typeof DownloadFormat>;

/** `end` of an all-day event is its last day in a sheet, the day after it in JSON (RFC 5545). */
export const DownloadColumn = z.enum([
  "start",
  "end",
  "allDay",
  "title",
  "location",
  "description",
  "status",
  "categories",
  "url",
  "uid",
  "recurrenceId",
]);
export type DownloadColumn = z.infer<typeof DownloadColumn>;

const SubjectKind = z.enum(["calendar", "feed"]);
export const DownloadSubject = z.object({ kind: SubjectKind, id: z.string() });
export type DownloadSubject = z.infer<typeof DownloadSubject>;

const Columns = z
  .array(DownloadColumn)
  .min(1)
  .max(DownloadColumn.options.length)
  .refine((columns) => new Set(columns).size === columns.length, "each column once");

/** `2026-05-06` (midnight in the zone) or an instant `2026-05-06T09:00:00+09:00`. */
const Edge = z.string().regex(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u);

/** What a download and a repeat of it are asked with. */
export const downloadFields = {
  calendarId: z.string().min(1).max(100).optional(),
  feedId: z.string().min(1).max(100).optional(),
  format: DownloadFormat,
  /** Days from today on, in the zone; instead of `from` and `to`. */
  days: z.number().int().min(1).max(DAYS_LIMIT).optional(),
  zone: z.string().min(1).max(100).default("UTC"),
  columns: Columns.optional(),
};
export const hasOneSubject = ({
  calendarId,
  feedId,
}: {
  calendarId?: string | undefined;
  feedId?: string | undefined;
}): boolean => (calendarId === undefined) !== (feedId === undefined);

/** Body of POST /v1/downloads. The window is [from, to), or so many days from today; an ICS needs none. */
export const DownloadRequest = z
  .strictObject({ ...downloadFields, from: Edge.optional(), to: Edge.optional() })
  .refine(hasOneSubject, "one of calendarId and feedId")
  .refine(({ from, to }) => (from === undefined) === (to === undefined), "from and to together")
  .refine(({ from, days }) => from === undefined || days === undefined, "from and to, or days")
  .refine(({ format, from, days }) => format === "ics" || from !== undefined || days !== undefined, "from and to, or days");
export type DownloadRequest = z.infer<typeof DownloadRequest>;

export const DownloadState = z.enum(["queued", "running", "ready", "failed", "cancelled"]);
export type DownloadState = z.infer<typeof DownloadState>;

/** The stored record; a ready one whose time is over is shown as expired. */
export const Download = z.object({
  version: z.literal(1),
  downloadId: z.string(),
  ownerId: z.string(),
  subject: DownloadSubject,
  /** The calendar's version or the feed's ETag: when it was asked for, then what it was made of. */
  subjectVersion: z.string(),
  /** Name of the calendar or feed, for the file. */
  name: z.string().max(NAME_LIMIT),
  format: DownloadFormat,
  columns: z.array(DownloadColumn),
  zone: z.string(),
  /** UTC instants; both absent for an ICS without a window. */
  from: z.string().optional(),
  to: z.string().optional(),
  /** Equal for requests that want the same bytes. */
  fingerprint: z.string(),
  state: DownloadState,
  requestedAt: z.string(),
  /** Known once it was planned. */
  parts: z.number().int().positive().optional(),
  /** The tasks of all parts were sent: a plan that comes twice sends none again. */
  isSent: z.boolean().optional(),
  endedAt: z.string().optional(),
  /** UTC instant until which the file can be fetched. */
  keptUntil: z.string().optional(),
  fileKey: z.string().optional(),
  bytes: z.number().int().nonnegative().optional(),
  /** Occurrences, or events of an ICS. */
  rows: z.number().int().nonnegative().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  /** The repeat that asked for it. */
  repeatId: z.string().optional(),
  /** Its end was not published yet: whoever finds this publishes it. */
  isUntold: z.boolean().optional(),
});
export type Download = z.infer<typeof Download>;

/** A part that is stored. */
export const DownloadPart = z.object({
  version: z.literal(1),
  part: z.number().int().positive(),
  bytes: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
});
export type DownloadPart = z.infer<typeof DownloadPart>;

/** What a part is made of: everything that it needs, so that it gives the same bytes whenever it is made. */
export const DownloadSource = z.object({
  version: z.literal(1),
  /** UTC instants of this part's slice; absent for an ICS. */
  from: z.string().optional(),
  to: z.string().optional(),
  /** Zone of floating times and dates. */
  floating: z.string(),
  timezones: z.array(z.object({ text: z.string() })),
  /** VEVENTs in order, unfolded lines joined by "\n". */
  events: z.array(z.object({ uid: z.string(), text: z.string() })),
});
export type DownloadSource = z.infer<typeof DownloadSource>;

/** A cell of a sheet; a time is what the clock of the zone shows, as if it were UTC. */
const SheetTime = z.object({ wallMs: z.number(), isDay: z.boolean() });
export const SheetCell = z.union([z.string(), z.boolean(), SheetTime]);
export type SheetCell = z.infer<typeof SheetCell>;

/** What stands around the parts. */
export const DownloadFrame = z.object({ version: z.literal(1), head: z.string(), between: z.string(), tail: z.string() });
export type DownloadFrame = z.infer<typeof DownloadFrame>;

/** What people and programs are shown of a download. */
export const DownloadView = Download.omit({
  version: true,
  fingerprint: true,
  fileKey: true,
  keptUntil: true,
  isUntold: true,
  isSent: true,
  state: true,
})
  .extend({
    state: z.enum([...DownloadState.options, "expired"]),
    /** Parts that are stored; `parts` is the number of all, once it is known. */
    partsDone: z.number().int().nonnegative(),
    percent: z.number().int().min(0).max(100),
    expiresAt: z.string().optional().describe("until when the file can be fetched"),
    fileName: z.string(),
    next: z.string().optional().describe("what to do about a failure"),
  })
  .meta({ id: "Download", description: "A calendar or feed as one file for a window." });
export type DownloadView = z.infer<typeof DownloadView>;

/** `shared`: it was asked for before, and nothing is built twice. */
export const RequestedDownloadView = DownloadView.extend({ shared: z.boolean() }).meta({ id: "RequestedDownload" });
export type RequestedDownloadView = z.infer<typeof RequestedDownloadView>;
