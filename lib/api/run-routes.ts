/** /v1/calendars/{calendarId}/sync and /runs: ask for an import now, and see how imports ended. */
import { PageQuery, pageOf } from "../contract/page.ts";
import { Run } from "../contract/run.ts";
import { unknownRun } from "../core/refusals.ts";
import { loadCalendar } from "../sync/load-calendar.ts";
import { syncNow } from "../sync/sync-now.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const syncRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/sync",
  operationId: "syncCalendar",
  summary: "Import a url calendar now",
  description: "Answers at once with a queued run; its end stands under the same id.",
  tag: "runs",
  scope: "owner",
  answers: { 202: { says: "The queued run.", schema: Run, headers: { location: "Where the run is followed." } } },
  codes: ["source-kind-wrong"],
  run: async ({ params: { calendarId } }, services) => {
    const run = await syncNow(calendarId, services, services);
    const location = `/v1/calendars/${run.calendarId}/runs/${encodeURIComponent(run.runId)}`;
    return { status: 202, body: run, headers: { location } };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/runs",
  operationId: "listRuns",
  summary: "List a calendar's runs of the last 90 days, the newest first",
  tag: "runs",
  scope: "owner",
  query: PageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(Run) } },
  codes: [],
  run: async ({ params: { calendarId }, query: { limit, cursor } }, { calendars }) => {
    await loadCalendar(calendarId, calendars);
    return { status: 200, body: await calendars.runs(calendarId, { limit, cursor }) };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/runs/{runId}",
  operationId: "getRun",
  summary: "Look at one run",
  tag: "runs",
  scope: "owner",
  answers: { 200: { says: "The run.", schema: Run } },
  codes: ["run-unknown"],
  run: async ({ params: { calendarId, runId } }, { calendars }) => {
    const run = await calendars.run(calendarId, runId);
    if (run === undefined) throw unknownRun(runId, calendarId);
    return { status: 200, body: run };
  },
});

export const runRoutes: readonly Route[] = [syncRoute, listRoute, showRoute];
