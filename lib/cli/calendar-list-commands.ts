/** `calferry calendar import`: many calendars by a CSV list. */
import type { Command } from "commander";
import { CsvError, parse } from "csv-parse/sync";

import { readInput } from "../api/read-input.ts";
import { CalendarDraft } from "../contract/calendar.ts";
import { brokenList, draftOfRow, requireHead } from "../core/calendar-list.ts";
import { Refusal } from "../core/failure.ts";
import { importList } from "../sync/import-list.ts";
import type { ListedRow, RowEnd } from "../sync/import-list.ts";
import { answer } from "./answer.ts";
import { beginLongRun } from "./long-run.ts";
import { readText } from "./read-text.ts";
import type { Connection, Terminal } from "./terminal.ts";

type Options = { readonly owner?: string; readonly dryRun?: boolean };
type Report = { readonly dryRun: boolean; readonly rows: readonly RowEnd[]; readonly left: number };
type CsvRow = { readonly record: readonly string[]; readonly line: number };

/** As when Ctrl-C ends a process. */
const CANCELLED = 130;

export function addCalendarListCommands(calendar: Command, terminal: Terminal): void {
  calendar
    .command("import", { hidden: true })
    .argument("<file>", "CSV with a head; - is standard input")
    .description(
      "register the calendars of a list; those that are there already are left\n\ncolumns: url, name, owner, interval, externalId, tags, metadata.NAME",
    )
    .option("--owner <name>", "whose, where a row does not say")
    .option("--dry-run", "check every row and make nothing")
    .addHelpText("after", "\nExample:\n  calferry calendar import teams.csv --dry-run")
    .action(async (file: string, options: Options, command: Command) => {
      const rows = readRows(await readText(file, terminal), options.owner);
      await answer(terminal, command, async (connection) => await importAll(rows, options, terminal, connection), tellReport);
    });
}

/** Ctrl-C ends it between two rows, and the same list again does the rest. */
async function importAll(
  rows: readonly ListedRow[],
  { dryRun = false }: Options,
  terminal: Terminal,
  connection: Connection,
): Promise<Report> {
  const course = beginLongRun(terminal, rows.length, undefined, "rows");
  const ends: RowEnd[] = [];
  for await (const end of importList(rows, { dryRun }, connection, connection)) {
    ends.push(end);
    await course.passed(1);
    if (course.isCancelled()) break;
  }
  course.end();
  const left = rows.length - ends.length;
  if (left > 0) terminal.endWith(CANCELLED);
  else if (ends.some(({ outcome }) => outcome === "failed")) terminal.endWith(1);
  return { dryRun, rows: ends, left };
}

/** Throws `list-invalid` where the file as a whole cannot be read. */
function readRows(text: string, owner: string | undefined): readonly ListedRow[] {
  const [first, ...rest] = parsed(text);
  if (first === undefined) throw brokenList(1, "nothing", "a head of columns");
  const head = first.record.map((name) => name.trim());
  requireHead(head);
  return rest.map(({ record, line }) => rowOf(head, record, line, owner));
}

function rowOf(head: readonly string[], cells: readonly string[], line: number, owner: string | undefined): ListedRow {
  try {
    if (cells.length > head.length)
      throw brokenList(line, `${cells.length} cells`, `at most ${head.length}, as the head has columns`);
    return { line, draft: readInput(CalendarDraft, draftOfRow(head, cells, owner), "arguments") };
  } catch (error) {
    if (error instanceof Refusal) return { line, refusal: error };
    throw error;
  }
}

function parsed(text: string): readonly CsvRow[] {
  try {
    const rows: CsvRow[] = [];
    parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (record: readonly string[], { lines: line }) => {
        rows.push({ record, line });
        return null;
      },
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Never the library's own words: they hold the cell.
    throw brokenList(
      Number(error["lines"] ?? 0),
      `what is no CSV (${error.code})`,
      "cells by commas, quoted where they hold one",
    );
  }
}

function tellReport({ dryRun, rows, left }: Report): string {
  const counts = [...Map.groupBy(rows, ({ outcome }) => outcome)].map(([outcome, own]) => `${own.length} ${outcome}`);
  const bad = rows.filter(({ outcome }) => outcome === "failed");
  const lines = [
    ...bad.map(({ line, code = "", detail = "" }) => `line ${line}: ${code}: ${detail}`.replaceAll(/\p{Cc}+/gu, " ")),
    counts.length === 0 ? "no row below the head" : counts.join(", "),
    left === 0 ? "" : `cancelled: ${left} rows are left; the same list again does them`,
    dryRun ? "nothing was changed" : "",
  ];
  return lines.filter((line) => line !== "").join("\n");
}
