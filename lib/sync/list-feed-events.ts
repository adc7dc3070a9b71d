/** Look at the events of a feed as its subscribers see them: masked, filtered, merged. */
import { readEvents, scanFeed } from "../core/read-feed.ts";
import { unbuiltFeed } from "../core/refusals.ts";
import { answerEvents } from "./list-events.ts";
import type { AskedEvents, EventsAnswer, Listed } from "./list-events.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export interface PublishedReader {
  /** The bytes that subscribers get. */
  getBytes(key: string): Promise<Uint8Array>;
}
export type FeedEventPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly published: PublishedReader };

/** Throws `feed-unknown`, `feed-unbuilt`, `query-invalid`. */
export async function listFeedEvents(
  feedId: string,
  asked: AskedEvents,
  ports: FeedEventPorts,
  now: Date,
): Promise<EventsAnswer> {
  const loaded = await loadFeed(feedId, ports.feeds);
  const { etag: tag, objectKey, revision } = loaded.build;
  if (tag === undefined || objectKey === undefined) throw unbuiltFeed(feedId);
  const read = async (): Promise<Listed> => readPublished(await ports.published.getBytes(objectKey));
  return await answerEvents(asked, { tag, version: { revision }, read }, now);
}

/** Our own bytes are read like every other calendar's; they are a calendar. */
function readPublished(bytes: Uint8Array): Listed {
  const scan = scanFeed(bytes, "text/calendar; charset=utf-8", "published");
  const read = scan.kind === "refused" ? scan : readEvents(scan, []);
  if (read.kind === "refused") throw new Error(`a published feed cannot be read: ${read.reason}`);
  const events = read.events.map((event) => ({ ...event, lastModified: event.lastModified ?? "" }));
  return { events, timezones: [...read.timezones], properties: read.properties };
}
