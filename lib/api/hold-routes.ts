/** /v1/holds and /v1/calendars/{id}/hold: what was kept aside, and what people decide about it. */
import { Hono } from "hono";

import { HoldDecision } from "../contract/hold.ts";
import { OwnedPageQuery } from "../contract/page.ts";
import { unknownHold } from "../core/refusals.ts";
import { approveHold } from "../sync/approve-hold.ts";
import { rejectHold } from "../sync/reject-hold.ts";
import { showHold } from "../sync/show-hold.ts";
import { listHolds } from "./hold-views.ts";
import { readJson, readQuery } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export function holdListRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const { owner, limit, cursor } = readQuery(context.req, OwnedPageQuery);
    return context.json(await listHolds(owner, { limit, cursor }, services.calendars));
  });
  return app;
}

/** Below /v1/calendars. */
export function calendarHoldRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/:calendarId/hold", async (context) => {
    const calendarId = context.req.param("calendarId");
    const details = await showHold(calendarId, services, services.now());
    if (details === undefined) throw unknownHold(calendarId, "of this calendar", undefined);
    return context.json(details);
  });
  app.post("/:calendarId/hold/approve", async (context) => {
    const { holdId } = await readJson(context.req, HoldDecision);
    return context.json(await approveHold({ calendarId: context.req.param("calendarId"), holdId }, services, services));
  });
  app.post("/:calendarId/hold/reject", async (context) => {
    const { holdId } = await readJson(context.req, HoldDecision);
    return context.json(await rejectHold({ calendarId: context.req.param("calendarId"), holdId }, services, services));
  });
  return app;
}
