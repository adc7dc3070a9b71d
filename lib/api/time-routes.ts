/** /v1/calendars/{calendarId}/next and /business-days: when a calendar comes round, and which days are business days by it. */
import { BusinessDayAnswer, BusinessDayQuery, ComingTurns, ComingTurnsQuery } from "../contract/time-view.ts";
import { findBusinessDay } from "../sync/find-business-day.ts";
import { listComingTurns } from "../sync/list-coming-turns.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const nextRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/next",
  operationId: "listComingTurns",
  summary: "List a calendar's coming turns, and why each stands where it does",
  tag: "calendars",
  scope: "owner",
  query: ComingTurnsQuery,
  answers: { 200: { says: "The turns, the next first.", schema: ComingTurns } },
  codes: [],
  run: async ({ params: { calendarId }, query }, services) => {
    return { status: 200, body: await listComingTurns(calendarId, query, services, services.now()) };
  },
});

const businessDayRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/business-days",
  operationId: "findBusinessDay",
  summary: "Find a business day by a calendar of holidays",
  description:
    "Its all-day events are the holidays, those with the category or the word in their title where one is given. Where its source is stale the last good copy stands, and the answer says so.",
  tag: "calendars",
  scope: "owner",
  query: BusinessDayQuery,
  answers: { 200: { says: "The day that was found.", schema: BusinessDayAnswer } },
  codes: ["holidays-missing"],
  run: async ({ params: { calendarId }, query }, services) => {
    return { status: 200, body: await findBusinessDay(calendarId, query, services, services.now()) };
  },
});

export const timeRoutes: readonly Route[] = [nextRoute, businessDayRoute];
