/** Downloads at rest: each has an end that was told, and its file has just what its subject held. */
import type { Download } from "../../lib/contract/download.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { fileKey } from "../../lib/core/downloads.ts";
import type { Simulation } from "./simulation.ts";

export function checkDownloads(simulation: Simulation): void {
  for (const download of simulation.desk.downloadBook.records.values()) {
    const { downloadId, state, isUntold } = download;
    if (state === "queued" || state === "running") simulation.violate(`download ${downloadId} is ${state} for ever`);
    if (isUntold === true) simulation.violate(`download ${downloadId} ended and told nobody`);
    if (state === "ready") checkFile(simulation, download);
  }
}

function checkFile(simulation: Simulation, download: Download): void {
  const { downloadId, format, from = "", to = "9", columns } = download;
  // A narrower window leaves events out.
  if (from > "2040-01-02" || to < "2041" || format === "xlsx") return;
  checkWhole(simulation, download);
  if (format !== "ics" && !columns.includes("title")) return;
  const [seen, wanted] = [titlesInFile(simulation, download), titlesInSubject(simulation, download)];
  if (wanted !== undefined && seen !== wanted)
    simulation.violate(`download ${downloadId} has ${seen}, its subject had ${wanted}`);
}

/** An ICS is one whole calendar; a sheet names events as their source does. */
function checkWhole(simulation: Simulation, download: Download): void {
  const { downloadId, format, subject, subjectVersion, columns } = download;
  const text = Buffer.from(simulation.desk.downloadObjects.stored.get(fileKey(download)) ?? "").toString();
  const isWhole = /^BEGIN:VCALENDAR\r\n[\s\S]*PRODID:[\s\S]*END:VCALENDAR\r\n$/u.test(text);
  if (format === "ics" && !isWhole) simulation.violate(`download ${downloadId} is no calendar`);
  const key = simulation.snapshots.get(`${subject.id} ${subjectVersion}`) ?? "";
  if (format !== "csv" || !columns.includes("uid") || !simulation.world.objects.stored.has(key)) return;
  const { events }: Snapshot = JSON.parse(simulation.world.objects.text(key));
  const missing = events.filter(({ sourceUid }) => !text.includes(sourceUid));
  if (missing.length > 0) simulation.violate(`download ${downloadId} does not name ${missing[0]?.sourceUid}`);
}

function titlesInFile(simulation: Simulation, download: Download): string {
  return titlesIn(Buffer.from(simulation.desk.downloadObjects.stored.get(fileKey(download)) ?? "").toString());
}

/** Undefined where nobody keeps that version any more. */
function titlesInSubject(simulation: Simulation, { subject, subjectVersion }: Download): string | undefined {
  const { objects, feeds } = simulation.world;
  if (subject.kind === "feed") {
    const { objectKey, etag } = feeds.builds.get(subject.id) ?? {};
    const isSame = objectKey !== undefined && etag?.replaceAll('"', "") === subjectVersion;
    return isSame ? titlesIn(objects.text(objectKey)) : undefined;
  }
  if (subjectVersion === "0") return "";
  const key = simulation.snapshots.get(`${subject.id} ${subjectVersion}`);
  if (key === undefined || !objects.stored.has(key)) return undefined;
  const { events }: Snapshot = JSON.parse(objects.text(key));
  return titlesIn(events.map(({ text }) => text).join("\n"));
}

/** Titles of these worlds' events, as any format has them. */
function titlesIn(text: string): string {
  return [...text.matchAll(/(?:Title|Drill) \d+(?: \d+)?/gu)]
    .map(([title]) => title)
    .toSorted()
    .join(", ");
}
