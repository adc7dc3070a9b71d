/** Feeds as their owner sees them, for the routes and the terminal. */
import { feedView } from "../core/registry.ts";
import type { Feed } from "../contract/feed.ts";
import type { FeedView } from "../contract/feed-view.ts";
import { loadFeed } from "../sync/load-feed.ts";
import type { FeedRegistry, Page, PageRequest } from "../sync/registry.ts";

/** A Lambda answers 6 MB at most; a feed shows its members and links. */
const ANSWER_BYTES = 2_000_000;
/** Feeds read at once. */
const STEP = 10;

/**
 * One owner's feeds with members and build: as many as the limit says, or fewer where they are large; at least one. A feed that goes while the
 * page is read is left out.
 */
export async function listFeeds(
  ownerId: string,
  { limit, cursor }: PageRequest,
  feeds: Pick<FeedRegistry, "list" | "load">,
  now: Date,
): Promise<Page<FeedView>> {
  const items: FeedView[] = [];
  let [seen, bytes, next, step] = [0, 0, cursor, STEP];
  while (seen < limit) {
    const page = await feeds.list(ownerId, { limit: Math.min(step, limit - seen), cursor: next });
    const views = await viewsOf(page.items, feeds, now);
    const size = Buffer.byteLength(JSON.stringify(views));
    if (bytes + size > ANSWER_BYTES && step > 1) {
      // Once more, one by one.
      step = 1;
      continue;
    }
    if (bytes + size > ANSWER_BYTES && items.length > 0) break;
    items.push(...views);
    [seen, bytes, next] = [seen + page.items.length, bytes + size, page.cursor];
    if (next === undefined) break;
  }
  return { items, cursor: next };
}

async function viewsOf(listed: readonly Feed[], feeds: Pick<FeedRegistry, "load">, now: Date): Promise<FeedView[]> {
  const loaded = await Promise.all(listed.map(async ({ feedId }) => await feeds.load(feedId)));
  return loaded.flatMap((each) => (each?.feed.state === "active" ? [feedView(each, now)] : []));
}

/** Throws `feed-unknown`. */
export async function viewFeed(feedId: string, feeds: Pick<FeedRegistry, "load">, now: Date): Promise<FeedView> {
  return feedView(await loadFeed(feedId, feeds), now);
}
