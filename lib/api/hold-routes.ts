/** /v1/holds and /v1/calendars/{calendarId}/hold: what was kept aside, and what people decide about it. */
import { HoldDecision } from "../contract/hold.ts";
import { HoldDetails, HoldView } from "../contract/hold-view.ts";
import { OwnedPageQuery, pageOf } from "../contract/page.ts";
import { Run } from "../contract/run.ts";
import { unknownHold } from "../core/refusals.ts";
import { approveHold } from "../sync/approve-hold.ts";
import { rejectHold } from "../sync/reject-hold.ts";
import { showHold } from "../sync/show-hold.ts";
import { listHolds } from "./hold-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const listRoute = route({
  method: "GET",
  path: "/v1/holds",
  operationId: "listHolds",
  summary: "List one owner's holds, the oldest first",
  tag: "holds",
  scope: "owner",
  query: OwnedPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(HoldView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor } }, { calendars }) => {
    return { status: 200, body: await listHolds(owner, { limit, cursor }, calendars) };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/calendars/{calendarId}/hold",
  operationId: "getHold",
  summary: "Look at a calendar's hold and at what applying it would delete",
  tag: "holds",
  scope: "owner",
  answers: { 200: { says: "The hold.", schema: HoldDetails } },
  codes: ["hold-unknown"],
  run: async ({ params: { calendarId } }, services) => {
    const details = await showHold(calendarId, services, services.now());
    if (details === undefined) throw unknownHold(calendarId, "of this calendar", undefined);
    return { status: 200, body: details };
  },
});

const approveRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/hold/approve",
  operationId: "approveHold",
  summary: "Apply a held import now",
  tag: "holds",
  scope: "owner",
  body: { schema: HoldDecision },
  answers: { 200: { says: "The run that says what changed.", schema: Run } },
  codes: ["hold-unknown"],
  run: async ({ params: { calendarId }, body: { holdId } }, services) => {
    return { status: 200, body: await approveHold({ calendarId, holdId }, services, services) };
  },
});

const rejectRoute = route({
  method: "POST",
  path: "/v1/calendars/{calendarId}/hold/reject",
  operationId: "rejectHold",
  summary: "Throw a held import away; the last good copy stands",
  tag: "holds",
  scope: "owner",
  body: { schema: HoldDecision },
  answers: { 200: { says: "The run that says so.", schema: Run } },
  codes: ["hold-unknown"],
  run: async ({ params: { calendarId }, body: { holdId } }, services) => {
    return { status: 200, body: await rejectHold({ calendarId, holdId }, services, services) };
  },
});

export const holdRoutes: readonly Route[] = [listRoute, showRoute, approveRoute, rejectRoute];
