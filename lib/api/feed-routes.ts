/** /v1/feeds: publish calendars as one feed, and look at what was published. */
import { Hono } from "hono";

import { FeedDraft } from "../contract/feed.ts";
import { OwnedPageQuery } from "../contract/page.ts";
import { unknownFeed } from "../core/refusals.ts";
import { feedView } from "../core/registry.ts";
import type { FeedView } from "../core/registry.ts";
import { createFeed } from "../sync/create-feed.ts";
import type { FeedRegistry, Page, PageRequest } from "../sync/registry.ts";
import { linkUrl, publicBase } from "./link-url.ts";
import { readJson, readQuery } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export function feedRoutes(services: ApiServices): Hono {
  const app = new Hono();
  app.post("/", async (context) => {
    const draft = await readJson(context.req, FeedDraft);
    const { feed, token } = await createFeed(draft, services, services);
    const view = await viewFeed(feed.feedId, services.feeds);
    const link = linkUrl(publicBase(context.req.raw), token);
    return context.json({ ...view, link }, 201, { location: `/v1/feeds/${feed.feedId}`, "cache-control": "no-store" });
  });
  app.get("/", async (context) => {
    const { owner, limit, cursor } = readQuery(context.req, OwnedPageQuery);
    return context.json(await listFeeds(owner, { limit, cursor }, services.feeds));
  });
  app.get("/:feedId", async (context) => context.json(await viewFeed(context.req.param("feedId"), services.feeds)));
  return app;
}

/** One owner's feeds with members and build. A feed that goes while the page is read is left out. */
export async function listFeeds(ownerId: string, request: PageRequest, feeds: FeedRegistry): Promise<Page<FeedView>> {
  const page = await feeds.list(ownerId, request);
  const views: FeedView[] = [];
  for (const { feedId } of page.items) {
    const loaded = await feeds.load(feedId);
    if (loaded !== undefined) views.push(feedView(loaded.feed, loaded.members, loaded.links, loaded.build));
  }
  return { items: views, cursor: page.cursor };
}

/** Throws `feed-unknown`. */
export async function viewFeed(feedId: string, feeds: FeedRegistry): Promise<FeedView> {
  const loaded = await feeds.load(feedId);
  if (loaded === undefined) throw unknownFeed(feedId);
  return feedView(loaded.feed, loaded.members, loaded.links, loaded.build);
}
