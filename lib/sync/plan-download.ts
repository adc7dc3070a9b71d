/** Plan a download: read its subject once, cut it, store what each part is made of, send the parts' tasks. */
import type { Download } from "../contract/download.ts";
import { documentOfIcs, documentOfSnapshot, icsOfCalendar } from "../core/download-document.ts";
import type { DownloadDocument } from "../core/download-document.ts";
import { excessOfCalendar, planDownload } from "../core/download-plan.ts";
import { downloadTask, feedVersionOf, frameKey, sourceKey } from "../core/downloads.ts";
import { tellEnd } from "./end-download.ts";
import type { Ended, LoadedDownload, MakeContext, MakePorts } from "./make-download.ts";

const SENT_AT_ONCE = 50;

/**
 * The planned download; `gone` where it was cancelled meanwhile, `duplicate` where its tasks were sent before. Parts are made of
 * what is stored here, so that whatever happens to the subject meanwhile, a part that is made twice has the same bytes.
 */
export async function planParts(
  loaded: LoadedDownload,
  ports: MakePorts,
  context: MakeContext,
): Promise<LoadedDownload | Ended | "gone" | "duplicate"> {
  const { download } = loaded;
  if (download.isSent === true) return "duplicate";
  if (download.parts !== undefined) return await sendParts(loaded, ports);
  const read = await readSubject(download, ports);
  if ("code" in read) return read;
  // It may have moved on since it was asked for: the file says what is in it.
  const { subjectVersion, document } = read;
  const planned = { ...download, subjectVersion };
  const plan = planDownload(planned, document, context.size);
  if ("code" in plan) return plan;
  const { downloadId } = download;
  for (const [index, source] of plan.sources.entries()) {
    await ports.downloadObjects.putSource(sourceKey(planned, index + 1), source);
  }
  await ports.downloadObjects.putFrame(frameKey(planned), plan.frame);
  const change = { state: "running", parts: plan.sources.length, subjectVersion } as const;
  // A plan that was sooner stands, also where one of its parts has failed since; a replay has it queued again.
  await ports.downloadBook.move(downloadId, ["queued"], change, ["code", "reason", "endedAt", "isUntold"]);
  // Planned by whom it may be, by a plan that was sooner or by this very write sent twice: its parts are sent.
  const found = await ports.downloadBook.load(downloadId);
  if (found?.download.state === "running") return await sendParts(found, ports);
  // Whoever ended it meanwhile may be gone, and with this task the last who would look.
  await tellEnd(found?.download, ports);
  return "gone";
}

async function sendParts(loaded: LoadedDownload, { downloads, downloadBook }: MakePorts): Promise<LoadedDownload> {
  const { downloadId, parts = 0 } = loaded.download;
  if (parts === 1) return loaded;
  const stored = new Set(loaded.parts.map(({ part }) => part));
  const missing = Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !stored.has(part));
  const tasks = missing.map((part) => downloadTask(loaded.download, part, `${downloadId}!${part}`, "requested"));
  for (let at = 0; at < tasks.length; at += SENT_AT_ONCE) await downloads.sendDownloads(tasks.slice(at, at + SENT_AT_ONCE), 0);
  // A replay has it running again since it was loaded.
  await downloadBook.move(downloadId, ["running", "failed"], { isSent: true });
  return loaded;
}

type Read = { readonly subjectVersion: string; readonly document: DownloadDocument };

const EMPTY: DownloadDocument = { head: [], timeZone: undefined, timezones: [], events: [] };

async function readSubject({ subject, format }: Download, { subjects }: MakePorts): Promise<Read | Ended> {
  const { kind, id } = subject;
  if (kind === "feed") {
    const published = await subjects.published(id);
    if (published === undefined)
      return { code: "feed-unknown", reason: `feed ${id} is not there any more, wanted the one that was asked for` };
    const document = documentOfIcs(await subjects.getFeed(published.objectKey));
    return { subjectVersion: feedVersionOf(published), document };
  }
  const loaded = await subjects.calendar(id);
  if (loaded === undefined || loaded.calendar.state === "removed") {
    return { code: "calendar-unknown", reason: `calendar ${id} is not there any more, wanted the one that was asked for` };
  }
  const { snapshotKey, calendarVersion } = loaded.checkpoint;
  const subjectVersion = String(calendarVersion);
  const snapshot = snapshotKey === undefined ? undefined : await subjects.getSnapshot(snapshotKey);
  const heavy = format === "ics" && snapshot !== undefined ? excessOfCalendar(snapshot.events) : undefined;
  if (heavy !== undefined) return heavy;
  if (format === "ics") return { subjectVersion, document: documentOfIcs(icsOfCalendar(loaded.calendar, snapshot)) };
  return { subjectVersion, document: snapshot === undefined ? EMPTY : documentOfSnapshot(snapshot) };
}
