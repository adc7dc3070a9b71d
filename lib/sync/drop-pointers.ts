/** Let calendars know no more of a feed; one that somebody put in meanwhile knows of it again. */
import type { MemberBook } from "./change-members.ts";
import type { FeedLoader } from "./load-feed.ts";

export type PointerDropper = FeedLoader & Pick<MemberBook, "putPointers" | "deletePointers">;

/** Who puts a member in writes its pointer once more after it: either that comes later than this, or this finds the member. */
export async function dropPointers(feedId: string, calendarIds: readonly string[], feeds: PointerDropper): Promise<void> {
  if (calendarIds.length === 0) return;
  await feeds.deletePointers(feedId, calendarIds);
  const loaded = await feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") return;
  const members = new Set(loaded.members.map(({ calendarId }) => calendarId));
  const back = calendarIds.filter((calendarId) => members.has(calendarId));
  await feeds.putPointers(feedId, back);
}
