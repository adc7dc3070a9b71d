/** Remove a feed: nobody lists it, its links are dead at once, its bytes are deleted; a worker ends what is left half done. */
import { unknownFeed } from "../core/refusals.ts";
import type { CreateContext } from "./create-calendar.ts";
import { FOLLOW_UP_SECONDS, haveBuilt } from "./have-built.ts";
import { purgeFeed, SETTLE_SECONDS } from "./purge-feed.ts";
import type { PurgePorts } from "./purge-feed.ts";
import type { FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export interface RemovalMarker {
  /** From now on nobody lists the feed and nothing is built for it. */
  markRemoved(feedId: string, removedAt: string): Promise<void>;
}
export type RemoveFeedPorts = {
  readonly feeds: Pick<FeedRegistry, "load"> & RemovalMarker & PurgePorts["feeds"];
  readonly objects: PurgePorts["objects"];
  readonly exports: RebuildQueue;
};

/** Throws `feed-unknown`. Calling it again after a crash ends the rest. */
export async function removeFeed(feedId: string, ports: RemoveFeedPorts, context: CreateContext): Promise<void> {
  const loaded = await ports.feeds.load(feedId);
  if (loaded === undefined) throw unknownFeed(feedId);
  const { feed, members } = loaded;
  await haveBuilt({ feedId, delaySeconds: FOLLOW_UP_SECONDS }, ports.exports, context);
  if (feed.state === "active") await ports.feeds.markRemoved(feedId, context.now().toISOString());
  await purgeFeed(feedId, members, ports);
  await haveBuilt({ feedId, delaySeconds: SETTLE_SECONDS }, ports.exports, context);
}
