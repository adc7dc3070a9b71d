/** /v1/calendars/{calendarId}/changes: what a receiver missed of the topic. */
import { ChangesQuery } from "../contract/change.ts";
import { ChangesPage } from "../contract/changes-page.ts";
import { listChanges } from "../sync/list-changes.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const listRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/changes",
  operationId: "listChanges",
  summary: "List what changed after a version, oldest first",
  description:
    "The messages that the changes topic sent for every version after `from`, in order: apply them like those of the topic. Kept for 30 days. With `from=0` the present content as created events, however old it is.",
  tag: "changes",
  scope: "owner",
  query: ChangesQuery,
  answers: { 200: { says: "One page; ask on with `cursor` and the same `from` while there is one.", schema: ChangesPage } },
  codes: ["version-ahead", "snapshot-needed"],
  run: async ({ params: { calendarId }, query }, services) => {
    return { status: 200, body: await listChanges(calendarId, query, services, services.now()) };
  },
});

export const changeRoutes: readonly Route[] = [listRoute];
