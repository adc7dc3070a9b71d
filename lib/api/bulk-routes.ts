/** /v1/bulk: the same done to many calendars or feeds by a filter. */
import { BulkReport, BulkRequest } from "../contract/bulk.ts";
import { runBulk } from "../sync/run-bulk.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const bulkRoute = route({
  method: "POST",
  path: "/v1/bulk",
  operationId: "runBulk",
  summary: "Pause, resume, sync or refresh many calendars, or revoke the links of many feeds",
  description:
    "By ids or by a filter; without one only with `all`. Works through some twenty calendars or feeds a call: repeat the call with the answer's `cursor` until there is none. What is done already is left as it is; `sync` and `refresh` leave out what was asked for after `since`. Imports keep their host's pace.",
  tag: "calendars",
  scope: "owner",
  body: { schema: BulkRequest, example: { action: "pause", filter: { host: "calendars.example.com" }, dryRun: true } },
  answers: { 200: { says: "What this part came to, one by one.", schema: BulkReport } },
  codes: [],
  run: async ({ body }, services) => ({ status: 200, body: await runBulk(body, services, services) }),
});

export const bulkRoutes: readonly Route[] = [bulkRoute];
