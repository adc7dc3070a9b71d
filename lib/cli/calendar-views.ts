/** Calendars as lines for people. */
import type { Run } from "../contract/run.ts";
import type { CalendarView } from "../contract/calendar-view.ts";
import { ago, recordOf, tableOf } from "./table.ts";

const COLUMNS = [
  { head: "ID" },
  { head: "NAME", width: 20 },
  { head: "EVERY", align: "right" as const },
  { head: "EVENTS", align: "right" as const },
  { head: "STATE", width: 13 },
  { head: "LAST SUCCESS" },
];

export function tellCalendars(views: readonly CalendarView[], now: Date): string {
  const rows = views.map((view) => [
    view.calendarId,
    view.name,
    view.source.kind === "push" ? "push" : view.schedule?.kind === "cron" ? "cron" : `${view.intervalMinutes} m`,
    String(view.eventCount),
    stateOf(view),
    ago(view.lastSuccessAt, now),
  ]);
  return tableOf(COLUMNS, rows, "no calendars yet; add one with: calferry calendar add URL");
}

export function tellCalendar(view: CalendarView): string {
  const { source, outcome, hold } = view;
  return recordOf({
    calendar: view.calendarId,
    name: view.name,
    "external id": view.externalId,
    metadata:
      view.metadata === undefined
        ? undefined
        : Object.entries(view.metadata)
            .map(([key, value]) => `${key}=${value}`)
            .join(" "),
    owner: view.ownerId === "default" ? undefined : view.ownerId,
    source: source.kind === "url" ? urlOf(source) : "push (written by an app)",
    every: source.kind === "url" ? `${everyOf(view)}, next at ${view.nextTurnAt ?? "no turn"}` : undefined,
    "business days": daysOf(view),
    state: outcome?.code === undefined ? stateOf(view) : `${stateOf(view)}: ${outcome.code}`,
    reason: outcome?.reason,
    hold:
      hold === undefined
        ? undefined
        : `${hold.holdId}: would remove ${hold.removedCount} events, since ${hold.openedAt}; see: calferry hold show ${hold.holdId}`,
    events: `${view.eventCount} in version ${view.calendarVersion}, ${view.skippedCount} skipped`,
    "last success": view.lastSuccessAt ?? "never",
    stale: view.staleCode === undefined ? undefined : `its feeds say so: ${view.staleCode}`,
    created: view.createdAt,
  });
}

export function tellRun(run: Run): string {
  return recordOf({
    calendar: run.calendarId,
    run: run.runId,
    status: run.code === undefined ? run.status : `${run.status}: ${run.code}`,
    detail: run.detail,
    version: run.calendarVersion?.toString(),
    changes:
      run.created === undefined ? undefined : `${run.created} created, ${run.updated ?? 0} updated, ${run.deleted ?? 0} deleted`,
    skipped: run.skipped?.toString(),
    ended: run.endedAt,
  });
}

/** The state an owner should hear of: paused and suspended come before the last outcome. */
export function stateOf({ state, outcome }: Pick<CalendarView, "state" | "outcome">): string {
  return state === "active" ? (outcome?.status ?? "new") : state;
}

function urlOf({ url, auth }: Extract<CalendarView["source"], { kind: "url" }>): string {
  const how = auth === "basic" ? "user and password" : "a header";
  return auth === undefined ? url : `${url} (asked with ${how})`;
}

function everyOf({ schedule, intervalMinutes }: CalendarView): string {
  return schedule?.kind === "cron" ? `cron ${schedule.expression} in ${schedule.zone}` : `${intervalMinutes} minutes`;
}

function daysOf({ businessDays }: CalendarView): string | undefined {
  if (businessDays === undefined) return undefined;
  const { policy, weekend, holidays, zone } = businessDays;
  const off = [...weekend, ...(holidays === undefined ? [] : [`holidays of ${holidays.calendarId}`])].join(", ");
  return `${policy === "next" ? "moved on from" : "no turns on"} ${off} in ${zone}`;
}
