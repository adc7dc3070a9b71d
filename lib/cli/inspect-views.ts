/** An inspection as lines for people. */
import type { Inspection } from "../core/inspect.ts";
import { recordOf, tableOf } from "./table.ts";

export type Inspected = { readonly path: string } & Omit<Inspection, "kind">;
export type InspectAnswer =
  | Inspected
  | { readonly path: string; readonly error: { readonly code: string; readonly message: string } };

/** People read a screen; programs have --json. */
const SKIPPED_SHOWN = 40;

export function tellInspection({ path, calendar, events, skipped, occurrences, total, capped }: Inspected): string {
  const facts = recordOf({
    source: path,
    name: calendar.name ?? "none given",
    zone: calendar.timeZone ?? "none given",
    events: String(events),
    skipped: String(skipped.length),
    occurrences: total === 0 ? undefined : `${occurrences.length} of ${capped ? "more than " : ""}${total}`,
  });
  return [facts, tellSkipped(skipped), tellOccurrences(occurrences)].filter((part) => part !== "").join("\n\n");
}

function tellSkipped(skipped: Inspected["skipped"]): string {
  const lines = skipped
    .slice(0, SKIPPED_SHOWN)
    .map(({ line, uid, code, reason }) => `line ${line}: ${code}${uid === undefined ? "" : `, UID ${uid}`}\n  ${reason}`);
  const more = skipped.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more; --json shows all`] : [])].join("\n").replaceAll(/[^\P{Cc}\n]/gu, " ");
}

function tellOccurrences(occurrences: Inspected["occurrences"]): string {
  if (occurrences.length === 0) return "";
  const columns = [{ head: "START" }, { head: "END" }, { head: "UID", width: 36 }];
  return tableOf(
    columns,
    occurrences.map(({ startUtc, endUtc, uid, allDay }) => [startUtc, allDay ? `${endUtc} (all day)` : endUtc, uid]),
    "",
  );
}
