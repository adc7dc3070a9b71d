/** Holds as lines for people. */
import type { HoldView } from "../contract/hold-view.ts";
import type { HoldDetails } from "../contract/hold-view.ts";
import { ago, recordOf, tableOf } from "./table.ts";

const COLUMNS = [
  { head: "HOLD" },
  { head: "NAME", width: 16 },
  { head: "GIVES", align: "right" as const },
  { head: "REMOVES", align: "right" as const },
  { head: "OPENED" },
];
const REMOVED_COLUMNS = [
  { head: "START", width: 26 },
  { head: "SUMMARY", width: 30 },
  { head: "UID", width: 20 },
];

export function tellHolds(views: readonly HoldView[], now: Date): string {
  const rows = views.map(({ holdId, name, eventCount, removedCount, openedAt }) => [
    holdId,
    name,
    String(eventCount),
    String(removedCount),
    ago(openedAt, now),
  ]);
  return tableOf(COLUMNS, rows, "no holds");
}

export function tellHold(details: HoldDetails): string {
  const { holdId, calendarId, name, presentCount, eventCount, removedCount, keptCount, removed } = details;
  const facts = recordOf({
    hold: holdId,
    calendar: `${calendarId} (${name})`,
    opened: details.openedAt,
    confirmed: `${details.confirmations} times${details.lastConfirmedAt === undefined ? "" : `, last ${details.lastConfirmedAt}`}`,
    applies: details.appliesAfter ?? "only by a person: this content was rejected before",
    events: `${presentCount} in the last good copy, ${eventCount} in what is held`,
    removes: `${removedCount} events`,
    keeps: keptCount === 0 ? undefined : `${keptCount} past events that the source no longer has`,
  });
  const rows = removed.map(({ start, summary, uid, recurrenceId }) => [
    start ?? "-",
    summary ?? "-",
    recurrenceId === undefined ? uid : `${uid} (${recurrenceId})`,
  ]);
  const more = removedCount > removed.length ? `\n... and ${removedCount - removed.length} more` : "";
  const next = `apply it: calferry hold approve ${holdId}\nrefuse it: calferry hold reject ${holdId}`;
  return `${facts}\n\n${tableOf(REMOVED_COLUMNS, rows, "no event would be removed")}${more}\n\n${next}`;
}
