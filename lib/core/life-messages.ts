/** What happened, as messages for the topic that apps hear; ids and counts, never a URL or a secret. */
import type { Calendar } from "../contract/calendar.ts";
import type { ChangeSet, EventChange } from "../contract/change.ts";
import type { ImportFinished } from "../contract/life.ts";

/** Whose it is. */
type OfCalendar = Pick<Calendar, "calendarId" | "ownerId">;

/** @param parts messages that hold the changes */
export function importFinished(set: ChangeSet, parts: number, calendar: OfCalendar): ImportFinished {
  const count = (kind: EventChange["kind"]): number => set.changes.filter((change) => change.kind === kind).length;
  return {
    version: 1,
    kind: "import.finished",
    at: set.at,
    ...subjectOf(calendar),
    status: "imported",
    calendarVersion: set.calendarVersion,
    previousVersion: set.previousVersion,
    parts,
    created: count("created"),
    updated: count("updated"),
    deleted: count("deleted"),
  };
}

function subjectOf({ calendarId, ownerId }: OfCalendar): OfCalendar {
  return { calendarId, ownerId };
}
