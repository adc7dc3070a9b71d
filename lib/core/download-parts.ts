/** Parts of a download as text, and the file that they are joined to. */
import { SheetCell } from "../contract/download.ts";
import type { Download, DownloadFrame, DownloadSource } from "../contract/download.ts";
import { icsText } from "./download-plan.ts";
import type { TooLarge } from "./download-plan.ts";
import { cellsOf, jsonOf, rowsOf } from "./download-rows.ts";

/** What writes sheets: libraries know how. */
export type SheetWriter = {
  /** The line with the columns' names, a byte order mark before it. */
  readonly csvHead: (columns: readonly string[]) => string;
  /** Lines, CRLF after each. */
  readonly csvRows: (rows: readonly (readonly SheetCell[])[]) => string;
  /** A workbook of one sheet; the same rows give the same bytes. */
  readonly workbook: (sheet: Sheet) => Promise<Uint8Array>;
};
export type Sheet = {
  readonly name: string;
  readonly columns: readonly string[];
  /** Read once, so that they need not be held twice. */
  readonly rows: Iterable<readonly SheetCell[]>;
};

export type MadePart = { readonly text: string; readonly rows: number };

const SheetRow = SheetCell.array();
const encoder = new TextEncoder();

/** Rows of a workbook are kept as JSON until all of them are there. */
export function makePart(download: Download, source: DownloadSource, writer: SheetWriter): MadePart | TooLarge {
  const { format, columns, zone } = download;
  if (format === "ics") {
    return { text: source.events.map(({ text }) => icsText(text.split("\n"))).join(""), rows: source.events.length };
  }
  const rows = rowsOf(source, zone);
  if ("code" in rows) return rows;
  switch (format) {
    case "json":
      return { text: rows.map((row) => jsonOf(row, columns)).join(",\n"), rows: rows.length };
    case "csv":
      return { text: writer.csvRows(rows.map((row) => cellsOf(row, columns))), rows: rows.length };
    case "xlsx":
      return { text: rows.map((row) => JSON.stringify(cellsOf(row, columns))).join("\n"), rows: rows.length };
  }
}

/** The file. A part without rows leaves no separator behind it. */
export async function joinParts(
  { format, columns, name }: Download,
  frame: DownloadFrame,
  parts: readonly Uint8Array[],
  writer: SheetWriter,
): Promise<Uint8Array> {
  const filled = parts.filter(({ length }) => length > 0);
  if (format === "xlsx") return await writer.workbook({ name, columns, rows: readRows(filled) });
  const head = format === "csv" ? writer.csvHead(columns) : frame.head;
  const between = encoder.encode(frame.between);
  const pieces = filled.flatMap((part, index) => (index === 0 ? [part] : [between, part]));
  return concatenated([encoder.encode(head), ...pieces, encoder.encode(frame.tail)]);
}

function* readRows(parts: readonly Uint8Array[]): Generator<readonly SheetCell[]> {
  for (const part of parts) {
    for (const line of new TextDecoder().decode(part).split("\n")) yield SheetRow.parse(JSON.parse(line));
  }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
