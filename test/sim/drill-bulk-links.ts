/** The links of many feeds are revoked: those that work, and no other owner's. */
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Feed, Link } from "../../lib/contract/feed.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { interpose } from "./broken-off.ts";
import { addPushed, askBulk, isBulk, outcomesOf } from "./bulk-desk.ts";
import type { Asked } from "./bulk-desk.ts";
import type { Drill } from "./drill.ts";

const OWNER = "linked";
const HOUR_MS = 3_600_000;

export async function drillBulkLinks(drill: Drill): Promise<void> {
  const feeds = await addFeeds(drill, await addPushed(drill, OWNER, ["Linked"]));
  await drillLinks(drill, feeds);
  await drillFeedReach(drill, feeds);
  await drillFeedsChanged(drill, feeds);
}

/** One feed with a living link, one with two, one with none; each has links that are dead as well. */
async function addFeeds(drill: Drill, calendarIds: readonly string[]): Promise<readonly string[]> {
  const { world } = drill.simulation;
  const ids: string[] = [];
  for (const name of ["One", "Two", "None"]) {
    const draft = FeedDraft.parse({ name, ownerId: OWNER, members: [{ calendarId: calendarIds[0] }] });
    await drill.ask("create a feed", async (ports) => {
      const context = { ...drill.context(), randomBytes: world.randomBytes };
      ids.push((await createFeed(draft, ports, context)).feed.feedId);
    });
  }
  return ids;
}

function arrangeLinks(drill: Drill, feeds: readonly string[]): void {
  const { links } = drill.simulation.world.feeds;
  const [past, future] = [new Date(drill.simulation.nowMs - HOUR_MS), new Date(drill.simulation.nowMs + 24 * HOUR_MS)].map(
    (date) => date.toISOString(),
  );
  const living: readonly Partial<Link>[] = [{}, { graceUntil: future, successor: "another" }];
  const dead: readonly Partial<Link>[] = [
    { state: "revoked", revokedAt: past },
    { endsAt: past },
    { graceUntil: past, successor: "another" },
  ];
  for (const [index, feedId] of feeds.entries()) {
    for (const [key, link] of links) if (link.feedId === feedId) links.delete(key);
    const has = [...living.slice(0, [1, 2, 0][index]), ...dead];
    for (const [place, fields] of has.entries()) {
      const secretHash = `${feedId}-${place}`.padEnd(64, "0");
      const whole = { version: 1, feedId, secretHash, label: "", state: "active", createdAt: past ?? "" } as const;
      links.set(`${feedId} ${secretHash}`, { ...whole, ...fields });
    }
  }
}

/** Every link that works is revoked, once; one that is dead stays as it died. */
async function drillLinks(drill: Drill, feeds: readonly string[]): Promise<void> {
  for (const dryRun of [true, false]) {
    arrangeLinks(drill, feeds);
    const revoked = [...drill.simulation.world.feeds.links.values()].filter(({ state }) => state === "revoked").length;
    const { report, writes } = await askBulk(drill, { action: "revoke-links", dryRun, ownerId: OWNER, all: true });
    const does = dryRun ? "would" : "done";
    const wanted = [`${does} 1 link`, `${does} 2 links`, "skipped no link of it works"];
    mustBe(drill, feeds, outcomesOf(report), wanted, `${dryRun ? "a look at " : ""}revoking all links`);
    const wrote = writes.filter((call) => call === "links.revokeLink").length;
    drill.must(writes.length === wrote && wrote === (dryRun ? 0 : 3), `links were revoked by ${writes.join(", ")}`);
    const now = [...drill.simulation.world.feeds.links.values()].filter(({ state }) => state === "revoked").length;
    drill.must(now - revoked === wrote, `${now - revoked} links were revoked, ${wrote} worked`);
  }
  const { report, writes } = await askBulk(drill, { action: "revoke-links", ownerId: OWNER, all: true });
  const none = "skipped no link of it works";
  mustBe(drill, feeds, outcomesOf(report), [none, none, none], "revoking all links once more");
  drill.must(writes.length === 0, `links were revoked once more by ${writes.join(", ")}`);
}

/** Feeds by ids and by names, an owner's and everybody's; what is not meant is not read. */
async function drillFeedReach(drill: Drill, feeds: readonly string[]): Promise<void> {
  const { metas } = drill.simulation.world.feeds;
  const [, , gone = "none"] = feeds;
  const feed = known(metas.get(gone));
  metas.set(gone, { ...feed, state: "removed" });
  arrangeLinks(drill, feeds);
  for (const [asked, wanted] of casesOf(drill, feeds)) {
    const { report, calls } = await askBulk(drill, { action: "revoke-links", dryRun: true, ...asked });
    const text = `revoking the links of ${JSON.stringify(asked)}`;
    mustBe(drill, [...wanted.keys()], outcomesOf(report), [...wanted.values()], text);
    drill.must(report?.items.length === wanted.size, `${text} came to ${report?.items.length}, wanted ${wanted.size}`);
    const loads = calls.filter((call) => call === "feeds.load").length;
    drill.must(loads === (asked.filter?.ids?.length ?? wanted.size), `${text} read ${loads} feeds`);
  }
  metas.set(gone, feed);
}

type Case = readonly [Omit<Asked, "action">, ReadonlyMap<string, string>];

function casesOf(drill: Drill, [one = "none", two = "none", gone = "none"]: readonly string[]): readonly Case[] {
  const [theirs = "none"] = drill.weather.feedIds;
  const [link, links, unknown] = ["would 1 link", "would 2 links", "failed feed-unknown"];
  const ids = ["nobody", one, theirs, gone, two];
  const own = { [one]: link, [two]: links };
  const all = Object.fromEntries(drill.weather.feedIds.map((id) => [id, link]));
  const cases: readonly (readonly [Omit<Asked, "action">, Readonly<Record<string, string>>])[] = [
    [{ filter: { ids } }, { nobody: unknown, [theirs]: link, [gone]: unknown, ...own }],
    [
      { filter: { ids }, ownerId: OWNER },
      { nobody: unknown, [theirs]: unknown, [gone]: unknown, ...own },
    ],
    [{ filter: { ids: [one, two], name: "TWO" } }, { [two]: links }],
    [{ filter: { name: "tw" } }, { [two]: links }],
    [{ filter: { name: "tw" }, ownerId: OWNER }, { [two]: links }],
    [{ all: true, ownerId: OWNER }, own],
    [{ all: true }, { ...all, ...own }],
  ];
  return cases.map(([asked, wanted]) => [asked, new Map(Object.entries(wanted))]);
}

function known(feed: Feed | undefined): Feed {
  if (feed === undefined) throw new Error("a feed is gone in the midst of a drill");
  return feed;
}

/** A feed that is renamed or removed while the part is worked on is not meant, or not there, any more. */
async function drillFeedsChanged(drill: Drill, feeds: readonly string[]): Promise<void> {
  const { metas } = drill.simulation.world.feeds;
  const [one = "none"] = feeds;
  const feed = known(metas.get(one));
  arrangeLinks(drill, feeds);
  for (const [name, changed, wanted] of [
    ["renamed", { ...feed, name: "Other" }, ""],
    ["removed", { ...feed, state: "removed" as const }, "failed feed-unknown"],
  ] as const) {
    const rival = { name, work: async () => void metas.set(one, changed) };
    let seen = "nothing";
    await interpose(drill, { at: "feeds.load", whose: isBulk, rival }, async () => {
      const { report } = await askBulk(drill, { action: "revoke-links", dryRun: true, filter: { name: "one" }, ownerId: OWNER });
      seen = [...outcomesOf(report).values()].filter((outcome) => !outcome.startsWith("skipped")).join();
    });
    drill.must(seen === wanted && drill.refused === undefined, `a feed was ${name} before it was read: ${seen}`);
    metas.set(one, feed);
  }
}

function mustBe(
  drill: Drill,
  ids: readonly string[],
  seen: ReadonlyMap<string, string>,
  wanted: readonly string[],
  text: string,
): void {
  for (const [index, id] of ids.entries())
    drill.must(seen.get(id) === wanted[index], `${text}: ${id} ${seen.get(id)}, wanted ${wanted[index]}`);
}
