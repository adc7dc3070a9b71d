/** The feed, or the link of it, that a caller names: one that was removed is as unknown as none. */
import type { Link } from "../contract/feed.ts";
import { linkIdOf, unknownLink } from "../core/links.ts";
import { unknownFeed } from "../core/refusals.ts";
import type { LoadedFeed } from "./export-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export interface FeedLoader<Loaded extends LoadedFeed = LoadedFeed> {
  load(feedId: string): Promise<Loaded | undefined>;
}
export type LinkName = { readonly feedId: string; readonly linkId: string };

/** Throws `feed-unknown`. */
export async function loadFeed<Loaded extends LoadedFeed>(feedId: string, feeds: FeedLoader<Loaded>): Promise<Loaded> {
  const loaded = await feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") throw unknownFeed(feedId);
  return loaded;
}

/** Throws `feed-unknown` or `link-unknown`. */
export async function loadLink(
  { feedId, linkId }: LinkName,
  feeds: Pick<FeedRegistry, "load">,
): Promise<{ readonly feed: LoadedFeed["feed"]; readonly link: Link }> {
  const { feed, links } = await loadFeed(feedId, feeds);
  const link = links.find((each) => linkIdOf(each) === linkId);
  if (link === undefined) throw unknownLink(feedId, linkId);
  return { feed, link };
}
