/** Change what a feed is called and how it shows its calendars, and have it built again. */
import type { Feed, FeedPatch } from "../contract/feed.ts";
import { definitionOf } from "../core/feed-build.ts";
import { patchedFeed } from "../core/feed-changes.ts";
import { unknownFeed } from "../core/refusals.ts";
import type { CreateContext } from "./create-calendar.ts";
import { FOLLOW_UP_SECONDS, haveBuilt } from "./have-built.ts";
import type { FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export interface FeedEditor {
  /** Writes META where the feed is still active. */
  saveFeed(feed: Feed): Promise<"saved" | "lost">;
}
export type ChangeFeedPorts = {
  readonly feeds: Pick<FeedRegistry, "load"> & FeedEditor;
  readonly exports: RebuildQueue;
};

/** Throws `feed-unknown`. What is the same already writes nothing. */
export async function changeFeed(
  feedId: string,
  patch: FeedPatch,
  ports: ChangeFeedPorts,
  context: CreateContext,
): Promise<Feed> {
  const loaded = await ports.feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") throw unknownFeed(feedId);
  const at = context.now().toISOString();
  const changed = patchedFeed(loaded.feed, patch, at);
  if (changed === loaded.feed) return changed;
  const definition = definitionOf(changed, loaded.members, context.now());
  await haveBuilt({ feedId, definition, delaySeconds: FOLLOW_UP_SECONDS }, ports.exports, context);
  if ((await ports.feeds.saveFeed(changed)) === "lost") throw unknownFeed(feedId);
  await haveBuilt({ feedId, definition, delaySeconds: 0 }, ports.exports, context);
  return changed;
}
