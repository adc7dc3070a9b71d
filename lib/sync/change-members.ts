/** Change which calendars a feed is made of: all at once, one put in or changed, one taken out; then have it built again. */
import type { Feed, FeedDraft, Member, MemberPut } from "../contract/feed.ts";
import { definitionOf } from "../core/feed-build.ts";
import { listedMembers, memberChanges, withMember, withoutMember } from "../core/member-changes.ts";
import type { MemberUpdate } from "../core/member-changes.ts";
import { unknownCalendar } from "../core/refusals.ts";
import type { CreateContext } from "./create-calendar.ts";
import { dropPointers } from "./drop-pointers.ts";
import type { FeedBook } from "./export-feed.ts";
import { FOLLOW_UP_SECONDS, haveBuilt } from "./have-built.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export interface MemberBook extends Pick<FeedBook, "calendars"> {
  /** From each calendar to the feed. */
  putPointers(feedId: string, calendarIds: readonly string[]): Promise<void>;
  deletePointers(feedId: string, calendarIds: readonly string[]): Promise<void>;
  /** Writes these fields of those that are members still: whom somebody else takes out meanwhile stays out. */
  updateMembers(feedId: string, updates: readonly MemberUpdate[]): Promise<void>;
  deleteMembers(feedId: string, calendarIds: readonly string[]): Promise<void>;
}
export type ChangeMembersPorts = {
  readonly feeds: Pick<FeedRegistry, "load" | "putMembers"> & MemberBook;
  readonly exports: RebuildQueue;
};

/** Throws `feed-unknown` or `calendar-unknown`; then nothing is written. */
export async function setMembers(
  feedId: string,
  drafts: FeedDraft["members"],
  ports: ChangeMembersPorts,
  context: CreateContext,
): Promise<readonly Member[]> {
  const { feed, members } = await loadFeed(feedId, ports.feeds);
  const at = context.now().toISOString();
  return await write(feed, members, listedMembers(members, drafts, at), ports, context);
}

/** Throws `feed-unknown`, `calendar-unknown` or `members-full`; then nothing is written. */
export async function putMember(
  { feedId, calendarId }: { readonly feedId: string; readonly calendarId: string },
  put: MemberPut,
  ports: ChangeMembersPorts,
  context: CreateContext,
): Promise<readonly Member[]> {
  const { feed, members } = await loadFeed(feedId, ports.feeds);
  const at = context.now().toISOString();
  return await write(feed, members, withMember(members, calendarId, put, at), ports, context);
}

/** Throws `feed-unknown` or `member-unknown`. Calling it again after a crash ends the rest. */
export async function removeMember(
  { feedId, calendarId }: { readonly feedId: string; readonly calendarId: string },
  ports: ChangeMembersPorts,
  context: CreateContext,
): Promise<readonly Member[]> {
  const { feed, members } = await loadFeed(feedId, ports.feeds);
  // Whoever took it out and died on the way left its pointer.
  if (!members.some((member) => member.calendarId === calendarId)) await dropPointers(feedId, [calendarId], ports.feeds);
  return await write(feed, members, withoutMember(feedId, members, calendarId), ports, context);
}

/** Pointers first and away last: an import that finds one without a member has a build made for nothing, the other way round it is lost. */
async function write(
  feed: Feed,
  before: readonly Member[],
  after: readonly Member[],
  { feeds, exports }: ChangeMembersPorts,
  context: CreateContext,
): Promise<readonly Member[]> {
  const { feedId, ownerId } = feed;
  const { added, changed, removed } = memberChanges(before, after);
  if (added.length + changed.length + removed.length === 0) return before;
  const come = added.map(({ calendarId }) => calendarId);
  await checkOwned(come, ownerId, feeds);
  const definition = definitionOf(feed, after, context.now());
  await haveBuilt({ feedId, definition, delaySeconds: FOLLOW_UP_SECONDS }, exports, context);
  await feeds.putPointers(feedId, come);
  await feeds.putMembers(feedId, added);
  await feeds.updateMembers(feedId, changed);
  await feeds.deleteMembers(feedId, removed);
  await dropPointers(feedId, removed, feeds);
  const gone = await goneOf(feedId, come, feeds);
  const left = after.filter(({ calendarId }) => !gone.has(calendarId));
  await haveBuilt({ feedId, definition: definitionOf(feed, left, context.now()), delaySeconds: 0 }, exports, context);
  return left;
}

/**
 * Whoever dropped a pointer before the member was there did not know of it: it is written once more. And a calendar that was removed before its
 * pointer was there left only the feeds that it knew of: it leaves this one, too. One that is removed from now on finds its pointer.
 */
async function goneOf(feedId: string, come: readonly string[], feeds: ChangeMembersPorts["feeds"]): Promise<ReadonlySet<string>> {
  await feeds.putPointers(feedId, come);
  const found = await feeds.calendars(come);
  const gone = come.filter((calendarId) => !found.has(calendarId));
  await feeds.deleteMembers(feedId, gone);
  await feeds.deletePointers(feedId, gone);
  return new Set(gone);
}

/** Throws `calendar-unknown` for the first that is not registered, or another owner's. */
export async function checkOwned(
  calendarIds: readonly string[],
  ownerId: string,
  feeds: Pick<FeedBook, "calendars">,
): Promise<void> {
  const found = await feeds.calendars(calendarIds);
  const foreign = calendarIds.find((calendarId) => found.get(calendarId)?.calendar.ownerId !== ownerId);
  if (foreign !== undefined) throw unknownCalendar(foreign);
}
