/** New calendars and feeds, and how they are shown: never with their secrets. */
import type { Calendar, CalendarDraft } from "../contract/calendar.ts";
import type { CalendarView } from "../contract/calendar-view.ts";
import type { Checkpoint, Hold } from "../contract/checkpoint.ts";
import type { Build, Feed, FeedDraft, Link, Member } from "../contract/feed.ts";
import type { FeedView, MemberView } from "../contract/feed-view.ts";
import { linkViews } from "./links.ts";
import { nextTurnMs, placeOf, timesOf } from "./place.ts";
import { maskUrl, readSourceUrl } from "./source-url.ts";

export function newCalendar(
  draft: CalendarDraft,
  calendarId: string,
  at: string,
): { calendar: Calendar; checkpoint: Checkpoint } {
  const url = draft.source.kind === "url" ? readSourceUrl(draft.source.url) : undefined;
  const auth = draft.source.kind === "url" ? draft.source.auth : undefined;
  const calendar: Calendar = {
    version: 1,
    calendarId,
    ownerId: draft.ownerId,
    name: draft.name ?? url?.hostname ?? calendarId,
    source: url === undefined ? { kind: "push" } : { kind: "url", url: url.href, ...(auth === undefined ? {} : { auth }) },
    ...timesOf(draft, Date.parse(at)),
    state: "active",
    policy: draft.policy,
    ...(draft.externalId === undefined ? {} : { externalId: draft.externalId }),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
    createdAt: at,
  };
  const slot = placeOf(calendar);
  const place = { ...(url === undefined ? {} : { host: url.host }), ...(slot === undefined ? {} : { wheel: slot }) };
  return { calendar, checkpoint: { ...emptyCheckpoint(calendarId), ...place } };
}

export function emptyCheckpoint(calendarId: string): Checkpoint {
  return {
    version: 1,
    calendarId,
    calendarVersion: 0,
    eventCount: 0,
    skippedCount: 0,
    lastTurn: 0,
    attempts: 0,
    failures: 0,
    churns: 0,
  };
}

export function newFeed(draft: FeedDraft, feedId: string, at: string): { feed: Feed; members: Member[] } {
  return {
    feed: {
      version: 1,
      feedId,
      ownerId: draft.ownerId,
      name: draft.name,
      color: draft.color,
      policy: draft.policy,
      filters: draft.filters,
      state: "active",
      createdAt: at,
    },
    members: draft.members.map(({ calendarId, mask, filters }, position) => ({
      version: 1,
      calendarId,
      mask,
      position,
      filters,
    })),
  };
}

/** The source's URL is masked, and of what it is asked with only the kind is said. */
export function calendarView(
  {
    calendar,
    checkpoint,
    hold,
  }: { readonly calendar: Calendar; readonly checkpoint: Checkpoint; readonly hold?: Hold | undefined },
  now: Date,
): CalendarView {
  const { source } = calendar;
  const turnMs = calendar.state === "active" ? nextTurnMs(calendar, checkpoint.wheel, now.getTime()) : undefined;
  return {
    calendarId: calendar.calendarId,
    ownerId: calendar.ownerId,
    name: calendar.name,
    source: source.kind === "url" ? { kind: "url", url: maskUrl(new URL(source.url)), auth: source.auth?.kind } : source,
    intervalMinutes: calendar.intervalMinutes,
    schedule: calendar.schedule,
    businessDays: calendar.businessDays,
    state: calendar.state,
    policy: calendar.policy,
    externalId: calendar.externalId,
    metadata: calendar.metadata,
    createdAt: calendar.createdAt,
    calendarVersion: checkpoint.calendarVersion,
    eventCount: checkpoint.eventCount,
    skippedCount: checkpoint.skippedCount,
    lastSuccessAt: checkpoint.lastSuccessAt,
    staleCode: checkpoint.staleCode,
    nextTurnAt: turnMs === undefined ? undefined : new Date(turnMs).toISOString(),
    outcome: checkpoint.outcome,
    hold: hold === undefined ? undefined : shownHold(hold),
  };
}

function shownHold({ sourceKey: _secret, ...shown }: Hold): Omit<Hold, "sourceKey"> {
  return shown;
}

/** A link's secret was shown once, when it was made. */
export function feedView(
  {
    feed,
    members,
    links,
    build,
  }: { readonly feed: Feed; readonly members: readonly Member[]; readonly links: readonly Link[]; readonly build: Build },
  now: Date,
): FeedView {
  const { revision, etag, bytes, gzipBytes, eventCount, publishedAt } = build;
  return {
    feedId: feed.feedId,
    ownerId: feed.ownerId,
    name: feed.name,
    color: feed.color,
    policy: feed.policy,
    filters: feed.filters,
    state: feed.state,
    createdAt: feed.createdAt,
    members: memberViews(members),
    links: linkViews(links, now),
    build: revision === 0 ? undefined : { revision, etag, bytes, gzipBytes, eventCount, publishedAt },
  };
}

export function memberViews(members: readonly Member[]): MemberView[] {
  return members.map(({ calendarId, mask, position, filters }) => ({ calendarId, mask, position, filters }));
}
