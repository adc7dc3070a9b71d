/** A workbook of one sheet whose bytes depend on its rows alone. */
import writeExcelFile from "write-excel-file/node";
import type { Row } from "write-excel-file/node";

import type { SheetCell } from "../contract/download.ts";
import type { Sheet } from "../core/download-parts.ts";
import { written } from "./csv.ts";
import { withoutTimes } from "./zip-times.ts";

/** Excel's limit of a cell. */
const CELL_LENGTH = 32_767;
const SHEET_NAME_LENGTH = 31;
const DAY = "yyyy-mm-dd";
const TIME = "yyyy-mm-dd hh:mm";
/** Before it a workbook has no days; Excel takes 1900 for a leap year, so that its first two months are none either. */
const FIRST_DAY_MS = Date.UTC(1900, 2, 1);
/** Characters. */
const WIDTHS: Readonly<Record<string, number>> = {
  start: 17,
  end: 17,
  title: 32,
  location: 24,
  description: 40,
  url: 24,
  uid: 24,
};
const USUAL_WIDTH = 12;

export async function workbook({ name, columns, rows }: Sheet): Promise<Uint8Array> {
  const head: Row = columns.map((column) => ({ value: column, fontWeight: "bold" as const }));
  const book = writeExcelFile([head, ...Array.from(rows, (row) => row.map(cellOf))], {
    sheet: sheetName(name),
    dateFormat: TIME,
    stickyRowsCount: 1,
    columns: columns.map((column) => ({ width: WIDTHS[column] ?? USUAL_WIDTH })),
  });
  return withoutTimes(await book.toBuffer());
}

/** A text stays a text, whatever it begins with: only a cell of the type formula is one. */
function cellOf(cell: SheetCell): Row[number] {
  if (typeof cell === "string") return cell === "" ? null : printable(cell).slice(0, CELL_LENGTH);
  if (typeof cell === "boolean") return cell;
  if (cell.wallMs < FIRST_DAY_MS) return written(cell);
  return cell.isDay ? { value: new Date(cell.wallMs), type: Date, format: DAY } : new Date(cell.wallMs);
}

/** XML 1.0 2.2: no control character but TAB and line breaks. */
function printable(text: string): string {
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu, "");
}

/** Excel takes none of these, no apostrophe at either end, and 31 characters. */
function sheetName(name: string): string {
  const clean = name.toWellFormed().replaceAll(/[\p{C}[\]:*?/\\']/gu, " ");
  const cut = clean.slice(0, SHEET_NAME_LENGTH).toWellFormed();
  return cut.replace(/\u{fffd}$/u, "").trim() || "calendar";
}
