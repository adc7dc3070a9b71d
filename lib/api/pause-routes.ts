/** /v1/calendars/{id}/pause and /resume: off the wheel, and back on it. */
import { Hono } from "hono";

import { pauseCalendar, resumeCalendar } from "../sync/pause-calendar.ts";
import type { ApiServices } from "./services.ts";

export function pauseRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.post("/:calendarId/pause", async (context) => {
    const calendarId = context.req.param("calendarId");
    return context.json({ calendarId, outcome: await pauseCalendar(calendarId, "calendar", services) });
  });
  app.post("/:calendarId/resume", async (context) => {
    const calendarId = context.req.param("calendarId");
    return context.json({ calendarId, outcome: await resumeCalendar(calendarId, "calendar", services) });
  });
  return app;
}
