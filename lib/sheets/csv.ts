/** CSV as spreadsheets read it: UTF-8 with a byte order mark, CRLF (RFC 4180), no cell that they would run as a formula. */
import { stringify } from "csv-stringify/sync";

import type { SheetCell } from "../contract/download.ts";

/** Without it Excel takes UTF-8 for the machine's own code page. */
const BYTE_ORDER_MARK = "\u{feff}";

export function csvHead(columns: readonly string[]): string {
  return BYTE_ORDER_MARK + lines([columns]);
}

export function csvRows(rows: readonly (readonly SheetCell[])[]): string {
  return lines(rows.map((row) => row.map(written)));
}

/** What begins with = + - @ TAB or CR gets an apostrophe before it, and line breaks within a cell are LF. */
function lines(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    // Without a match only the whole delimiter is quoted, and LF within a cell would be a line of its own.
    { record_delimiter: "windows", escape_formulas: true, quoted_match: /[\r\n]/u },
  );
}

/** `2026-05-06`, `2026-05-06 09:00` or, where there are seconds, `2026-05-06 09:00:30`. */
export function written(cell: SheetCell): string {
  if (typeof cell === "string") return cell.replaceAll(/\r\n?/gu, (mark, at: number) => (at === 0 ? mark : "\n"));
  if (typeof cell === "boolean") return cell ? "TRUE" : "FALSE";
  const time = new Date(cell.wallMs).toISOString().slice(0, "2026-05-06T09:00:00".length).replace("T", " ");
  if (cell.isDay) return time.slice(0, "2026-05-06".length);
  return time.endsWith(":00") ? time.slice(0, "2026-05-06 09:00".length) : time;
}
