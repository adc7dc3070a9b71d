/** Events as lines for people. */
import type { EventPage, EventView } from "../contract/event-view.ts";
import type { EditedPush } from "../sync/edit-push.ts";
import { recordOf, tableOf } from "./table.ts";

const OCCURRENCES = [{ head: "START" }, { head: "END" }, { head: "SUMMARY", width: 24 }, { head: "UID", width: 24 }];
const EVENTS = [{ head: "UID", width: 28 }, { head: "START" }, { head: "RULE", width: 16 }, { head: "SUMMARY", width: 16 }];

export function tellPage(page: EventPage): string {
  const more = page.cursor === undefined ? [] : ["there are more: ask for a smaller window or a higher --limit"];
  if (page.kind === "events") {
    const rows = page.items.map(({ uid, start, rrule = "", summary = "" }) => [uid, start, rrule, summary]);
    return [tableOf(EVENTS, rows, "no events"), ...more].join("\n");
  }
  const rows = page.items.map(({ start, end, startDate, endDate, summary = "", uid }) => [
    startDate ?? start,
    endDate ?? end,
    summary,
    uid,
  ]);
  const partial = page.isPartial ? ["the window costs too much to expand, so that some are missing: ask for a smaller one"] : [];
  return [tableOf(OCCURRENCES, rows, `nothing from ${page.from} to ${page.to}`), ...more, ...partial].join("\n");
}

export function tellEvent(view: EventView): string {
  return recordOf({
    uid: view.uid,
    summary: view.summary,
    start: view.zone === undefined ? view.start : `${view.start} ${view.zone}`,
    end: view.endZone === undefined ? (view.end ?? view.duration) : `${view.end ?? ""} ${view.endZone}`,
    rule: view.rrule,
    location: view.location,
    status: view.status,
    categories: view.categories?.join(", "),
    overrides: view.overrides?.map(({ recurrenceId, start }) => `${recurrenceId} -> ${start}`).join(", "),
    others: view.others === undefined ? undefined : `${view.others.join(", ")} (see --ics)`,
    sequence: String(view.sequence),
    etag: view.etag,
  });
}

export function tellEdited({ counts, outcomes }: EditedPush): string {
  const lines = outcomes.length > 1 ? [] : outcomes.map(({ uid, outcome, etag = "" }) => `${outcome} ${uid} ${etag}`.trimEnd());
  const { created, updated, deleted, calendarVersion } = counts;
  return [...lines, `${created} created, ${updated} updated, ${deleted} deleted; version ${calendarVersion}`].join("\n");
}
