/** /v1/calendars/{calendarId}/versions and /rollback: what is kept of a calendar, and bringing it back. */
import * as z from "zod";

import { VersionView } from "../contract/calendar-view.ts";
import { RollbackRequest } from "../contract/hold.ts";
import { Run } from "../contract/run.ts";
import { listVersions } from "../sync/list-versions.ts";
import { rollbackCalendar } from "../sync/rollback-calendar.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const listRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/versions",
  operationId: "listVersions",
  summary: "List the newest fifty versions that can be brought back",
  tag: "calendars",
  scope: "owner",
  answers: { 200: { says: "The newest first.", schema: z.object({ items: z.array(VersionView).readonly() }) } },
  codes: [],
  run: async ({ params: { calendarId } }, services) => {
    return { status: 200, body: { items: await listVersions(calendarId, services) } };
  },
});

const rollbackRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/rollback",
  operationId: "rollbackCalendar",
  summary: "Bring an older version back",
  description: "Without a version it is the one before the present. The next change of the source is imported as always.",
  tag: "calendars",
  scope: "owner",
  body: { schema: RollbackRequest },
  answers: { 200: { says: "The run that says what changed.", schema: Run } },
  codes: ["version-unknown"],
  run: async ({ params: { calendarId }, body: { toVersion } }, services) => {
    return { status: 200, body: await rollbackCalendar({ calendarId, toVersion }, services, services) };
  },
});

export const versionRoutes: readonly Route[] = [listRoute, rollbackRoute];
