/** Tell apps that a feed has other bytes; it is noted after that, so that whoever finds it untold tells it once more. */
import type { Build, Feed } from "../contract/feed.ts";
import { feedPublished } from "../core/life-messages.ts";
import type { FeedBook } from "./export-feed.ts";
import type { ChangeTopic } from "./finish-commit.ts";

export type TellPublishedPorts = { readonly feeds: Pick<FeedBook, "told">; readonly changes: ChangeTopic };

export async function tellPublished(feed: Feed, build: Build, { changes, feeds }: TellPublishedPorts): Promise<void> {
  if (build.untold === undefined) return;
  await changes.publish(feedPublished(feed, build, build.untold));
  await feeds.told(feed.feedId, build.untold);
}
