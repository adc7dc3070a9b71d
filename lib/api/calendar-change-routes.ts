/** /v1/calendars/{calendarId}: change a calendar, read its source anew, take all events out of it. */
import * as z from "zod";

import { CalendarPatch } from "../contract/calendar.ts";
import { CalendarView, ChangeCounts } from "../contract/calendar-view.ts";
import { Run } from "../contract/run.ts";
import { calendarTag } from "../core/event-tag.ts";
import { calendarView } from "../core/registry.ts";
import { changeCalendar } from "../sync/change-calendar.ts";
import { clearCalendar } from "../sync/clear-calendar.ts";
import { refreshCalendar } from "../sync/refresh-calendar.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const patchRoute = route({
  method: "PATCH",
  path: "/v1/calendars/{calendarId}",
  operationId: "patchCalendar",
  summary: "Change a calendar",
  description:
    "A merge patch (RFC 7396): what it does not say stays, null removes. The source's kind is fixed for life. Another url is imported at once, without what the old one was asked with; a calendar that its source had given up is polled again.",
  tag: "calendars",
  scope: "owner",
  body: { schema: CalendarPatch },
  answers: { 200: { says: "The calendar as it is now.", schema: CalendarView } },
  codes: [
    "source-kind-wrong",
    "url-invalid",
    "interval-invalid",
    "schedule-invalid",
    "holidays-missing",
    "external-id-taken",
    "write-contended",
  ],
  run: async ({ params: { calendarId }, body }, services) => {
    const changed = await changeCalendar(calendarId, body, services, services);
    return { status: 200, body: calendarView(changed, services.now()) };
  },
});

const refreshRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/refresh",
  operationId: "refreshCalendar",
  summary: "Read a url calendar anew",
  description: "Forgets what the source said of its last answer and imports again; what the calendar has stands meanwhile.",
  tag: "runs",
  scope: "owner",
  answers: { 202: { says: "The queued run.", schema: Run, headers: { location: "Where the run is followed." } } },
  codes: ["source-kind-wrong"],
  run: async ({ params: { calendarId } }, services) => {
    const run = await refreshCalendar(calendarId, services, services);
    const location = `/v1/calendars/${run.calendarId}/runs/${encodeURIComponent(run.runId)}`;
    return { status: 202, body: run, headers: { location } };
  },
});

const clearRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/clear",
  operationId: "clearCalendar",
  summary: "Take every event out of a push calendar",
  description: "As one version. A url calendar is never emptied: refresh it, or remove it.",
  tag: "events",
  scope: "owner",
  headers: z.object({ "if-match": z.string().min(1).max(1000).optional() }),
  answers: { 200: { says: "What is gone.", schema: ChangeCounts, headers: { etag: "Of the calendar." } } },
  codes: ["source-kind-wrong", "precondition-failed", "write-contended"],
  run: async ({ params: { calendarId }, headers }, services) => {
    const request = { calendarId, conditions: { ifMatch: headers["if-match"] } };
    const counts = await clearCalendar(request, services, services);
    return { status: 200, body: counts, headers: { etag: calendarTag(counts.calendarVersion) } };
  },
});

export const calendarChangeRoutes: readonly Route[] = [patchRoute, refreshRoute, clearRoute];
