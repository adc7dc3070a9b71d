/** How a download fails, and how its end is told: kept in the record until it is published, so that a crash between the two tells it later. */
import type { Download } from "../contract/download.ts";
import { downloadEnded } from "../core/download-life.ts";
import type { ChangeTopic } from "./finish-commit.ts";
import type { DownloadBook } from "./make-download.ts";

export type EndPorts = { readonly downloadBook: DownloadBook; readonly changes: ChangeTopic };

/** Where it ended before, only what its end owes is told. */
export async function endDownload(
  downloadId: string,
  { code, reason }: { readonly code: string; readonly reason: string },
  ports: EndPorts,
  now: Date,
): Promise<void> {
  const endedAt = now.toISOString();
  const change = { state: "failed", code, reason, endedAt, isUntold: true } as const;
  await ports.downloadBook.move(downloadId, ["queued", "running"], change);
  await tellOwed(downloadId, ports);
}

/** Our own end, or another's: whoever wrote it may be gone, and with this task the last who would look. */
export async function tellOwed(downloadId: string, ports: EndPorts): Promise<void> {
  const loaded = await ports.downloadBook.load(downloadId);
  await tellEnd(loaded?.download, ports);
}

/** The end that it owes, at least once; nothing where it owes none. */
export async function tellEnd(download: Download | undefined, { downloadBook, changes }: EndPorts): Promise<void> {
  if (download?.isUntold !== true) return;
  const message = downloadEnded(download);
  if (message !== undefined) await changes.publish(message);
  await downloadBook.move(download.downloadId, [download.state], {}, ["isUntold"]);
}
