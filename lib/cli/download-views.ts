/** Downloads and their repeats as people read them. */
import type { DownloadView } from "../contract/download.ts";
import type { RepeatView } from "../contract/repeat.ts";
import { ago, recordOf, tableOf } from "./table.ts";

const COLUMNS = [
  { head: "ID" },
  { head: "FILE", width: 32 },
  { head: "STATE" },
  { head: "DONE", align: "right" as const },
  { head: "ASKED" },
];
const REPEAT_COLUMNS = [{ head: "ID" }, { head: "OF" }, { head: "FORMAT" }, { head: "EVERY", width: 16 }, { head: "NEXT" }];

export function tellDownloads(views: readonly DownloadView[], now: Date): string {
  const rows = views.map(({ downloadId, fileName, state, percent, requestedAt }) => [
    downloadId,
    fileName,
    state,
    `${percent} %`,
    ago(requestedAt, now),
  ]);
  return tableOf(COLUMNS, rows, "no downloads in the last 30 days; ask for one with: calferry download request ID");
}

export function tellDownload(view: DownloadView & { readonly shared?: boolean }): string {
  const { subject, from, to, zone, parts, partsDone, percent, code, reason, next } = view;
  const progress = parts === undefined ? "not planned yet" : `${partsDone} of ${parts} parts, ${percent} %`;
  return recordOf({
    download: view.downloadId,
    state: `${view.state}${view.shared === true ? " (shared: it was asked for before)" : ""}`,
    [subject.kind]: subject.id,
    file: view.fileName,
    window: from === undefined || to === undefined ? undefined : `${from} to ${to}, ${zone}`,
    progress,
    rows: view.rows === undefined ? undefined : String(view.rows),
    bytes: view.bytes === undefined ? undefined : String(view.bytes),
    "kept until": view.expiresAt,
    failed: code === undefined ? undefined : `${code}: ${reason ?? ""}`,
    next,
  });
}

export function tellRepeats(views: readonly RepeatView[]): string {
  const rows = views.map(({ repeatId, subject, format, every, nextAt }) => [
    repeatId,
    subject.id,
    format,
    every.cron,
    nextAt?.replace(":00.000Z", "Z") ?? "never",
  ]);
  return tableOf(REPEAT_COLUMNS, rows, "no repeats");
}

export function tellRepeat({ repeatId, subject, format, days, every, nextAt }: RepeatView): string {
  return recordOf({
    repeat: repeatId,
    [subject.kind]: subject.id,
    format,
    window: days === undefined ? undefined : `${days} days from then on`,
    every: `${every.cron}, ${every.zone}`,
    next: nextAt,
  });
}
