/** /v1/repeats: downloads that are asked for again and again. */
import * as z from "zod";

import { RepeatDraft, RepeatView } from "../contract/repeat.ts";
import { OwnedPageQuery, pageOf } from "../contract/page.ts";
import { createRepeat, listRepeats, removeRepeat } from "../sync/repeat-download.ts";
import { callerIdOf } from "./caller.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const createRoute = route({
  method: "POST",
  path: "/v1/repeats",
  operationId: "createRepeat",
  summary: "Ask for a download at the times of a cron expression, such as every Monday",
  description:
    "Each time is a download of its own: `download.finished` on the changes topic names it, and the list of downloads has it.",
  tag: "downloads",
  scope: "owner",
  isolation: "The use case refuses a calendar or feed of another owner as unknown.",
  body: {
    schema: RepeatDraft,
    example: { calendarId: "k3v0q8x2m7c1a5ze", format: "csv", days: 7, every: { cron: "0 7 * * 1", zone: "Asia/Seoul" } },
  },
  answers: { 201: { says: "The repeat.", schema: RepeatView } },
  codes: ["calendar-unknown", "feed-unknown", "feed-unbuilt", "window-invalid", "schedule-invalid"],
  run: async ({ body }, services, caller) => {
    const context = { now: services.now, newId: services.newId, callerId: callerIdOf(caller) };
    return { status: 201, body: await createRepeat(body, services, context) };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/repeats",
  operationId: "listRepeats",
  summary: "List one owner's repeats, the oldest first",
  tag: "downloads",
  scope: "owner",
  query: OwnedPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(RepeatView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor } }, { repeats, now }) => {
    return { status: 200, body: await listRepeats(owner, { limit, cursor }, repeats, now()) };
  },
});

const removeRoute = route({
  method: "DELETE",
  path: "/v1/repeats/{repeatId}",
  operationId: "removeRepeat",
  summary: "End a repeat; downloads that it asked for stay",
  tag: "downloads",
  scope: "owner",
  answers: { 200: { says: "It asks for no more.", schema: z.object({ repeatId: z.string(), state: z.literal("ended") }) } },
  codes: [],
  run: async ({ params: { repeatId } }, services) => {
    await removeRepeat(repeatId, services);
    return { status: 200, body: { repeatId, state: "ended" as const } };
  },
});

export const repeatRoutes: readonly Route[] = [createRoute, listRoute, removeRoute];
