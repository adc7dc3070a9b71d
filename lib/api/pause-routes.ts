/** /v1/calendars/{calendarId}/pause and /resume: off the wheel, and back on it. */
import { PauseAnswer } from "../contract/calendar-view.ts";
import { pauseCalendar, resumeCalendar } from "../sync/pause-calendar.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const pauseRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/pause",
  operationId: "pauseCalendar",
  summary: "Stop importing a calendar; its feeds keep what they have",
  tag: "calendars",
  scope: "owner",
  answers: { 200: { says: "What came of it.", schema: PauseAnswer } },
  codes: [],
  run: async ({ params: { calendarId } }, services) => {
    return { status: 200, body: { calendarId, outcome: await pauseCalendar(calendarId, "calendar", services) } };
  },
});

const resumeRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/resume",
  operationId: "resumeCalendar",
  summary: "Import a paused or suspended calendar again, from its next turn on",
  tag: "calendars",
  scope: "owner",
  answers: { 200: { says: "What came of it.", schema: PauseAnswer } },
  codes: [],
  run: async ({ params: { calendarId } }, services) => {
    return { status: 200, body: { calendarId, outcome: await resumeCalendar(calendarId, "calendar", services) } };
  },
});

export const pauseRoutes: readonly Route[] = [pauseRoute, resumeRoute];
