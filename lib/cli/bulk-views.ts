/** What people see of work on many things. */
import type { BulkItem } from "../contract/bulk.ts";
import { tableOf } from "./table.ts";

type Report = { readonly items: readonly BulkItem[]; readonly dryRun: boolean; readonly cursor?: string | undefined };

const COLUMNS = [{ head: "ID", width: 18 }, { head: "NAME", width: 22 }, { head: "OUTCOME" }, { head: "WHY", width: 26 }];
/** Of thousands nobody reads each line; all of them are in --json and in the file of --csv. */
const SHOWN = 20;

/** Failures first, then what was done; what was left is only counted where there is much. */
export function tellItems({ items, dryRun, cursor }: Report, none: string): string {
  const order: readonly BulkItem["outcome"][] = ["failed", "done", "would", "skipped"];
  const sorted = items.toSorted((one, other) => order.indexOf(one.outcome) - order.indexOf(other.outcome));
  const rows = sorted.slice(0, SHOWN).map(({ id, name, outcome, code, detail }) => [id, name, outcome, code ?? detail ?? ""]);
  const counts = [...Map.groupBy(sorted, ({ outcome }) => outcome)].map(([outcome, own]) => `${own.length} ${outcome}`);
  const lines = [
    tableOf(COLUMNS, rows, none),
    ...(items.length > SHOWN ? [`... and ${items.length - SHOWN} more`] : []),
    counts.join(", "),
    cursor === undefined ? "" : "cancelled: the same command again does the rest",
    dryRun ? "nothing was changed" : "",
  ];
  return lines.filter((line) => line !== "").join("\n");
}
