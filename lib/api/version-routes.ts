/** /v1/calendars/{id}/versions and /rollback: what is kept of a calendar, and bringing it back. */
import { Hono } from "hono";

import { RollbackRequest } from "../contract/hold.ts";
import { listVersions } from "../sync/list-versions.ts";
import { rollbackCalendar } from "../sync/rollback-calendar.ts";
import { readJson } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

/** Below /v1/calendars. */
export function versionRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/:calendarId/versions", async (context) => {
    return context.json({ items: await listVersions(context.req.param("calendarId"), services) });
  });
  app.post("/:calendarId/rollback", async (context) => {
    const { toVersion } = await readJson(context.req, RollbackRequest);
    return context.json(await rollbackCalendar({ calendarId: context.req.param("calendarId"), toVersion }, services, services));
  });
  return app;
}
