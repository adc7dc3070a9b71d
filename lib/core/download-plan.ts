/** A download cut into parts: what stands around them, and what each is made of. */
import type { Download, DownloadFrame, DownloadSource } from "../contract/download.ts";
import { foldLine } from "../ics/fold.ts";
import type { DownloadDocument } from "./download-document.ts";
import { groupEvents, meets, runsOf, sliceWindow } from "./download-slices.ts";

/** How large a part is meant to be. */
export type PartSize = { readonly rows: number; readonly characters: number };
const PART_SIZE: PartSize = { rows: 10_000, characters: 4_000_000 };

export type TooLarge = { readonly code: "download-too-large"; readonly reason: string };
export type DownloadPlan = { readonly frame: DownloadFrame; readonly sources: readonly DownloadSource[] };

/** A worker of 1024 MiB reads a whole document, and joins a whole file. */
const DOCUMENT_CHARACTERS = 48_000_000;
/** An ICS of a calendar is built as a feed's is: as trees, all of them at once. */
const BUILT_CHARACTERS = 24_000_000;
const MOST_PARTS = 400;
/** A workbook is held as a whole while it is written, everything else as bytes. */
const MOST_ROWS = { ics: 400_000, json: 400_000, csv: 400_000, xlsx: 100_000 } as const;
const MOST_BYTES = { ics: 100_000_000, json: 100_000_000, csv: 100_000_000, xlsx: 64_000_000 } as const;

export function planDownload(download: Download, document: DownloadDocument, size = PART_SIZE): DownloadPlan | TooLarge {
  const heavy = excessOfText(document.events, DOCUMENT_CHARACTERS);
  if (heavy !== undefined) return heavy;
  const floating = document.timeZone ?? download.zone;
  const sources = download.format === "ics" ? icsSources(download, document, size) : rowSources(download, document, size);
  if (sources.length > MOST_PARTS) return tooLarge(`it has ${sources.length} parts`, MOST_PARTS);
  return {
    frame: frameOf(download, document),
    sources: sources.map(({ from, to, timezones, events }) => ({
      version: 1,
      from,
      to,
      floating,
      timezones,
      events: [...events],
    })),
  };
}

/** For a calendar that an ICS is to be made of; undefined where it fits. */
export function excessOfCalendar(events: readonly { readonly text: string }[]): TooLarge | undefined {
  return excessOfText(events, BUILT_CHARACTERS);
}

function excessOfText(events: readonly { readonly text: string }[], most: number): TooLarge | undefined {
  const characters = events.reduce((sum, { text }) => sum + text.length, 0);
  return characters > most ? tooLarge(`the events have ${characters} characters`, most) : undefined;
}

/** What came out of the parts against what one file may be; undefined where it fits. */
export function excessOf(
  { format }: Pick<Download, "format">,
  sum: { readonly rows: number; readonly bytes: number },
): TooLarge | undefined {
  if (sum.rows > MOST_ROWS[format]) return tooLarge(`it has ${sum.rows} rows`, MOST_ROWS[format]);
  return sum.bytes > MOST_BYTES[format] ? tooLarge(`its rows have ${sum.bytes} bytes`, MOST_BYTES[format]) : undefined;
}

type Source = Pick<DownloadSource, "from" | "to" | "timezones"> & { readonly events: DownloadDocument["events"] };

/** Whole groups, each where its UID stands; a window leaves out what cannot happen in it. */
function icsSources(download: Download, { events }: DownloadDocument, { characters }: PartSize): Source[] {
  const { from, to } = download;
  const window = from === undefined || to === undefined ? undefined : { fromMs: Date.parse(from), toMs: Date.parse(to) };
  const kept = window === undefined ? events : groupEvents(events).flatMap((group) => (meets(group, window) ? group.events : []));
  return runsOf(kept, characters).map((run) => ({ timezones: [], events: run }));
}

function rowSources({ from = "", to = "" }: Download, document: DownloadDocument, { rows }: PartSize): Source[] {
  const window = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  const groups = groupEvents(document.events).filter((group) => meets(group, window));
  return sliceWindow(groups, window, rows).map((slice) => ({
    from: new Date(slice.fromMs).toISOString(),
    to: new Date(slice.toMs).toISOString(),
    timezones: [...document.timezones],
    events: groups.flatMap((group) => (meets(group, slice) ? group.events : [])),
  }));
}

function frameOf(download: Download, document: DownloadDocument): DownloadFrame {
  switch (download.format) {
    case "ics": {
      const lines = [...document.head, ...document.timezones.flatMap(({ text }) => text.split("\n"))];
      return { version: 1, head: icsText(lines), between: "", tail: "END:VCALENDAR\r\n" };
    }
    case "json": {
      const { subject, subjectVersion, name, zone, from, to, columns } = download;
      const head = JSON.stringify({ version: 1, subject, subjectVersion, name, zone, from, to, columns }).slice(0, -1);
      return { version: 1, head: `${head},"occurrences":[\n`, between: ",\n", tail: "\n]}\n" };
    }
    case "csv":
      return { version: 1, head: "", between: "", tail: "" };
    case "xlsx":
      return { version: 1, head: "", between: "\n", tail: "" };
  }
}

/** Folded, CRLF after each line. */
export function icsText(lines: readonly string[]): string {
  return lines.map((line) => `${foldLine(line)}\r\n`).join("");
}

export function tooLarge(seen: string, most: number): TooLarge {
  return { code: "download-too-large", reason: `${seen}, wanted at most ${most}` };
}
