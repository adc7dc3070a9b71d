/** /v1/feeds: publish calendars as one feed, and look at what was published. */
import { FeedDraft } from "../contract/feed.ts";
import { CreatedFeedView, FeedView } from "../contract/feed-view.ts";
import { OwnedPageQuery, pageOf } from "../contract/page.ts";
import { createFeed } from "../sync/create-feed.ts";
import { listFeeds, viewFeed } from "./feed-views.ts";
import { linkUrl, publicBase } from "./link-url.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const createRoute = route({
  method: "POST",
  path: "/v1/feeds",
  operationId: "createFeed",
  summary: "Publish calendars of one owner as one feed with one secret link",
  tag: "feeds",
  scope: "owner",
  body: { schema: FeedDraft },
  answers: {
    201: {
      says: "The feed, and its link, shown this once.",
      schema: CreatedFeedView,
      headers: { location: "Where it is read." },
    },
  },
  codes: ["calendar-unknown"],
  run: async ({ body, request }, services) => {
    const { feed, token } = await createFeed(body, services, services);
    const view = await viewFeed(feed.feedId, services.feeds);
    const headers = { location: `/v1/feeds/${feed.feedId}`, "cache-control": "no-store" };
    return { status: 201, body: { ...view, link: linkUrl(publicBase(request), token) }, headers };
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
  run: async ({ query: { owner, limit, cursor } }, { feeds }) => {
    return { status: 200, body: await listFeeds(owner, { limit, cursor }, feeds) };
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
  run: async ({ params: { feedId } }, { feeds }) => ({ status: 200, body: await viewFeed(feedId, feeds) }),
});

export const feedRoutes: readonly Route[] = [createRoute, listRoute, showRoute];
