/** Feeds and links of the routes over maps. */
import type { ApiServices } from "../../lib/api/services.ts";
import type { Build, Feed, Link, Member } from "../../lib/contract/feed.ts";
import type { Page, PageRequest } from "../../lib/sync/registry.ts";

type FeedStores = { readonly feeds: Map<string, Feed>; readonly builds: Map<string, Build>; readonly links: Link[] };
type Calendars = Pick<ApiServices["calendars"], "load" | "putFeedPointer">;
type PageOf = <Item>(items: readonly Item[], page: PageRequest) => Page<Item>;

export function feedsOver(
  { feeds, builds, links }: FeedStores,
  calendars: Calendars,
  pageOf: PageOf,
): ApiServices["feeds"] & ApiServices["links"] {
  const members = new Map<string, readonly Member[]>();
  const without = (feedId: string, calendarIds: readonly string[]): Member[] =>
    (members.get(feedId) ?? []).filter((member) => !calendarIds.includes(member.calendarId));
  const load: ApiServices["feeds"]["load"] = async (feedId) => {
    const feed = feeds.get(feedId);
    if (feed === undefined) return undefined;
    const build: Build = builds.get(feedId) ?? { version: 1, feedId, revision: 0, renderer: 1, members: {} };
    return { feed, members: members.get(feedId) ?? [], build, links: links.filter((link) => link.feedId === feedId) };
  };
  return {
    load,
    list: async (ownerId, page) =>
      pageOf(
        [...feeds.values()].filter((feed) => feed.ownerId === ownerId && feed.state === "active"),
        page,
      ),
    everyFeed: async (page) =>
      pageOf(
        [...feeds.values()].filter((feed) => feed.state === "active"),
        page,
      ),
    calendars: async (calendarIds) => {
      const loaded = await Promise.all(calendarIds.map(async (calendarId) => await calendars.load(calendarId)));
      return new Map(loaded.flatMap((each) => (each === undefined ? [] : [[each.calendar.calendarId, each]])));
    },
    putMembers: async (feedId, some) => {
      const ids = some.map(({ calendarId }) => calendarId);
      members.set(
        feedId,
        [...without(feedId, ids), ...some].toSorted((one, other) => one.position - other.position),
      );
    },
    updateMembers: async (feedId, updates) => {
      const changed = (members.get(feedId) ?? []).map((member) =>
        Object.assign({}, member, updates.find(({ calendarId }) => calendarId === member.calendarId)?.set),
      );
      members.set(
        feedId,
        changed.toSorted((one, other) => one.position - other.position),
      );
    },
    deleteMember: async (feedId, calendarId) => void members.set(feedId, without(feedId, [calendarId])),
    deleteMembers: async (feedId, calendarIds) => void members.set(feedId, without(feedId, calendarIds)),
    putPointers: async (feedId, calendarIds) => {
      for (const calendarId of calendarIds) await calendars.putFeedPointer(calendarId, feedId);
    },
    deletePointers: () => Promise.resolve(),
    putFeed: async (feed) => void feeds.set(feed.feedId, feed),
    saveFeed: async (feed) => {
      if (feeds.get(feed.feedId)?.state !== "active") return "lost";
      feeds.set(feed.feedId, feed);
      return "saved";
    },
    markRemoved: async (feedId, removedAt) => {
      const feed = feeds.get(feedId);
      if (feed !== undefined) feeds.set(feedId, { ...feed, state: "removed", removedAt });
    },
    deleteLinks: async (feedId) => {
      for (const link of links.filter((each) => each.feedId === feedId)) links.splice(links.indexOf(link), 1);
    },
    deleteBuild: async (feedId) => void builds.delete(feedId),
    deleteFeed: async (feedId) => void feeds.delete(feedId),
    ...linksOver(links),
  };
}

function linksOver(links: Link[]): ApiServices["links"] {
  const move = (secretHash: string, change: (link: Link) => Link): void => {
    const at = links.findIndex((link) => link.secretHash === secretHash);
    const link = links[at];
    if (link !== undefined) links[at] = change(link);
  };
  return {
    putLink: async (link) => void links.push(link),
    retireLink: async (_feedId, secretHash, end) => {
      move(secretHash, (link) => ({ ...link, ...end }));
      return "saved";
    },
    deleteLink: async (_feedId, secretHash) =>
      void links.splice(
        links.findIndex((link) => link.secretHash === secretHash),
        1,
      ),
    revokeLink: async (_feedId, secretHash, revokedAt) =>
      move(secretHash, (link) => ({ ...link, state: "revoked" as const, revokedAt })),
  };
}
