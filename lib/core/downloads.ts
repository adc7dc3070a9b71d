/** Downloads: new ones, which requests share one, how far one is, and how it is shown. */
import { DOWNLOAD_KEPT_DAYS, DownloadColumn } from "../contract/download.ts";
import type { Download, DownloadFormat, DownloadPart, DownloadSubject, DownloadView } from "../contract/download.ts";
import type { DownloadTask } from "../contract/task.ts";
import { fileNameOf } from "./download-name.ts";
import type { InstantWindow } from "./download-window.ts";
import { shortHash } from "./object-keys.ts";

/** Moves with every change that changes bytes: a file that another one made is made again. */
const ENGINE = 1;
const KEPT_MS = DOWNLOAD_KEPT_DAYS * 86_400_000;
/** Whoever is told to share a file should still have the time to fetch it. */
const SHARED_MARGIN_MS = 3_600_000;
const NAME_LENGTH = 200;

export type DownloadWish = {
  readonly ownerId: string;
  readonly subject: DownloadSubject;
  readonly subjectVersion: string;
  readonly name: string;
  readonly format: DownloadFormat;
  readonly columns: readonly DownloadColumn[] | undefined;
  readonly zone: string;
  readonly window: InstantWindow | undefined;
  readonly repeatId?: string | undefined;
};

export function newDownload(wish: DownloadWish, downloadId: string, at: string): Download {
  const { ownerId, subject, subjectVersion, format, zone, window, repeatId } = wish;
  const name = wish.name.slice(0, NAME_LENGTH);
  const columns = format === "ics" ? [] : [...(wish.columns ?? DownloadColumn.options)];
  const wanted = [
    ENGINE,
    ownerId,
    subject.kind,
    subject.id,
    subjectVersion,
    name,
    format,
    columns,
    zone,
    window?.from,
    window?.to,
  ];
  return {
    version: 1,
    downloadId,
    ownerId,
    subject,
    subjectVersion,
    name,
    format,
    columns,
    zone,
    ...window,
    fingerprint: shortHash(JSON.stringify(wanted)),
    state: "queued",
    requestedAt: at,
    ...(repeatId === undefined ? {} : { repeatId }),
  };
}

/** Open, or ready for a while yet. */
export function isShareable({ state, keptUntil }: Download, now: Date): boolean {
  if (state === "queued" || state === "running") return true;
  return state === "ready" && Date.parse(keptUntil ?? "") - now.getTime() > SHARED_MARGIN_MS;
}

export function stateOf({ state, keptUntil = "" }: Download, now: Date): DownloadView["state"] {
  return state === "ready" && Date.parse(keptUntil) <= now.getTime() ? "expired" : state;
}

export function keptUntilOf(now: Date): string {
  return new Date(now.getTime() + KEPT_MS).toISOString();
}

export function downloadView(download: Download, parts: readonly DownloadPart[], now: Date): DownloadView {
  const {
    version: _version,
    fingerprint: _hash,
    fileKey: _key,
    keptUntil: until,
    isUntold: _untold,
    isSent: _sent,
    ...rest
  } = download;
  const state = stateOf(download, now);
  const done = state === "ready" || state === "expired" ? (download.parts ?? 0) : parts.length;
  return {
    ...rest,
    state,
    partsDone: done,
    percent: state === "ready" || state === "expired" ? 100 : Math.floor((done / Math.max(1, download.parts ?? 1)) * 99),
    ...(until === undefined ? {} : { expiresAt: until }),
    fileName: fileNameOf(download),
    ...(download.code === undefined ? {} : { next: nextOf(download.code) }),
  };
}

function nextOf(code: string): string {
  switch (code) {
    case "download-too-large":
      return "ask for a shorter window, or for csv";
    case "calendar-unknown":
    case "feed-unknown":
      return "it was removed meanwhile; nothing can be done";
    default:
      return "ask for it again; an operator replays its letter with: calferry dlq replay --kind download";
  }
}

/** The ETag without its quotes. */
export function feedVersionOf({ etag }: { readonly etag: string }): string {
  return etag.replaceAll('"', "");
}

/** The plan has part 0. */
export function downloadTask(
  { downloadId }: Pick<Download, "downloadId">,
  part: number,
  taskId: string,
  reason: DownloadTask["reason"],
): DownloadTask {
  return { version: 1, kind: "download", taskId, downloadId, part, reason };
}

/** By the version that was planned: two plans at once may have read two, and only one is made. */
export function sourceKey(planned: Planned, part: number): string {
  return `${planKey(planned)}/sources/${padded(part)}`;
}

export function partKey(downloadId: string, part: number): string {
  return `downloads/${downloadId}/parts/${padded(part)}`;
}

export function frameKey(planned: Planned): string {
  return `${planKey(planned)}/frame`;
}

type Planned = Pick<Download, "downloadId" | "subjectVersion">;

function planKey({ downloadId, subjectVersion }: Planned): string {
  return `downloads/${downloadId}/plans/${shortHash(subjectVersion)}`;
}

/** Its bytes depend on the parts alone, so that whoever joins them twice writes the same. */
export function fileKey({ downloadId, format }: Pick<Download, "downloadId" | "format">): string {
  return `downloads/${downloadId}/file.${format}`;
}

function padded(part: number): string {
  return String(part).padStart(4, "0");
}
