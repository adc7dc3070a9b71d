/** /v1/calendars: register, look at and remove calendars. */
import { CalendarDraft } from "../contract/calendar.ts";
import { CalendarView, RemovedCalendar } from "../contract/calendar-view.ts";
import { CalendarPageQuery, pageOf } from "../contract/page.ts";
import { calendarView } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { createCalendar } from "../sync/create-calendar.ts";
import { findCalendar } from "../sync/find-calendar.ts";
import { removeCalendar } from "../sync/remove-calendar.ts";
import { requireRoom } from "../sync/require-room.ts";
import { viewCalendar } from "./calendar-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const createRoute = route({
  method: "POST",
  path: "/v1/calendars",
  operationId: "createCalendar",
  summary: "Register a calendar",
  description: "A url calendar is imported at once unless `firstImport` says otherwise; a push calendar waits for its events.",
  tag: "calendars",
  scope: "owner",
  body: {
    schema: CalendarDraft,
    example: { name: "Team", source: { kind: "url", url: "https://example.com/team.ics" }, intervalMinutes: 15 },
  },
  answers: { 201: { says: "The calendar.", schema: CalendarView, headers: { location: "Where it is read." } } },
  codes: [
    "url-invalid",
    "interval-invalid",
    "schedule-invalid",
    "holidays-missing",
    "source-kind-wrong",
    "external-id-taken",
    "write-contended",
    "quota-exceeded",
  ],
  run: async ({ body }, services) => {
    await requireRoom(body.ownerId, "calendars", services.quotas);
    const created = await createCalendar(body, services, services);
    const headers = { location: `/v1/calendars/${created.calendar.calendarId}` };
    return { status: 201, body: calendarView(created, services.now()), headers };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/calendars",
  operationId: "listCalendars",
  summary: "List one owner's calendars, the oldest first",
  description: "With `externalId` the one that the app knows by that name, or none.",
  tag: "calendars",
  scope: "owner",
  query: CalendarPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(CalendarView) } },
  codes: [],
  run: async ({ query: { owner, externalId, ...page } }, { calendars, externalIds, now }) => {
    if (externalId !== undefined) {
      const found = await findCalendar(owner, externalId, { calendars, externalIds });
      return { status: 200, body: { items: found === undefined ? [] : [calendarView(found, now())], cursor: undefined } };
    }
    const { items, cursor } = await calendars.list(owner, { limit: page.limit, cursor: page.cursor });
    return { status: 200, body: { items: items.map((loaded) => calendarView(loaded, now())), cursor } };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}",
  operationId: "getCalendar",
  summary: "Look at a calendar",
  tag: "calendars",
  scope: "owner",
  answers: { 200: { says: "The calendar.", schema: CalendarView } },
  codes: [],
  run: async ({ params: { calendarId } }, { calendars, now }) => {
    return { status: 200, body: await viewCalendar(calendarId, calendars, now()) };
  },
});

const removeRoute = route({
  method: "DELETE",
  path: "/v1/calendars/{calendarId}",
  operationId: "removeCalendar",
  summary: "Remove a calendar from the registry and from its feeds",
  tag: "calendars",
  scope: "owner",
  answers: { 200: { says: "It is gone; these feeds are built again without it.", schema: RemovedCalendar } },
  codes: [],
  run: async ({ params: { calendarId } }, services) => {
    const newTaskId = (): string => oneOffTaskId(services.now().toISOString(), services.newId());
    const feeds = await removeCalendar(calendarId, services, newTaskId);
    return { status: 200, body: { calendarId, state: "removed" as const, feeds } };
  },
});

export const calendarRoutes: readonly Route[] = [createRoute, listRoute, showRoute, removeRoute];
