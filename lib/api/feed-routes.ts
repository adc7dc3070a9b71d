/** /v1/feeds: publish calendars as one feed, and look at what was published. */
import * as z from "zod";

import { FeedDraft, FeedPatch } from "../contract/feed.ts";
import { CreatedFeedView, FeedView } from "../contract/feed-view.ts";
import { NewLinkQuery } from "../contract/link.ts";
import { OwnedPageQuery, pageOf } from "../contract/page.ts";
import { changeFeed } from "../sync/change-feed.ts";
import { createFeed } from "../sync/create-feed.ts";
import { removeFeed } from "../sync/remove-feed.ts";
import { requireRoom } from "../sync/require-room.ts";
import { listFeeds, viewFeed } from "./feed-views.ts";
import { linkUrl, publicBase } from "./link-url.ts";
import { subscribeView } from "./link-views.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const createRoute = route({
  method: "POST",
  path: "/v1/feeds",
  operationId: "createFeed",
  summary: "Publish calendars of one owner as one feed with one secret link",
  tag: "feeds",
  scope: "owner",
  query: NewLinkQuery,
  body: { schema: FeedDraft, example: { name: "Everyone", members: [{ calendarId: "k3v0q8x2m7c1a5ze", mask: "busy" }] } },
  answers: {
    201: {
      says: "The feed, and its link, shown this once.",
      schema: CreatedFeedView,
      headers: { location: "Where it is read." },
    },
  },
  codes: ["calendar-unknown", "quota-exceeded"],
  run: async ({ query: { qr }, body, request }, services) => {
    await requireRoom(body.ownerId, "feeds", services.quotas);
    const { feed, token } = await createFeed(body, services, services);
    const view = await viewFeed(feed.feedId, services.feeds, services.now());
    const headers = { location: `/v1/feeds/${feed.feedId}`, "cache-control": "no-store" };
    const base = publicBase(request);
    const secrets = { link: linkUrl(base, token), subscribe: subscribeView(feed.name, token, base, qr) };
    return { status: 201, body: { ...view, ...secrets }, headers };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/feeds",
  operationId: "listFeeds",
  summary: "List one owner's feeds, the oldest first",
  tag: "feeds",
  scope: "owner",
  query: OwnedPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(FeedView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor } }, { feeds, now }) => {
    return { status: 200, body: await listFeeds(owner, { limit, cursor }, feeds, now()) };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/feeds/{feedId}",
  operationId: "getFeed",
  summary: "Look at a feed: members, links, what was built last",
  tag: "feeds",
  scope: "owner",
  answers: { 200: { says: "The feed.", schema: FeedView } },
  codes: [],
  run: async ({ params: { feedId } }, { feeds, now }) => ({ status: 200, body: await viewFeed(feedId, feeds, now()) }),
});

const patchRoute = route({
  method: "PATCH",
  path: "/v1/feeds/{feedId}",
  operationId: "patchFeed",
  summary: "Change a feed's name, colour, policy or filters",
  description: "What is absent stays as it is, null takes away. The feed is built again at once.",
  tag: "feeds",
  scope: "owner",
  body: { schema: FeedPatch },
  answers: { 200: { says: "The feed as it stands now.", schema: FeedView } },
  codes: ["write-contended"],
  run: async ({ params: { feedId }, body }, services) => {
    await changeFeed(feedId, body, services, services);
    return { status: 200, body: await viewFeed(feedId, services.feeds, services.now()) };
  },
});

const removeRoute = route({
  method: "DELETE",
  path: "/v1/feeds/{feedId}",
  operationId: "removeFeed",
  summary: "Remove a feed: its links are dead at once, its bytes are deleted",
  description: "Its calendars stay as they are.",
  tag: "feeds",
  scope: "owner",
  answers: { 200: { says: "The feed is gone.", schema: z.object({ feedId: z.string(), state: z.literal("removed") }) } },
  codes: [],
  run: async ({ params: { feedId } }, services) => {
    await removeFeed(feedId, { ...services, objects: services.published }, services);
    return { status: 200, body: { feedId, state: "removed" as const } };
  },
});

export const feedRoutes: readonly Route[] = [createRoute, listRoute, showRoute, patchRoute, removeRoute];
