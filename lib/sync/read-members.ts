/** Read what a feed's members hold, and what its build needs to know of each. */
import type { Feed, Member } from "../contract/feed.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { FeedMember } from "../core/build-feed.ts";
import { feedHorizon } from "../core/feed-horizon.ts";
import { memberLabel } from "../core/feed-status.ts";
import { effectiveInterval } from "../core/slots.ts";
import type { FeedBook, FeedObjects, LoadedMember } from "./export-feed.ts";

const SNAPSHOTS_AT_ONCE = 8;

/** A member that was read at least once, and where its last good snapshot lies. */
type ReadyMember = Member & LoadedMember & { readonly key: string };
type ReadMember = { readonly member: ReadyMember; readonly snapshot: Snapshot };

export async function readyMembers(members: readonly Member[], feeds: Pick<FeedBook, "calendars">): Promise<ReadyMember[]> {
  const calendars = await feeds.calendars(members.map(({ calendarId }) => calendarId));
  return members.flatMap((member): ReadyMember[] => {
    const found = calendars.get(member.calendarId);
    if (found?.checkpoint.snapshotKey === undefined) return [];
    return [{ ...member, ...found, key: found.checkpoint.snapshotKey }];
  });
}

export async function readMembers(
  ready: readonly ReadyMember[],
  objects: Pick<FeedObjects, "getSnapshot">,
): Promise<ReadMember[]> {
  const members: ReadMember[] = [];
  for (let from = 0; from < ready.length; from += SNAPSHOTS_AT_ONCE) {
    const some = ready.slice(from, from + SNAPSHOTS_AT_ONCE);
    members.push(
      ...(await Promise.all(some.map(async (member) => ({ member, snapshot: await objects.getSnapshot(member.key) })))),
    );
  }
  return members;
}

export function memberOf({ member, snapshot }: ReadMember, feed: Feed, now: Date): FeedMember {
  const { calendar, checkpoint, mask, position, filters, edition } = member;
  const { staleCode: code, lastSuccessAt: since } = checkpoint;
  const stale = code === undefined || since === undefined ? undefined : { code, since };
  return {
    calendarId: calendar.calendarId,
    mask,
    snapshot,
    filters,
    horizon: feedHorizon(feed.policy, now, filters),
    edition,
    status: { label: memberLabel(calendar.name, mask, position), stale },
  };
}

export function polledMinutes({ member, snapshot }: ReadMember): number {
  const { intervalMinutes, policy } = member.calendar;
  return effectiveInterval(intervalMinutes, policy.refreshHint === "follow" ? snapshot.properties.refreshMinutes : undefined);
}
