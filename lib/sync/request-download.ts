/** Ask for a download: an open or ready one of the same bytes is shared, else a new one is claimed and its plan sent. */
import type { Download, DownloadRequest, DownloadSubject } from "../contract/download.ts";
import { resolveWindow } from "../core/download-window.ts";
import { downloadTask, feedVersionOf, isShareable, newDownload } from "../core/downloads.ts";
import type { DownloadWish } from "../core/downloads.ts";
import { unbuiltFeed, unknownCalendar, unknownFeed } from "../core/refusals.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { CalendarLoader } from "./load-calendar.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedLoader } from "./load-feed.ts";
import type { LoadedDownload } from "./make-download.ts";
import type { DownloadQueue } from "./replay-letter.ts";

export interface DownloadDesk {
  load(downloadId: string): Promise<LoadedDownload | undefined>;
  create(download: Download): Promise<void>;
  remove(downloadId: string): Promise<void>;
  /** The download that requests of this fingerprint share. */
  holderOf(fingerprint: string): Promise<string | undefined>;
  /** Makes it the holder where `before` (or nobody) still is. */
  claim(download: Download, before: string | undefined): Promise<"saved" | "lost">;
}
export type RequestPorts = {
  readonly downloadBook: DownloadDesk;
  readonly calendars: CalendarLoader;
  readonly feeds: FeedLoader;
  readonly downloads: DownloadQueue;
};
export type RequestContext = {
  readonly now: () => Date;
  readonly newId: () => string;
  /** Whose things alone may be asked for. @default everybody's */
  readonly callerId?: string | undefined;
};
export type Requested = LoadedDownload & { readonly shared: boolean };

const TRIES = 5;
/** A task that comes after all that is written here, should a crash keep back the one that is sent last. */
const LATER_SECONDS = 60;

/** Throws `calendar-unknown`, `feed-unknown`, `feed-unbuilt`, `window-invalid`, `window-too-long`. */
export async function requestDownload(
  request: DownloadRequest & { readonly repeatId?: string },
  ports: RequestPorts,
  context: RequestContext,
): Promise<Requested> {
  const now = context.now();
  const window = resolveWindow(request, now);
  const { format, columns, zone, repeatId } = request;
  const wish: DownloadWish = {
    ...(await readSubject(request, ports, context.callerId)),
    format,
    columns,
    zone,
    window,
    repeatId,
  };
  const own = newDownload(wish, context.newId(), now.toISOString());
  let isMade = false;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const holder = await ports.downloadBook.holderOf(own.fingerprint);
    // A claim that took effect and was sent again is answered as lost.
    const isOwn = holder === own.downloadId;
    const held = holder === undefined || isOwn ? undefined : await ports.downloadBook.load(holder);
    if (held !== undefined && isShareable(held.download, now)) {
      if (isMade) await ports.downloadBook.remove(own.downloadId);
      return { ...held, shared: true };
    }
    const task = downloadTask(own, 0, oneOffTaskId(now.toISOString(), own.downloadId), "requested");
    if (!isMade) {
      await ports.downloads.sendDownloads([task], LATER_SECONDS);
      await ports.downloadBook.create(own);
      isMade = true;
    }
    if ((await ports.downloadBook.claim(own, holder)) === "lost") continue;
    await ports.downloads.sendDownloads([task], 0);
    return { download: own, parts: [], shared: false };
  }
  throw new Error(`requests for the same download came ${TRIES} times at once, wanted one first; the next try finds it`);
}

type Subject = Pick<DownloadWish, "ownerId" | "name" | "subject" | "subjectVersion">;

/** Another owner's things are as unknown as none. Throws `calendar-unknown`, `feed-unknown`, `feed-unbuilt`. */
export async function readSubject(
  { calendarId, feedId }: Pick<DownloadRequest, "calendarId" | "feedId">,
  ports: Pick<RequestPorts, "calendars" | "feeds">,
  callerId: string | undefined,
): Promise<Subject> {
  if (feedId !== undefined) return await readFeed(feedId, ports, callerId);
  const { calendar, checkpoint } = await loadCalendar(calendarId ?? "", ports.calendars);
  const { ownerId, name } = calendar;
  if (callerId !== undefined && callerId !== ownerId) throw unknownCalendar(calendar.calendarId);
  const subject: DownloadSubject = { kind: "calendar", id: calendar.calendarId };
  return { ownerId, name, subject, subjectVersion: String(checkpoint.calendarVersion) };
}

async function readFeed(feedId: string, { feeds }: Pick<RequestPorts, "feeds">, callerId: string | undefined): Promise<Subject> {
  const { feed, build } = await loadFeed(feedId, feeds);
  const { ownerId, name } = feed;
  if (callerId !== undefined && callerId !== ownerId) throw unknownFeed(feedId);
  const { etag } = build;
  if (etag === undefined) throw unbuiltFeed(feedId);
  return { ownerId, name, subject: { kind: "feed", id: feedId }, subjectVersion: feedVersionOf({ etag }) };
}
