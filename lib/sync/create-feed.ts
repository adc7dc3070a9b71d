/** Register a feed with one link: reverse pointers first, members and link, META last; then the pointers once more, and its first build. */
import type { Feed, FeedDraft, Member } from "../contract/feed.ts";
import { newFeed } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { checkOwned } from "./change-members.ts";
import type { MemberBook } from "./change-members.ts";
import type { CreateContext } from "./create-calendar.ts";
import { newLink } from "./create-link.ts";
import type { LinkWriter } from "./create-link.ts";
import type { FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export type CreateFeedPorts = {
  readonly feeds: Pick<FeedRegistry, "putMembers" | "putFeed"> & Pick<MemberBook, "calendars" | "putPointers">;
  readonly links: LinkWriter;
  readonly exports: RebuildQueue;
};
export type CreateFeedContext = CreateContext & { readonly randomBytes: (size: number) => Uint8Array };
export type CreatedFeed = {
  readonly feed: Feed;
  readonly members: readonly Member[];
  /** `<feedId>.<secret>`: shown this once. */
  readonly token: string;
};

const FIRST_LABEL = "first";

/** Throws `calendar-unknown` for a member that is not registered; then nothing is written. */
export async function createFeed(draft: FeedDraft, ports: CreateFeedPorts, context: CreateFeedContext): Promise<CreatedFeed> {
  const members = uniqueMembers(draft);
  const calendarIds = members.map(({ calendarId }) => calendarId);
  await checkOwned(calendarIds, draft.ownerId, ports.feeds);
  const created = newFeed({ ...draft, members }, context.newId(), context.now().toISOString());
  const { feedId } = created.feed;
  const { link, token } = newLink(feedId, { label: FIRST_LABEL }, context);
  await ports.feeds.putPointers(feedId, calendarIds);
  await ports.feeds.putMembers(feedId, created.members);
  await ports.links.putLink(link);
  await ports.feeds.putFeed(created.feed);
  // Who found a pointer and no feed yet has dropped it.
  await ports.feeds.putPointers(feedId, calendarIds);
  const taskId = oneOffTaskId(created.feed.createdAt, context.newId());
  await ports.exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "created" }], 0);
  return { ...created, token };
}

/** A calendar named twice is one member, with its last mask. */
function uniqueMembers(draft: FeedDraft): FeedDraft["members"] {
  return [...new Map(draft.members.map((member) => [member.calendarId, member])).values()];
}
