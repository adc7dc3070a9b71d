/** Make a download: plan its parts, make the one that the task names, and join them when the last is stored. */
import type { Download, DownloadFrame, DownloadPart, DownloadSource, DownloadState } from "../contract/download.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { DownloadTask } from "../contract/task.ts";
import type { SheetWriter } from "../core/download-parts.ts";
import { makePart } from "../core/download-parts.ts";
import type { PartSize, TooLarge } from "../core/download-plan.ts";
import { partKey, sourceKey } from "../core/downloads.ts";
import { letterIdOf } from "../core/letters.ts";
import type { Done } from "../core/runs.ts";
import { endDownload, tellEnd } from "./end-download.ts";
import type { ChangeTopic } from "./finish-commit.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { joinDownload } from "./join-download.ts";
import { planParts } from "./plan-download.ts";
import type { LetterBook } from "./record-letter.ts";
import type { DownloadQueue } from "./replay-letter.ts";
import { resolveLetter } from "./resolve-letters.ts";

export type LoadedDownload = { readonly download: Download; readonly parts: readonly DownloadPart[] };
export interface DownloadBook {
  /** The record and its stored parts in one consistent query. */
  load(downloadId: string): Promise<LoadedDownload | undefined>;
  /** Sets and removes fields where the state is one of `from`; the record after it, undefined where it is another. */
  move(
    downloadId: string,
    from: readonly DownloadState[],
    set: Partial<Download>,
    remove?: readonly (keyof Download)[],
  ): Promise<Download | undefined>;
  putPart(downloadId: string, part: DownloadPart): Promise<void>;
}
export interface DownloadObjects {
  putSource(key: string, source: DownloadSource): Promise<void>;
  getSource(key: string): Promise<DownloadSource>;
  putFrame(key: string, frame: DownloadFrame): Promise<void>;
  getFrame(key: string): Promise<DownloadFrame>;
  /** Gives the size of the bytes; what is stored may be smaller. */
  putPart(key: string, text: string): Promise<number>;
  getPart(key: string): Promise<Uint8Array>;
  /** `disposition` is the header by which browsers name the file. */
  putFile(
    key: string,
    bytes: Uint8Array,
    kind: { readonly format: Download["format"]; readonly disposition: string },
  ): Promise<void>;
}
export type Published = { readonly objectKey: string; readonly etag: string };
export interface SubjectReader {
  calendar(calendarId: string): Promise<LoadedCalendar | undefined>;
  /** What subscribers of the feed see; undefined where the feed is missing or was never built. */
  published(feedId: string): Promise<Published | undefined>;
  getSnapshot(key: string): Promise<Snapshot>;
  getFeed(key: string): Promise<string>;
}
export type MakePorts = {
  readonly downloadBook: DownloadBook;
  readonly downloadObjects: DownloadObjects;
  readonly subjects: SubjectReader;
  readonly downloads: DownloadQueue;
  readonly letters: LetterBook;
  readonly changes: ChangeTopic;
};
export type MakeContext = {
  readonly now: () => Date;
  readonly writer: SheetWriter;
  /** @default what a worker of the stack is good for */
  readonly size?: PartSize;
};

/** Failures that a further attempt meets again: the parts that are left are not worth their work. */
const FINAL = new Set(["download-too-large", "calendar-unknown", "feed-unknown"]);

export async function makeDownload(task: DownloadTask, ports: MakePorts, context: MakeContext): Promise<Done> {
  const began = context.now().toISOString();
  const end = await work(task, ports, context);
  // Whatever became of the download: this task has nothing left to do, so that its letter has neither.
  await resolveLetter(letterIdOf(task, task.taskId), task.taskId, ports.letters, { at: context.now().toISOString(), began });
  return end;
}

async function work(task: DownloadTask, ports: MakePorts, context: MakeContext): Promise<Done> {
  const loaded = await ports.downloadBook.load(task.downloadId);
  if (loaded === undefined) return { kind: "done", status: "gone" };
  const { download } = loaded;
  await tellEnd(download, ports);
  if (download.state === "cancelled" || FINAL.has(download.code ?? "")) return { kind: "done", status: "gone" };
  if (download.state === "ready") return { kind: "done", status: "duplicate" };
  if (download.state === "failed" && task.replayOf !== undefined) await reopen(download, ports);
  return task.part === 0 ? await makePlan(loaded, ports, context) : await makeOne(task.part, loaded, ports, context);
}

/** People see it go on again. */
async function reopen({ downloadId, parts }: Download, { downloadBook }: MakePorts): Promise<void> {
  const state = parts === undefined ? "queued" : "running";
  await downloadBook.move(downloadId, ["failed"], { state }, ["code", "reason", "endedAt", "isUntold"]);
}

async function makePlan(loaded: LoadedDownload, ports: MakePorts, context: MakeContext): Promise<Done> {
  const planned = await planParts(loaded, ports, context);
  if (typeof planned === "string") return { kind: "done", status: planned };
  if ("code" in planned) return await giveUp(loaded.download, planned, ports, context);
  // One part needs no message of its own.
  return planned.download.parts === 1 ? await makeOne(1, planned, ports, context) : { kind: "done", status: "planned" };
}

async function makeOne(part: number, loaded: LoadedDownload, ports: MakePorts, context: MakeContext): Promise<Done> {
  const { download } = loaded;
  const { downloadId, parts = 0 } = download;
  if (part > parts) return { kind: "done", status: "gone" };
  if (!loaded.parts.some((stored) => stored.part === part)) {
    const made = makePart(download, await ports.downloadObjects.getSource(sourceKey(download, part)), context.writer);
    if ("code" in made) return await giveUp(download, made, ports, context);
    const bytes = await ports.downloadObjects.putPart(partKey(downloadId, part), made.text);
    await ports.downloadBook.putPart(downloadId, { version: 1, part, bytes, rows: made.rows });
  }
  const after = await ports.downloadBook.load(downloadId);
  if (after === undefined || after.parts.length < parts) return { kind: "done", status: "made" };
  const joined = await joinDownload(after, ports, context);
  return typeof joined === "string" ? { kind: "done", status: joined } : await giveUp(download, joined, ports, context);
}

/** Told to whoever asked; no letter, for nobody else can do anything about it. */
async function giveUp(download: Download, why: TooLarge | Ended, ports: MakePorts, { now }: MakeContext): Promise<Done> {
  await endDownload(download.downloadId, why, ports, now());
  return { kind: "done", status: "failed" };
}

/** Why a download can never be made. */
export type Ended = { readonly code: string; readonly reason: string };
