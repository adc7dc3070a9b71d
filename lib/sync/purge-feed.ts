/** Clear away what is left of a removed feed: what subscribers find first, what workers find the rest by last. */
import type { Feed, Member } from "../contract/feed.ts";
import type { ExportTask } from "../contract/task.ts";
import type { MemberBook } from "./change-members.ts";
import { dropPointers } from "./drop-pointers.ts";
import type { PointerDropper } from "./drop-pointers.ts";

export interface FeedRemover extends Pick<MemberBook, "deletePointers" | "deleteMembers"> {
  deleteLinks(feedId: string): Promise<void>;
  deleteBuild(feedId: string): Promise<void>;
  /** META: the last that tells of the feed. */
  deleteFeed(feedId: string): Promise<void>;
}
export interface FeedObjectRemover {
  /** Every object that was published for the feed. */
  deleteFeedObjects(feedId: string): Promise<void>;
}
export type PurgePorts = { readonly feeds: FeedRemover; readonly objects: FeedObjectRemover };

/** Longer than a build can take that loaded the feed before it was removed: until then it may still write an object. */
export const SETTLE_SECONDS = 900;

export async function purgeFeed(feedId: string, members: readonly Member[], { feeds, objects }: PurgePorts): Promise<void> {
  const calendarIds = members.map(({ calendarId }) => calendarId);
  await feeds.deleteLinks(feedId);
  await feeds.deletePointers(feedId, calendarIds);
  await feeds.deleteMembers(feedId, calendarIds);
  await feeds.deleteBuild(feedId);
  await objects.deleteFeedObjects(feedId);
}

/** What a worker does that finds a removed feed; META goes once nothing can come after it. */
export async function purgeRemoved(
  { feedId, removedAt }: Feed,
  members: readonly Member[],
  ports: PurgePorts,
  now: Date,
): Promise<void> {
  await purgeFeed(feedId, members, ports);
  if (isSettled(removedAt, now)) await ports.feeds.deleteFeed(feedId);
}

export function isSettled(removedAt: string | undefined, now: Date): boolean {
  return removedAt === undefined || now.getTime() - Date.parse(removedAt) >= SETTLE_SECONDS * 1000;
}

/** A calendar that points to the feed and is no member of it, or of one that is gone: whoever put it in or took it out died on the way. */
export async function dropStranger(
  { feedId, calendarId }: Pick<ExportTask, "feedId" | "calendarId">,
  members: readonly Member[],
  { feeds }: { readonly feeds: PointerDropper },
): Promise<void> {
  if (calendarId === undefined || members.some((member) => member.calendarId === calendarId)) return;
  await dropPointers(feedId, [calendarId], feeds);
}
