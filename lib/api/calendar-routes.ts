/** /v1/calendars: register, look at, sync, write to and remove calendars. */
import { Hono } from "hono";

import { CalendarDraft } from "../contract/calendar.ts";
import { OwnedPageQuery, PageQuery, PutEventsQuery } from "../contract/page.ts";
import type { Run } from "../contract/run.ts";
import { unknownCalendar, unknownRun } from "../core/refusals.ts";
import { calendarView } from "../core/registry.ts";
import type { CalendarView } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { createCalendar } from "../sync/create-calendar.ts";
import type { LoadedCalendar } from "../sync/import-calendar.ts";
import { putEvents } from "../sync/put-events.ts";
import type { Page } from "../sync/registry.ts";
import { removeCalendar } from "../sync/remove-calendar.ts";
import { syncNow } from "../sync/sync-now.ts";
import { readJson, readQuery } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export function calendarRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.post("/", async (context) => {
    const draft = await readJson(context.req, CalendarDraft);
    const { calendar, checkpoint } = await createCalendar(draft, services, services);
    const view: CalendarView = calendarView(calendar, checkpoint, undefined, services.now());
    return context.json(view, 201, { location: `/v1/calendars/${calendar.calendarId}` });
  });
  app.get("/", async (context) => {
    const { owner, limit, cursor } = readQuery(context.req, OwnedPageQuery);
    const page = await services.calendars.list(owner, { limit, cursor });
    const now = services.now();
    const views: Page<CalendarView> = { ...page, items: page.items.map((loaded) => viewOf(loaded, now)) };
    return context.json(views);
  });
  app.get("/:calendarId", async (context) => {
    const loaded = await loadCalendar(context.req.param("calendarId"), services);
    return context.json(viewOf(loaded, services.now()));
  });
  app.delete("/:calendarId", async (context) => {
    const calendarId = context.req.param("calendarId");
    const newTaskId = (): string => oneOffTaskId(services.now().toISOString(), services.newId());
    const feeds = await removeCalendar(calendarId, services, newTaskId);
    return context.json({ calendarId, state: "removed", feeds });
  });
  app.put("/:calendarId/events", async (context) => {
    const { replace } = readQuery(context.req, PutEventsQuery);
    const request = {
      calendarId: context.req.param("calendarId"),
      bytes: new Uint8Array(await context.req.arrayBuffer()),
      contentType: context.req.header("content-type"),
      replace: replace ?? ("guarded" as const),
    };
    return context.json(await putEvents(request, services, services));
  });
  return app.route("/", runRoutes(services));
}

function runRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.post("/:calendarId/sync", async (context) => {
    const run: Run = await syncNow(context.req.param("calendarId"), services, services);
    return context.json(run, 202, { location: `/v1/calendars/${run.calendarId}/runs/${encodeURIComponent(run.runId)}` });
  });
  app.get("/:calendarId/runs", async (context) => {
    const { calendar } = await loadCalendar(context.req.param("calendarId"), services);
    const { limit, cursor } = readQuery(context.req, PageQuery);
    const page: Page<Run> = await services.calendars.runs(calendar.calendarId, { limit, cursor });
    return context.json(page);
  });
  app.get("/:calendarId/runs/:runId", async (context) => {
    const { calendarId, runId } = context.req.param();
    const run = await services.calendars.run(calendarId, runId);
    if (run === undefined) throw unknownRun(runId, calendarId);
    return context.json(run);
  });
  return app;
}

async function loadCalendar(calendarId: string, services: ApiServices): Promise<LoadedCalendar> {
  const loaded = await services.calendars.load(calendarId);
  if (loaded === undefined) throw unknownCalendar(calendarId);
  return loaded;
}

function viewOf({ calendar, checkpoint, hold }: LoadedCalendar, now: Date): CalendarView {
  return calendarView(calendar, checkpoint, hold, now);
}
