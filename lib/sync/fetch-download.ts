/** Look at a download, cancel it, or get a url of its file. */
import type { DownloadView } from "../contract/download.ts";
import { downloadView, stateOf } from "../core/downloads.ts";
import { Refusal } from "../core/failure.ts";
import { shown, unknownDownload } from "../core/refusals.ts";
import type { DownloadBook, LoadedDownload } from "./make-download.ts";
import type { Page, PageRequest } from "./registry.ts";

export interface DownloadShelf extends Pick<DownloadBook, "load" | "move"> {
  /** One owner's downloads, the newest first. */
  list(ownerId: string, page: PageRequest): Promise<Page<LoadedDownload>>;
}
export interface SignedObjects {
  /** A url of the object that works for this many seconds. */
  sign(key: string, seconds: number): Promise<string>;
}

export interface FileReader {
  getBytes(key: string): Promise<Uint8Array>;
}

const SIGNED_SECONDS = 300;

/** Throws `download-unknown`. */
export async function showDownload(downloadId: string, book: Pick<DownloadShelf, "load">, now: Date): Promise<DownloadView> {
  const { download, parts } = await loadDownload(downloadId, book);
  return downloadView(download, parts, now);
}

export async function listDownloads(
  ownerId: string,
  page: PageRequest,
  book: Pick<DownloadShelf, "list">,
  now: Date,
): Promise<Page<DownloadView>> {
  const found = await book.list(ownerId, page);
  return { ...found, items: found.items.map(({ download, parts }) => downloadView(download, parts, now)) };
}

/** Throws `download-unknown`, and `download-ended` where it is neither queued nor running. */
export async function cancelDownload(
  downloadId: string,
  book: Pick<DownloadShelf, "load" | "move">,
  now: Date,
): Promise<DownloadView> {
  const change = { state: "cancelled", endedAt: now.toISOString() } as const;
  const cancelled = await book.move(downloadId, ["queued", "running"], change);
  const { download, parts } = await loadDownload(downloadId, book);
  if (cancelled !== undefined) return downloadView(download, parts, now);
  const what = `download ${shown(downloadId)} is ${stateOf(download, now)}, wanted one that is queued or running`;
  throw new Refusal("download-ended", what, `look at it with: calferry download show ${downloadId}`);
}

/** A url that works for five minutes. Throws `download-unknown`, `download-not-ready`, `download-expired`, `download-ended`. */
export async function downloadUrl(
  downloadId: string,
  ports: { readonly downloadBook: Pick<DownloadShelf, "load">; readonly signed: SignedObjects },
  now: Date,
): Promise<string> {
  return await ports.signed.sign(await readyKey(downloadId, ports.downloadBook, now), SIGNED_SECONDS);
}

/** Throws what `downloadUrl` throws. */
export async function downloadBytes(
  downloadId: string,
  ports: { readonly downloadBook: Pick<DownloadShelf, "load">; readonly downloadFiles: FileReader },
  now: Date,
): Promise<Uint8Array> {
  return await ports.downloadFiles.getBytes(await readyKey(downloadId, ports.downloadBook, now));
}

async function readyKey(downloadId: string, book: Pick<DownloadShelf, "load">, now: Date): Promise<string> {
  const { download } = await loadDownload(downloadId, book);
  const state = stateOf(download, now);
  if (state === "ready" && download.fileKey !== undefined) return download.fileKey;
  const what = `download ${shown(downloadId)} is ${state}, wanted a ready one`;
  if (state === "queued" || state === "running")
    throw new Refusal("download-not-ready", what, "ask again when its state is ready");
  const code = state === "expired" ? "download-expired" : "download-ended";
  throw new Refusal(code, what, "ask for it again with: calferry download request");
}

async function loadDownload(downloadId: string, book: Pick<DownloadShelf, "load">): Promise<LoadedDownload> {
  const loaded = await book.load(downloadId);
  if (loaded !== undefined) return loaded;
  throw unknownDownload(downloadId);
}
