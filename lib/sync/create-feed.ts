/** Register a feed with one link: reverse pointers first, members and link, META last; then its first build. */
import type { Feed, FeedDraft, Member } from "../contract/feed.ts";
import { unknownCalendar } from "../core/refusals.ts";
import { newFeed } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { hashSecret, secretFrom, tokenOf } from "../core/secret.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { CalendarRegistry, FeedRegistry } from "./registry.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export type CreateFeedPorts = {
  readonly calendars: Pick<CalendarRegistry, "load" | "putFeedPointer">;
  readonly feeds: Pick<FeedRegistry, "putMembers" | "putLink" | "putFeed">;
  readonly exports: RebuildQueue;
};
export type CreateFeedContext = CreateContext & { readonly randomBytes: (size: number) => Uint8Array };
export type CreatedFeed = {
  readonly feed: Feed;
  readonly members: readonly Member[];
  /** `<feedId>.<secret>`: shown this once. */
  readonly token: string;
};

const SECRET_BYTES = 24;

/** Throws `calendar-unknown` for a member that is not registered; then nothing is written. */
export async function createFeed(draft: FeedDraft, ports: CreateFeedPorts, context: CreateFeedContext): Promise<CreatedFeed> {
  const members = uniqueMembers(draft);
  for (const { calendarId } of members) {
    const loaded = await ports.calendars.load(calendarId);
    if (loaded === undefined || loaded.calendar.ownerId !== draft.ownerId) throw unknownCalendar(calendarId);
  }
  const at = context.now().toISOString();
  const created = newFeed({ ...draft, members }, context.newId(), at);
  const { feedId } = created.feed;
  const secret = secretFrom(context.randomBytes(SECRET_BYTES));
  for (const { calendarId } of members) await ports.calendars.putFeedPointer(calendarId, feedId);
  await ports.feeds.putMembers(feedId, created.members);
  await ports.feeds.putLink({
    version: 1,
    feedId,
    secretHash: hashSecret(secret),
    label: "first",
    state: "active",
    createdAt: at,
  });
  await ports.feeds.putFeed(created.feed);
  const taskId = oneOffTaskId(at, context.newId());
  await ports.exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "created" }], 0);
  return { ...created, token: tokenOf(feedId, secret) };
}

/** A calendar named twice is one member, with its last mask. */
function uniqueMembers(draft: FeedDraft): FeedDraft["members"] {
  return [...new Map(draft.members.map((member) => [member.calendarId, member])).values()];
}
