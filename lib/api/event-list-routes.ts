/** /v1/calendars/{calendarId}/events and /v1/feeds/{feedId}/events: occurrences of a window, or events as they stand. */
import * as z from "zod";

import { EventPage, EventsQuery } from "../contract/event-view.ts";
import { listFeedEvents } from "../sync/list-feed-events.ts";
import { listEvents } from "../sync/list-events.ts";
import type { EventsAnswer } from "../sync/list-events.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const ETAG = { etag: "Of this page." };
/** What both are asked with, and how both answer. */
const LISTING = {
  tag: "events",
  scope: "owner",
  query: EventsQuery,
  headers: z.object({ "if-none-match": z.string().min(1).max(1000).optional() }),
  answers: {
    200: { says: "One page.", schema: EventPage, headers: ETAG },
    304: { says: "It is as the caller has it.", headers: ETAG },
  },
} as const;

const listRoute = route({
  ...LISTING,
  method: "GET",
  path: "/v1/calendars/{calendarId}/events",
  operationId: "listEvents",
  summary: "List the occurrences of a window, or events as they stand",
  description:
    "Occurrences come by start, those first that go on when the window begins; a window has at most 400 days. With `expand=false` events come by UID, as they can be put.",
  codes: [],
  run: async ({ params: { calendarId }, query, headers }, services) => {
    const asked = { query, ifNoneMatch: headers["if-none-match"] };
    return replyOf(await listEvents(calendarId, asked, services, services.now()));
  },
});

const listOfFeedRoute = route({
  ...LISTING,
  method: "GET",
  path: "/v1/feeds/{feedId}/events",
  operationId: "listFeedEvents",
  summary: "List the events of a feed as its subscribers see them",
  description: "Masked, filtered and merged, as they were last published; asked for like those of a calendar.",
  codes: ["feed-unbuilt"],
  run: async ({ params: { feedId }, query, headers }, services) => {
    const asked = { query, ifNoneMatch: headers["if-none-match"] };
    return replyOf(await listFeedEvents(feedId, asked, services, services.now()));
  },
});

export const eventListRoutes: readonly Route[] = [listRoute, listOfFeedRoute];

type Reply = { readonly status: 200; readonly body: EventPage; readonly headers: { readonly etag: string } };
type Unchanged = { readonly status: 304; readonly headers: { readonly etag: string } };

function replyOf({ etag, page }: EventsAnswer): Reply | Unchanged {
  if (page === "not-modified") return { status: 304, headers: { etag } };
  return { status: 200, body: page, headers: { etag } };
}
