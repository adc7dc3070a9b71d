/** Tables for people: no rulers, columns by their contents, wide characters counted as two. */
import Table from "cli-table3";

/** `width` cuts a column, so that a row fits 80 columns. */
export type Column = { readonly head: string; readonly width?: number; readonly align?: "left" | "right" };

const NO_RULERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** `none` is printed where there are no rows. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const table = new Table({
    head: columns.map(({ head }) => head),
    colWidths: columns.map(({ width }) => width ?? null),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: NO_RULERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  for (const row of rows) table.push(row.map(oneLine));
  return trimmed(table.toString());
}

/** One thing as name and value a line; what is undefined is left out. */
export function recordOf(facts: Readonly<Record<string, string | undefined>>): string {
  const shown = Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`).join("\n");
}

/** `3 min ago`: short enough for a column. */
export function ago(at: string | undefined, now: Date): string {
  if (at === undefined) return "never";
  const minutes = Math.round((now.getTime() - Date.parse(at)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 1440)} d ago`;
}

/** A name from outside must not move the cursor or forge a row. */
function oneLine(value: string): string {
  return value.replaceAll(/\p{Cc}+/gu, " ");
}

function trimmed(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
