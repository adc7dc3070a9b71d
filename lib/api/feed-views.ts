/** Feeds as their owner sees them, for the routes and the terminal. */
import { feedView } from "../core/registry.ts";
import type { FeedView } from "../contract/feed-view.ts";
import { loadFeed } from "../sync/load-feed.ts";
import type { FeedRegistry, Page, PageRequest } from "../sync/registry.ts";

/** One owner's feeds with members and build. A feed that goes while the page is read is left out. */
export async function listFeeds(ownerId: string, request: PageRequest, feeds: FeedRegistry, now: Date): Promise<Page<FeedView>> {
  const page = await feeds.list(ownerId, request);
  const views: FeedView[] = [];
  for (const { feedId } of page.items) {
    const loaded = await feeds.load(feedId);
    if (loaded?.feed.state === "active") views.push(feedView(loaded, now));
  }
  return { items: views, cursor: page.cursor };
}

/** Throws `feed-unknown`. */
export async function viewFeed(feedId: string, feeds: Pick<FeedRegistry, "load">, now: Date): Promise<FeedView> {
  return feedView(await loadFeed(feedId, feeds), now);
}
