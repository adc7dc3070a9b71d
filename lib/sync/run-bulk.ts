/** The same done to many calendars or feeds by a filter, part by part; what is done already is left as it is, so to begin again does no harm. */
import type { BulkReport, BulkRequest } from "../contract/bulk.ts";
import { isMeant, isNamed } from "../core/bulk-filter.ts";
import { Refusal } from "../core/failure.ts";
import { unknownCalendar, unknownFeed } from "../core/refusals.ts";
import { workCalendar, workLinks } from "./bulk-works.ts";
import type { BulkCalendarPorts } from "./bulk-works.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { FeedCensus } from "./export-registry.ts";
import type { CalendarCensus, CalendarRegistry, FeedRegistry, PageRequest } from "./registry.ts";
import type { LinkRevoker } from "./revoke-link.ts";
import { workPart } from "./work-part.ts";
import type { Work } from "./work-part.ts";

export type BulkPorts = BulkCalendarPorts & {
  readonly calendars: CalendarCensus & Pick<CalendarRegistry, "load" | "list">;
  readonly feeds: FeedCensus & Pick<FeedRegistry, "load" | "list">;
  readonly links: LinkRevoker;
};
type Part = { readonly works: readonly Work[]; readonly seen: number; readonly cursor: string | undefined };

/** Of one call: a few seconds where each of them is written. */
const PART = 20;

/** One part. Throws `query-invalid` for a cursor that no part gave. */
export async function runBulk(request: BulkRequest, ports: BulkPorts, context: CreateContext): Promise<BulkReport> {
  const part = await (request.action === "revoke-links"
    ? feedPart(request, ports, context)
    : calendarPart(request, ports, context));
  const { action, dryRun } = request;
  const items = await workPart(part.works);
  return { action, dryRun, items, seen: part.seen, cursor: part.cursor };
}

async function calendarPart(request: BulkRequest, ports: BulkPorts, context: CreateContext): Promise<Part> {
  const { filter, ownerId, cursor } = request;
  const { calendars } = ports;
  if (filter.ids !== undefined) {
    return await namedPart(filter.ids, cursor, async (id) => {
      const loaded = await calendars.load(id);
      if (loaded === undefined || loaded.calendar.state === "removed" || isAnothers(loaded.calendar, ownerId))
        return unknown(id, unknownCalendar);
      return isMeant(loaded, filter) ? workOf(loaded) : undefined;
    });
  }
  const page = { limit: PART, cursor };
  const found = await (ownerId === undefined ? calendars.everyCalendar(page) : calendars.list(ownerId, page));
  const meant = found.items.filter((loaded) => loaded.calendar.state !== "removed" && isMeant(loaded, filter));
  return { works: meant.map(workOf), seen: found.items.length, cursor: found.cursor };

  function workOf(loaded: (typeof found.items)[number]): Work {
    const { calendarId: id, name } = loaded.calendar;
    return { id, name, run: async () => await workCalendar(request, loaded, ports, context) };
  }
}

async function feedPart(request: BulkRequest, ports: BulkPorts, context: CreateContext): Promise<Part> {
  const { filter, ownerId, cursor, dryRun } = request;
  const { feeds } = ports;
  const workOf = async (id: string): Promise<Work | undefined> => {
    const loaded = await feeds.load(id);
    if (loaded === undefined || loaded.feed.state === "removed" || isAnothers(loaded.feed, ownerId))
      return unknown(id, unknownFeed);
    if (!isNamed(loaded.feed, filter)) return undefined;
    const run = async (): Promise<Awaited<ReturnType<Work["run"]>>> =>
      await workLinks(id, loaded.links, dryRun, ports, context.now());
    return { id, name: loaded.feed.name, run };
  };
  if (filter.ids !== undefined) return await namedPart(filter.ids, cursor, workOf);
  const page: PageRequest = { limit: PART, cursor };
  const found = await (ownerId === undefined ? feeds.everyFeed(page) : feeds.list(ownerId, page));
  const meant = found.items.filter((feed) => isNamed(feed, filter));
  const works = await Promise.all(meant.map(async ({ feedId }) => await workOf(feedId)));
  return { works: works.filter((work) => work !== undefined), seen: found.items.length, cursor: found.cursor };
}

async function namedPart(
  ids: readonly string[],
  cursor: string | undefined,
  workOf: (id: string) => Promise<Work | undefined>,
): Promise<Part> {
  const from = readPlace(cursor);
  const some = ids.slice(from, from + PART);
  const works = await Promise.all(some.map(workOf));
  const next = from + PART < ids.length ? String(from + PART) : undefined;
  return { works: works.filter((work) => work !== undefined), seen: some.length, cursor: next };
}

function readPlace(cursor = "0"): number {
  if (/^\d{1,3}$/u.test(cursor)) return Number(cursor);
  const what = `the cursor has ${cursor.length} characters that no part gave, wanted the one of the part before`;
  throw new Refusal("query-invalid", what, "begin again without a cursor: what is done already is left as it is");
}

/** Another owner's is as one that does not exist. */
function isAnothers({ ownerId }: { readonly ownerId: string }, asked: string | undefined): boolean {
  return asked !== undefined && ownerId !== asked;
}

function unknown(id: string, refusal: (id: string) => Refusal): Work {
  return { id, name: "", run: async () => await Promise.reject(refusal(id)) };
}
