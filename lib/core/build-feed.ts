/** One feed from its members' snapshots: mask, merge, render. The same input gives the same bytes, whatever the order of events. */
import type { Edition, Feed, Mask } from "../contract/feed.ts";
import type { MemberFilter } from "../contract/filter.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { stampEvent } from "../ics/render-event.ts";
import { renderCalendar } from "../ics/render.ts";
import { statusLines } from "./feed-status.ts";
import type { MemberStatus } from "./feed-status.ts";
import type { Horizon } from "./feed-horizon.ts";
import { editionOf, editedRevision } from "./feed-edition.ts";
import { floatingZoneName } from "./member-zones.ts";
import { distinctUids, mergeZones } from "./merge.ts";
import { showMember } from "./show-member.ts";
import type { Dropped } from "./show-member.ts";
import { publicTzid, withTzids, zoneUses } from "./zone-uses.ts";

/** Moves with every change of this engine that changes bytes: a feed that another one built is built again. */
export const RENDERER_VERSION = 2;

export type FeedMember = {
  readonly calendarId: string;
  readonly mask: Mask;
  readonly snapshot: Snapshot;
  /** What the feed's description says of this source; absent: nothing. */
  readonly status?: MemberStatus | undefined;
  readonly filters?: MemberFilter | undefined;
  /** The member's own, where it has one; else the feed's. */
  readonly horizon?: Horizon | undefined;
  readonly edition?: Edition | undefined;
};

export type FeedInput = {
  readonly feed: Feed;
  readonly members: readonly FeedMember[];
  readonly description?: string | undefined;
  readonly refreshMinutes: number;
  /** UTC instants; series without end in it stay, all else that lies outside is left out. */
  readonly horizon?: Horizon | undefined;
};

export type BuiltFeed = { readonly ics: string; readonly eventCount: number; readonly dropped: readonly Dropped[] };

export function buildFeed(input: FeedInput): BuiltFeed {
  const { feed, members } = input;
  const timeZone = commonTimeZone(members);
  const shown = members
    .toSorted((a, b) => compare(a.calendarId, b.calendarId))
    .map((member) => showMember(member, { feed, horizon: input.horizon, pinFloating: timeZone === undefined }));
  const entries = shown.flatMap((member) => member.entries);
  const uidOf = distinctUids(entries);
  const editions = new Map(members.map(({ calendarId, edition }) => [calendarId, editionOf(feed.edition, edition)]));
  const zones = mergeZones(shown.flatMap(zoneUses));
  const events = entries
    .map((entry) => ({ entry, uid: uidOf(entry.calendarId, entry.uid) }))
    .toSorted((a, b) => compare(a.uid, b.uid) || compare(a.entry.recurrenceId, b.entry.recurrenceId))
    .map(({ entry, uid }) =>
      withTzids(stampEvent(entry.event, uid, editedRevision(entry, editions.get(entry.calendarId))), (tzid) =>
        zones.nameOf(entry.calendarId, publicTzid(entry, tzid)),
      ),
    );
  const stamps = new Map(shown.map(({ calendarId, entries: own }) => [calendarId, own.map(({ lastModified }) => lastModified)]));
  const told = members.flatMap(({ calendarId, status }) =>
    status === undefined ? [] : [{ ...status, shown: stamps.get(calendarId) ?? [] }],
  );
  const notes = [...(input.description === undefined ? [] : [input.description]), ...statusLines(told)];
  const head = {
    name: feed.name,
    description: notes.length > 0 ? notes.join("\n") : undefined,
    color: feed.color,
    timeZone,
    refreshMinutes: input.refreshMinutes,
  };
  return {
    ics: renderCalendar(head, [...zones.timezones, ...events]),
    eventCount: events.length,
    dropped: shown.flatMap((member) => member.dropped),
  };
}

/**
 * X-WR-TIMEZONE speaks for the whole feed, so it goes out only where all members mean the same zone by it; else floating times
 * of a member that has one are written with that zone, and those of a member that has none stay floating.
 */
function commonTimeZone(members: readonly FeedMember[]): string | undefined {
  const [first, ...others] = new Set(members.map(({ snapshot }) => floatingZoneName(snapshot.properties.timeZone)));
  return others.length === 0 ? first : undefined;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
