/** A feed of a drill's own, of just these calendars, built once. */
import { FeedDraft } from "../../lib/contract/feed.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import type { Drill } from "./drill.ts";

export async function makeFeed(drill: Drill, calendarIds: readonly string[]): Promise<string> {
  const { randomBytes } = drill.simulation.world;
  const draft = FeedDraft.parse({ name: "Drill", members: calendarIds.map((calendarId) => ({ calendarId })) });
  let feedId = "none";
  await drill.ask("make feed", async (ports) => {
    const made = await createFeed(draft, ports, { ...drill.context(), randomBytes });
    ({ feedId } = made.feed);
  });
  drill.must(drill.simulation.world.feeds.builds.has(feedId), `feed ${feedId} was made and not built`);
  return feedId;
}
