/** Change what a feed is called and how it shows its calendars, and have it built again. */
import type { Feed, FeedPatch } from "../contract/feed.ts";
import { Refusal } from "../core/failure.ts";
import { definitionOf } from "../core/feed-build.ts";
import { patchedFeed } from "../core/feed-changes.ts";
import type { CreateContext } from "./create-calendar.ts";
import { FOLLOW_UP_SECONDS, haveBuilt } from "./have-built.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export interface FeedEditor {
  /** Writes META where the stored revision is still `expected`. */
  saveFeed(feed: Feed, expected: Feed["revision"]): Promise<"saved" | "lost">;
}
export type ChangeFeedPorts = {
  readonly feeds: Pick<FeedRegistry, "load"> & FeedEditor;
  readonly exports: RebuildQueue;
};

/** Changes of others that come between are kept. */
const TRIES = 8;

/** Throws `feed-unknown` or `write-contended`. What is the same already writes nothing. */
export async function changeFeed(
  feedId: string,
  patch: FeedPatch,
  ports: ChangeFeedPorts,
  context: CreateContext,
): Promise<Feed> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadFeed(feedId, ports.feeds);
    const now = context.now();
    const changed = patchedFeed(loaded.feed, patch, now.toISOString());
    if (changed === loaded.feed) return changed;
    const wanted = { feedId, definition: definitionOf(changed, loaded.members, now) };
    if (attempt === 0) await haveBuilt({ ...wanted, delaySeconds: FOLLOW_UP_SECONDS }, ports.exports, context);
    if ((await ports.feeds.saveFeed(changed, loaded.feed.revision)) === "lost") continue;
    await haveBuilt({ ...wanted, delaySeconds: 0 }, ports.exports, context);
    return changed;
  }
  const what = `feed ${feedId} was changed by others ${TRIES} times in a row, wanted one undisturbed change`;
  throw new Refusal("write-contended", what, "send it again");
}
