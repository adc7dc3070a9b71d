/** What an owner has and how it does: counted in the index, the rest from its oldest calendars and feeds. */
import type { UsageView } from "../contract/usage.ts";
import { isLive } from "../core/links.ts";
import { limitsOf } from "../core/quotas.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { CalendarRegistry, FeedRegistry, Page, PageRequest } from "./registry.ts";
import type { QuotaBook } from "./require-room.ts";

export type UsagePorts = {
  readonly quotas: QuotaBook;
  readonly calendars: Pick<CalendarRegistry, "list">;
  readonly feeds: Pick<FeedRegistry, "list" | "load">;
};

const PAGE = 200;
const CALENDAR_PAGES = 5;
const FEED_PAGES = 1;
/** Feeds are read one by one. */
const AT_ONCE = 8;
const DAY_MS = 86_400_000;

export async function showUsage(ownerId: string, { quotas, calendars, feeds }: UsagePorts, now: Date): Promise<UsageView> {
  const limits = limitsOf(await quotas.quota(ownerId), quotas.usual);
  const loaded = await pagesOf(CALENDAR_PAGES, async (page) => await calendars.list(ownerId, page));
  const listed = await pagesOf(FEED_PAGES, async (page) => await feeds.list(ownerId, page));
  const published = await publishedOf(
    listed.items.map(({ feedId }) => feedId),
    feeds,
    now,
  );
  return {
    ownerId,
    at: now.toISOString(),
    calendars: await quotas.count(ownerId, "calendars", limits.calendars),
    feeds: await quotas.count(ownerId, "feeds", limits.feeds),
    limits,
    ...healthOf(loaded.items, now),
    ...published,
    isPartial: loaded.isPartial || listed.isPartial,
  };
}

async function pagesOf<Item>(
  most: number,
  read: (page: PageRequest) => Promise<Page<Item>>,
): Promise<{ readonly items: readonly Item[]; readonly isPartial: boolean }> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < most; pages += 1) {
    const page = await read({ limit: PAGE, cursor });
    items.push(...page.items);
    ({ cursor } = page);
    if (cursor === undefined) return { items, isPartial: false };
  }
  return { items, isPartial: true };
}

function healthOf(loaded: readonly LoadedCalendar[], now: Date): Pick<UsageView, "events" | "imported" | "failing" | "held"> {
  const since = new Date(now.getTime() - DAY_MS).toISOString();
  const countOf = (isMeant: (each: LoadedCalendar) => boolean): number => loaded.filter(isMeant).length;
  return {
    events: loaded.reduce((sum, { checkpoint }) => sum + checkpoint.eventCount, 0),
    imported: countOf(({ checkpoint: { lastSuccessAt = "" } }) => lastSuccessAt >= since),
    failing: countOf(({ checkpoint: { outcome } }) => outcome?.status === "failed"),
    held: countOf(({ hold }) => hold !== undefined),
  };
}

async function publishedOf(
  feedIds: readonly string[],
  feeds: UsagePorts["feeds"],
  now: Date,
): Promise<Pick<UsageView, "links" | "publishedBytes">> {
  let [links, publishedBytes] = [0, 0];
  for (let n = 0; n < feedIds.length; n += AT_ONCE) {
    const loaded = await Promise.all(feedIds.slice(n, n + AT_ONCE).map(async (feedId) => await feeds.load(feedId)));
    for (const each of loaded) {
      links += each?.links.filter((link) => isLive(link, now)).length ?? 0;
      publishedBytes += each?.build.bytes ?? 0;
    }
  }
  return { links, publishedBytes };
}
