/** Build one feed from its members' last good snapshots and flip its pointer; equal bytes move no ETag. */
import type { Build, Member } from "../contract/feed.ts";
import { buildFeed, RENDERER_VERSION } from "../core/build-feed.ts";
import { definitionOf, etagOf, refreshMinutesOf } from "../core/feed-build.ts";
import { feedHorizon } from "../core/feed-horizon.ts";
import { feedKey } from "../core/object-keys.ts";
import type { TaskEnd } from "../core/runs.ts";
import type { ExportContext, FeedBook, FeedObjects, LoadedFeed } from "./export-feed.ts";
import { memberOf, polledMinutes, readMembers, readyMembers } from "./read-members.ts";
import { tellPublished } from "./tell-published.ts";
import type { TellPublishedPorts } from "./tell-published.ts";

type FlipBuildPorts = TellPublishedPorts & {
  readonly feeds: Pick<FeedBook, "calendars" | "flip">;
  readonly objects: FeedObjects;
};

/**
 * "lost" where somebody else flipped first; then nobody was told.
 * @param resolve answers the letter of a build that was given up before: called once what subscribers get is up to date, before apps are told
 */
export async function flipBuild(
  loaded: LoadedFeed,
  ports: FlipBuildPorts,
  context: ExportContext,
  resolve: () => Promise<void>,
): Promise<TaskEnd | "lost"> {
  const { feed, members, build } = loaded;
  const now = context.now();
  const ready = await readyMembers(members, ports.feeds);
  // Never an empty calendar for a feed whose sources nobody has read yet; but what was taken out of a feed must go.
  if (ready.length === 0 && !hasLost(build, members)) {
    await resolve();
    await tellPublished(feed, build, ports);
    return { kind: "done", status: "unchanged" };
  }
  const exported = await readMembers(ready, ports.objects);
  const built = buildFeed({
    feed,
    members: exported.map((one) => memberOf(one, feed, now)),
    refreshMinutes: refreshMinutesOf(exported.map(polledMinutes)),
    horizon: feedHorizon(feed.policy, now),
  });
  const etag = etagOf(built.ics);
  const next: Build = {
    ...build,
    revision: build.revision + 1,
    renderer: RENDERER_VERSION,
    definition: definitionOf(feed, members, now),
    begunAt: now.toISOString(),
    members: Object.fromEntries(ready.map((member) => [member.calendarId, member.checkpoint.calendarVersion])),
  };
  const isSame = build.etag === etag;
  // Subscribers have all of it already, and no mark would tell the next delivery that a letter waits.
  if (isSame) await resolve();
  const flipped = isSame ? next : { ...next, ...(await publish(next, built, etag, ports.objects, context)) };
  if ((await ports.feeds.flip(flipped, build.revision)) === "lost") return "lost";
  if (!isSame) await resolve();
  await tellPublished(feed, flipped, ports);
  const { feedId, revision, objectKey } = flipped;
  if (objectKey !== undefined) await ports.objects.pruneFeed(feedId, revision, objectKey, context.now());
  return { kind: "done", status: isSame ? "unchanged" : "exported" };
}

/** Whether the published bytes show a calendar that is no member any more. */
function hasLost(build: Build, members: readonly Member[]): boolean {
  const ids = new Set(members.map(({ calendarId }) => calendarId));
  return Object.keys(build.members).some((calendarId) => !ids.has(calendarId));
}

async function publish(
  build: Build,
  built: { readonly ics: string; readonly eventCount: number },
  etag: string,
  objects: FeedObjects,
  context: ExportContext,
): Promise<Partial<Build>> {
  const objectKey = feedKey(build.feedId, build.revision, etag);
  const sizes = await objects.putFeed(objectKey, built.ics);
  const publishedAt = context.now().toISOString();
  return { ...sizes, objectKey, etag, eventCount: built.eventCount, publishedAt, untold: build.revision };
}
