/** Look at the events of a feed as its subscribers see them: masked, filtered, merged. */
import type { EventPage, EventsQuery } from "../contract/event-view.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { isNamed } from "../core/event-tag.ts";
import { pageTag, windowOf } from "../core/event-window.ts";
import { listOccurrences } from "../core/list-occurrences.ts";
import { listWhole } from "../core/list-whole.ts";
import { readEvents, scanFeed } from "../core/read-feed.ts";
import { unbuiltFeed } from "../core/refusals.ts";
import type { EventsAnswer } from "./list-events.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export interface PublishedReader {
  /** The bytes that subscribers get. */
  getBytes(key: string): Promise<Uint8Array>;
}
export type FeedEventPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly published: PublishedReader };

/** @param ifNoneMatch what the caller has already. Throws `feed-unknown`, `feed-unbuilt`, `query-invalid`. */
export async function listFeedEvents(
  feedId: string,
  { query, ifNoneMatch }: { readonly query: EventsQuery; readonly ifNoneMatch: string | undefined },
  ports: FeedEventPorts,
  now: Date,
): Promise<EventsAnswer> {
  const loaded = await loadFeed(feedId, ports.feeds);
  const { etag: built, objectKey, revision } = loaded.build;
  if (built === undefined || objectKey === undefined) throw unbuiltFeed(feedId);
  const today = now.toISOString().slice(0, 10);
  const etag = pageTag(query, built, today);
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag, "weak")) return { etag, page: "not-modified" };
  const snapshot = readPublished(await ports.published.getBytes(objectKey));
  const page: EventPage =
    query.expand === "false"
      ? { ...listWhole(snapshot, query, today), revision }
      : { ...listOccurrences(snapshot, windowOf(query, snapshot.properties.timeZone, today), query), revision };
  return { etag, page };
}

/** Our own bytes are read like every other calendar's; they are a calendar. */
function readPublished(bytes: Uint8Array): Pick<Snapshot, "events" | "timezones" | "properties"> {
  const scan = scanFeed(bytes, "text/calendar; charset=utf-8", "published");
  const read = scan.kind === "refused" ? scan : readEvents(scan, []);
  if (read.kind === "refused") throw new Error(`a published feed cannot be read: ${read.reason}`);
  const events = read.events.map((event) => ({ ...event, lastModified: event.lastModified ?? "" }));
  return { events, timezones: [...read.timezones], properties: read.properties };
}
