/** /v1/feeds: publish calendars as one feed, and look at what was published. */
import { Hono } from "hono";

import { FeedDraft } from "../contract/feed.ts";
import { OwnedPageQuery } from "../contract/page.ts";
import { createFeed } from "../sync/create-feed.ts";
import { listFeeds, viewFeed } from "./feed-views.ts";
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
