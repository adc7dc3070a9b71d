/** What a look at the records finds half done: by a crash, a lost message, or a hand that slipped. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Build, Feed, Member } from "../contract/feed.ts";
import type { Letter } from "../contract/letter.ts";
import type { Reservation } from "../contract/reservation.ts";
import { RENDERER_VERSION } from "./build-feed.ts";
import { definitionOf } from "./feed-build.ts";
import { remembersAnother } from "./patch-calendar.ts";
import { cronOf, placeOf } from "./place.ts";
import { effectiveInterval, slotOf } from "./slots.ts";
import { isOverdue } from "./stale.ts";

/** Work that may still be under way: no task takes longer with all its tries. */
const UNDER_WAY_MS = 15 * 60_000;
/** Scheduler tries a call for an hour, and Lambda for another. */
const CALLED_MS = 3 * 3_600_000;
const UNANSWERED_MS = 24 * 3_600_000;

export type CalendarMend =
  | "finish-commit"
  | "finish-move"
  | "leave-wheel"
  | "enter-wheel"
  | "move-slot"
  | "keep-schedule"
  | "tell-stale";
type Loaded = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

/** What is to be mended of a calendar that has its two records. */
export function calendarMends({ calendar, checkpoint }: Loaded, at: string): CalendarMend[] {
  return [
    ...(isOldPending(checkpoint, at) && calendar.state !== "removed" ? (["finish-commit"] as const) : []),
    ...(remembersAnother(calendar, checkpoint) ? (["finish-move"] as const) : []),
    ...wheelMends(calendar, checkpoint),
    // Whether its schedule is there and says the same only Scheduler knows: asked once a day.
    ...(calendar.state === "active" && cronOf(calendar) !== undefined ? (["keep-schedule"] as const) : []),
    ...(isStale(calendar, checkpoint, at) && !isToldStale(checkpoint) ? (["tell-stale"] as const) : []),
  ];
}

function wheelMends(calendar: Calendar, checkpoint: Checkpoint): CalendarMend[] {
  const isPolled = calendar.state === "active" && placeOf(calendar) !== undefined;
  if (checkpoint.wheel === undefined) return isPolled ? ["enter-wheel"] : [];
  if (!isPolled) return ["leave-wheel"];
  // A patch moves the interval first and the slot after it.
  return isMisplaced(calendar, checkpoint) ? ["move-slot"] : [];
}

/** The slot of a polled calendar, by what its owner and its source ask for together. */
export function slotFor({ calendarId, intervalMinutes, policy }: Calendar, { hintMinutes }: Checkpoint): string {
  return slotOf(calendarId, effectiveInterval(intervalMinutes, policy.refreshHint === "follow" ? hintMinutes : undefined));
}

function isMisplaced(calendar: Calendar, checkpoint: Checkpoint): boolean {
  const isHintKnown = checkpoint.hintMinutes !== undefined || checkpoint.calendarVersion === 0;
  return isHintKnown && checkpoint.wheel !== slotFor(calendar, checkpoint);
}

/** A commit that nobody has finished. */
function isOldPending({ pending, outcome }: Checkpoint, at: string): boolean {
  return pending !== undefined && (outcome === undefined || since(outcome.at, at) >= UNDER_WAY_MS);
}

/** Who pauses a calendar wants no success of it; a suspended one was not asked to be. */
function isStale(calendar: Calendar, checkpoint: Checkpoint, at: string): boolean {
  if (calendar.source.kind === "push" || (calendar.state !== "active" && calendar.state !== "suspended")) return false;
  // Who has no turn on a holiday misses none.
  if (checkpoint.outcome?.status === "skipped") return false;
  return isOverdue(checkpoint, calendar.intervalMinutes, successOf(calendar, checkpoint), at, calendar.schedule);
}

function isToldStale({ staleToldAt, lastSuccessAt }: Checkpoint): boolean {
  return staleToldAt !== undefined && staleToldAt > (lastSuccessAt ?? "");
}

/** The last success, or the beginning of a calendar that never had one. */
export function successOf(calendar: Calendar, { lastSuccessAt }: Checkpoint): string {
  return lastSuccessAt ?? calendar.createdAt;
}

/** Why a stale calendar is: what its last turn said, or that it had none. */
export function staleReasonCode({ staleCode, outcome }: Checkpoint): string {
  return staleCode ?? outcome?.code ?? "calendar-stale";
}

export type FoundFeed = { readonly feed: Feed; readonly members: readonly Member[]; readonly build: Build };

/** Whether a feed shows less than its members have, or what is no member's any more, or was published and no app has heard of it. */
export function isFeedOld({ feed, members, build }: FoundFeed, calendars: ReadonlyMap<string, Loaded>, at: string): boolean {
  const ready = members.flatMap(({ calendarId }) => {
    const checkpoint = calendars.get(calendarId)?.checkpoint;
    return checkpoint?.snapshotKey === undefined ? [] : [checkpoint];
  });
  const ids = new Set(ready.map(({ calendarId }) => calendarId));
  if (Object.keys(build.members).some((calendarId) => !ids.has(calendarId))) return true;
  if (build.untold !== undefined && since(build.publishedAt ?? at, at) >= UNDER_WAY_MS) return true;
  if (ready.length === 0) return false;
  if (build.renderer !== RENDERER_VERSION || build.definition !== definitionOf(feed, members, new Date(at))) return true;
  return ready.some(({ calendarId, calendarVersion, outcome }) => {
    const isSettled = outcome === undefined || since(outcome.at, at) >= UNDER_WAY_MS;
    return isSettled && (build.members[calendarId] ?? -1) < calendarVersion;
  });
}

/** A task that was put off and of which nothing was heard since: its schedule was never made, or its call was lost. */
export function isBookingLost({ dueAt }: Reservation, at: string): boolean {
  return since(dueAt, at) >= CALLED_MS;
}

/** A replay whose task ended nowhere: neither a success nor another failure has come back to the letter. */
export function isUnanswered({ state, history, replay, lastAt }: Letter, at: string): boolean {
  const sentAt = replay?.at ?? history.findLast((event) => event.state === "replaying")?.at ?? lastAt;
  return state === "replaying" && since(sentAt, at) >= UNANSWERED_MS;
}

function since(instant: string, at: string): number {
  return Date.parse(at) - Date.parse(instant);
}
