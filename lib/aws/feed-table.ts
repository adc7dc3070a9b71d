/** Feeds in the table: members, links and build below one key, so that an export loads them in one query. */
import { Build, Feed, Link, Member } from "../contract/feed.ts";
import type { MemberUpdate } from "../core/member-changes.ts";
import type { LoadedFeed, LoadedMember } from "../sync/export-feed.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { batches } from "./batches.ts";
import { calendarKey, checkpointKey, feedPointerKey, readCalendar } from "./calendar-items.ts";
import { below, BUILD, feedKey, LINK, MEMBER, META } from "./feed-items.ts";
import { readCursor, readOwned, writeCursor } from "./pages.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const UPDATED_AT_ONCE = 20;

export class FeedTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async build(feedId: string): Promise<Build | undefined> {
    const item = await this.table.get(feedKey(feedId, BUILD));
    return item === undefined ? undefined : Build.parse(item);
  }

  async load(feedId: string): Promise<(LoadedFeed & { readonly links: readonly Link[] }) | undefined> {
    const items = await this.table.query({ expression: "#pk = :pk", values: { ":pk": feedKey(feedId, META).pk } });
    const loaded = readFeed(items);
    return loaded === undefined ? undefined : { ...loaded, links: below(items, LINK).map((item) => Link.parse(item)) };
  }

  async calendars(calendarIds: readonly string[]): Promise<ReadonlyMap<string, LoadedMember>> {
    const keys = calendarIds.flatMap((calendarId) => [calendarKey(calendarId), checkpointKey(calendarId)]);
    const items = Map.groupBy(await this.table.getAll(keys), (item) => item["pk"]);
    const found = calendarIds.flatMap((calendarId) => {
      const loaded = readCalendar(items.get(calendarKey(calendarId).pk) ?? []);
      return loaded === undefined || loaded.calendar.state === "removed" ? [] : [[calendarId, loaded] as const];
    });
    return new Map(found);
  }

  async flip(build: Build, expectedRevision: number): Promise<"saved" | "lost"> {
    return await this.table.put(
      { ...feedKey(build.feedId, BUILD), ...build },
      expectedRevision === 0
        ? { expression: "attribute_not_exists(#pk)" }
        : { expression: "#revision = :expected", values: { ":expected": expectedRevision } },
    );
  }

  async told(feedId: string, revision: number): Promise<void> {
    const isStillThis = { expression: "#untold = :revision", values: { ":revision": revision } };
    await this.table.update(feedKey(feedId, BUILD), { remove: ["untold"] }, isStillThis);
  }

  /** One owner's feeds by age. */
  async list(ownerId: string, page: PageRequest): Promise<Page<Feed>> {
    const listed = await readOwned(this.table, ownerId, "FEED#", page);
    return { ...listed, items: listed.items.map((item) => Feed.parse(item)) };
  }

  async everyFeed(page: PageRequest): Promise<Page<Feed>> {
    const after = page.cursor === undefined ? undefined : readCursor(page.cursor, "FEED#");
    const metas = await this.table.scan(
      {
        expression: "begins_with(#pk, :feed) AND #sk = :meta AND #state = :active",
        values: { ":feed": "FEED#", ":meta": META, ":active": "active" },
      },
      after === undefined ? undefined : { pk: after, sk: META },
      page.limit + 1,
    );
    const shown = metas.slice(0, page.limit);
    const last = metas.length > page.limit ? shown.at(-1)?.["pk"] : undefined;
    return { items: shown.map((item) => Feed.parse(item)), cursor: typeof last === "string" ? writeCursor(last) : undefined };
  }

  async putMembers(feedId: string, members: readonly Member[]): Promise<void> {
    await this.table.putAll(members.map((member) => ({ ...feedKey(feedId, MEMBER + member.calendarId), ...member })));
  }

  async updateMembers(feedId: string, updates: readonly MemberUpdate[]): Promise<void> {
    const isMember = { expression: "attribute_exists(#pk)" };
    for (const some of batches(updates, UPDATED_AT_ONCE)) {
      await Promise.all(
        some.map(
          async ({ calendarId, ...change }) => await this.table.update(feedKey(feedId, MEMBER + calendarId), change, isMember),
        ),
      );
    }
  }

  async deleteMember(feedId: string, calendarId: string): Promise<void> {
    await this.table.delete(feedKey(feedId, MEMBER + calendarId));
  }

  async deleteMembers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    await this.table.deleteAll(calendarIds.map((calendarId) => feedKey(feedId, MEMBER + calendarId)));
  }

  async putPointers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    await this.table.putAll(calendarIds.map((calendarId) => ({ ...feedPointerKey(calendarId, feedId), calendarId, feedId })));
  }

  async deletePointers(feedId: string, calendarIds: readonly string[]): Promise<void> {
    await this.table.deleteAll(calendarIds.map((calendarId) => feedPointerKey(calendarId, feedId)));
  }

  async putFeed(feed: Feed): Promise<void> {
    await this.table.put(feedItem(feed));
  }

  async saveFeed(feed: Feed, expected: Feed["revision"]): Promise<"saved" | "lost"> {
    const isAsRead = expected === undefined ? "attribute_not_exists(#revision)" : "#revision = :expected";
    return await this.table.put(feedItem(feed), {
      expression: `#state = :active AND ${isAsRead}`,
      values: { ":active": "active", ...(expected === undefined ? {} : { ":expected": expected }) },
    });
  }

  async markRemoved(feedId: string, removedAt: string): Promise<void> {
    const isActive = { expression: "#state = :active", values: { ":active": "active" } };
    await this.table.update(feedKey(feedId, META), { set: { state: "removed", removedAt }, remove: ["ownedKey"] }, isActive);
  }

  async deleteLinks(feedId: string): Promise<void> {
    const items = await this.table.query({
      expression: "#pk = :pk AND begins_with(#sk, :link)",
      values: { ":pk": feedKey(feedId, META).pk, ":link": LINK },
    });
    await this.table.deleteAll(items.map((item) => feedKey(feedId, String(item["sk"]))));
  }

  async deleteBuild(feedId: string): Promise<void> {
    await this.table.delete(feedKey(feedId, BUILD));
  }

  async deleteFeed(feedId: string): Promise<void> {
    await this.table.delete(feedKey(feedId, META));
  }
}

function feedItem(feed: Feed): Key & Item {
  return { ...feedKey(feed.feedId, META), ...feed, ownedKey: `FEED#${feed.createdAt}#${feed.feedId}` };
}

/** The feed of these items; undefined where META is missing: whoever finds half does nothing. */
export function readFeed(items: readonly Item[]): LoadedFeed | undefined {
  const [meta, build] = [META, BUILD].map((sortKey) => items.find((item) => item["sk"] === sortKey));
  if (meta === undefined) return undefined;
  const feed = Feed.parse(meta);
  const members = below(items, MEMBER).map((item) => Member.parse(item));
  return {
    feed,
    members: members.toSorted((one, other) => one.position - other.position),
    build: build === undefined ? noBuild(feed.feedId) : Build.parse(build),
  };
}

function noBuild(feedId: string): Build {
  return { version: 1, feedId, revision: 0, renderer: 0, members: {} };
}
