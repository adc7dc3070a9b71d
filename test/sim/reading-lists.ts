/** Pages that list what there is: whoever reads all of them has each thing that was there all the time once, in order, and nothing that was never there. */
import { LetterState } from "../../lib/contract/letter.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { UsageView } from "../../lib/contract/usage.ts";
import { listFeeds } from "../../lib/api/feed-views.ts";
import { isLive } from "../../lib/core/links.ts";
import { everyItem } from "../../lib/sync/every-item.ts";
import { listLetters } from "../../lib/sync/list-letters.ts";
import type { Page, PageRequest } from "../../lib/sync/registry.ts";
import { showUsage } from "../../lib/sync/show-usage.ts";
import type { ReadingRoom } from "./reading-room.ts";

const OWNER = "default";
const DAY_MS = 86_400_000;
const CODES = ["aws-unavailable", "source-gone", undefined] as const;

/** What a listing gave, beside what was there before and after it. */
type Listed = {
  readonly of: string;
  readonly seen: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
};

export function readCalendars(room: ReadingRoom): void {
  const before = room.found();
  const limit = room.counter.random.between(4, 12);
  room.read("list calendars", async ({ calendars }) => {
    const loaded = await every(async (page) => await calendars.list(OWNER, page), limit);
    checkListed(room, {
      of: "calendars",
      seen: loaded.map(({ calendar }) => calendar.calendarId),
      before,
      after: room.found(),
    });
    const ages = loaded.map(({ calendar }) => calendar.createdAt);
    room.counter.must(ages.join() === ages.toSorted().join(), `calendars are listed in the order ${ages.join()}`);
    for (const { checkpoint } of loaded) {
      const { calendarId, calendarVersion, snapshotKey } = checkpoint;
      const key = room.counter.simulation.snapshots.get(`${calendarId} ${calendarVersion}`);
      room.counter.must(
        snapshotKey === key,
        `${calendarId} is listed at version ${calendarVersion} with ${snapshotKey}, wanted ${key}`,
      );
    }
  });
}

export function readFeeds(room: ReadingRoom): void {
  const { random } = room.counter;
  const before = activeFeeds(room);
  const builds = new Map(before.map((feedId) => [feedId, room.buildsOf(feedId)]));
  const limit = random.between(1, 3);
  room.read("list feeds", async ({ feeds }) => {
    const views = await every(async (page) => await listFeeds(OWNER, page, feeds, room.now), limit);
    checkListed(room, { of: "feeds", seen: views.map(({ feedId }) => feedId), before, after: activeFeeds(room) });
    for (const { feedId, build } of views) {
      const since = room.buildsSince(feedId, builds.get(feedId) ?? 0);
      const isOne = since.some(({ revision, etag }) => revision === (build?.revision ?? 0) && etag === build?.etag);
      const wasUnbuilt = build === undefined && (builds.get(feedId) ?? 0) === 0;
      room.counter.must(
        isOne || wasUnbuilt,
        `feed ${feedId} is listed at revision ${build?.revision}, which it had not meanwhile`,
      );
    }
  });
}

export function readLetters(room: ReadingRoom): void {
  const { random, simulation } = room.counter;
  const state = random.pick(LetterState.options);
  const code = random.chance(0.5) ? undefined : random.pick(CODES.slice(0, 2));
  const there = (): Letter[] =>
    [...simulation.world.letters.stored.values()].filter(
      (letter) => letter.state === state && (code === undefined || letter.code === code),
    );
  const before = new Map(there().map((letter) => [letter.letterId, letter]));
  const limit = random.between(1, 4);
  room.read(`list ${state} letters`, async ({ letters }) => {
    const choice = { state, filter: { code }, now: room.now };
    const listed = await every(async (page) => await listLetters(letters, choice, page), limit);
    const after = there();
    // One that was heard of meanwhile goes to the front, where this reader was already.
    const still = after.filter(({ letterId, lastAt }) => before.get(letterId)?.lastAt === lastAt);
    const isMeant = listed.every((letter) => letter.state === state && (code === undefined || letter.code === code));
    room.counter.must(isMeant, `letters that are not ${state} with ${code} are listed as such`);
    checkListed(room, { of: "letters", seen: idsOf(listed), before: idsOf(still), after: idsOf([...still, ...listed]) });
    const ages = listed.map(({ lastAt }) => lastAt);
    room.counter.must(ages.join() === ages.toSorted().toReversed().join(), `letters are listed in the order ${ages.join()}`);
  });
}

/** Exact where nothing moved while it was counted. */
export function readUsage(room: ReadingRoom): void {
  const { now } = room;
  const before = usageOf(room, now);
  const { calendars, feeds } = room.counter.simulation.world;
  const writes = calendars.writes + feeds.writes;
  room.read("show usage", async (ports) => {
    const shown = await showUsage(OWNER, ports, now);
    const isQuiet = calendars.writes + feeds.writes === writes && before === usageOf(room, now);
    const seen = countsOf(shown);
    room.counter.must(!isQuiet || seen === before, `what ${OWNER} has is shown as ${seen}, wanted ${before}`);
  });
}

function usageOf(room: ReadingRoom, now: Date): string {
  const { calendars, feeds } = room.counter.simulation.world;
  const found = room.found().flatMap((calendarId) => calendars.checkpoints.get(calendarId) ?? []);
  const active = activeFeeds(room);
  const since = new Date(now.getTime() - DAY_MS).toISOString();
  return countsOf({
    calendars: calendars.metas.size,
    feeds: feeds.metas.size,
    events: found.reduce((sum, { eventCount }) => sum + eventCount, 0),
    imported: found.filter(({ lastSuccessAt = "" }) => lastSuccessAt >= since).length,
    failing: found.filter(({ outcome }) => outcome?.status === "failed").length,
    held: found.filter(({ calendarId }) => calendars.holds.has(calendarId)).length,
    links: [...feeds.links.values()].filter((link) => active.includes(link.feedId) && isLive(link, now)).length,
    publishedBytes: active.reduce((sum, feedId) => sum + (feeds.builds.get(feedId)?.bytes ?? 0), 0),
    isPartial: false,
  });
}

type Counts = Omit<UsageView, "ownerId" | "at" | "limits">;

function countsOf({ calendars, feeds, events, imported, failing, held, links, publishedBytes, isPartial }: Counts): string {
  return JSON.stringify({ calendars, feeds, events, imported, failing, held, links, publishedBytes, isPartial });
}

function activeFeeds(room: ReadingRoom): string[] {
  const { metas } = room.counter.simulation.world.feeds;
  return [...metas.values()].filter(({ state }) => state === "active").map(({ feedId }) => feedId);
}

function checkListed(room: ReadingRoom, { of, seen, before, after }: Listed): void {
  const { counter } = room;
  const left = before.filter((id) => after.includes(id) && !seen.includes(id));
  const strange = seen.filter((id) => !before.includes(id) && !after.includes(id));
  counter.must(left.length === 0, `${left.join()} is not among the listed ${of}, and was there all the time`);
  counter.must(strange.length === 0, `${strange.join()} is among the listed ${of}, and was not there meanwhile`);
  counter.must(new Set(seen).size === seen.length, `${of} are listed twice: ${seen.join()}`);
}

function idsOf(letters: readonly Letter[]): string[] {
  return letters.map(({ letterId }) => letterId);
}

async function every<Item>(list: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of everyItem(list, limit)) items.push(item);
  return items;
}
