/** The end of a download as a message for the topic that apps hear. */
import type { Download } from "../contract/download.ts";
import type { DownloadFailed, DownloadFinished } from "../contract/life.ts";

/** Undefined where it has not ended, or where it was cancelled: whoever did knows. */
export function downloadEnded(download: Download): DownloadFinished | DownloadFailed | undefined {
  const { downloadId, ownerId, subject, state, endedAt: at, bytes = 0, rows = 0, keptUntil, code } = download;
  if (at === undefined) return undefined;
  const of = subject.kind === "calendar" ? { calendarId: subject.id } : { feedId: subject.id };
  const life = { version: 1, at, ownerId, downloadId, ...of } as const;
  if (state === "ready") {
    return {
      ...life,
      kind: "download.finished",
      bytes,
      eventCount: rows,
      ...(keptUntil === undefined ? {} : { expiresAt: keptUntil }),
    };
  }
  return state === "failed" ? { ...life, kind: "download.failed", code: code ?? "worker-crashed" } : undefined;
}
