/** Join a download's parts to its file: as often as it is begun the same bytes, ended once. */
import { dispositionOf } from "../core/download-name.ts";
import { joinParts } from "../core/download-parts.ts";
import { excessOf } from "../core/download-plan.ts";
import type { TooLarge } from "../core/download-plan.ts";
import { fileKey, frameKey, keptUntilOf, partKey } from "../core/downloads.ts";
import { tellOwed } from "./end-download.ts";
import type { LoadedDownload, MakeContext, MakePorts } from "./make-download.ts";

const READ_AT_ONCE = 8;

/** `duplicate`: another worker was sooner, or it was cancelled. A replayed part may end one that had failed. */
export async function joinDownload(
  { download, parts }: LoadedDownload,
  ports: MakePorts,
  { now, writer }: MakeContext,
): Promise<"joined" | "duplicate" | TooLarge> {
  const { downloadId } = download;
  const sum = {
    rows: parts.reduce((total, { rows }) => total + rows, 0),
    bytes: parts.reduce((total, { bytes }) => total + bytes, 0),
  };
  const excess = excessOf(download, sum);
  if (excess !== undefined) return excess;
  const frame = await ports.downloadObjects.getFrame(frameKey(download));
  const file = await joinParts(download, frame, await readParts(downloadId, parts.length, ports), writer);
  const key = fileKey(download);
  await ports.downloadObjects.putFile(key, file, { format: download.format, disposition: dispositionOf(download) });
  const at = now();
  const ended = await ports.downloadBook.move(
    downloadId,
    ["running", "failed"],
    {
      state: "ready",
      fileKey: key,
      bytes: file.length,
      rows: sum.rows,
      endedAt: at.toISOString(),
      keptUntil: keptUntilOf(at),
      isUntold: true,
    },
    ["code", "reason"],
  );
  await tellOwed(downloadId, ports);
  return ended === undefined ? "duplicate" : "joined";
}

async function readParts(downloadId: string, count: number, { downloadObjects }: MakePorts): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  for (let from = 1; from <= count; from += READ_AT_ONCE) {
    const some = Array.from({ length: Math.min(READ_AT_ONCE, count - from + 1) }, (_, index) =>
      partKey(downloadId, from + index),
    );
    read.push(...(await Promise.all(some.map(async (key) => await downloadObjects.getPart(key)))));
  }
  return read;
}
