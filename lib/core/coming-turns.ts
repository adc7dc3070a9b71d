/** A calendar's coming turns and why each stands where it does. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Host } from "../contract/host.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { ComingTurn, ComingTurns } from "../contract/time-view.ts";
import { UTC } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { startOutside } from "./blackout.ts";
import { turnOnDay } from "./business-days.ts";
import { startsPerSecond } from "./pace.ts";
import { cronOf, nextTurnMs } from "./place.ts";
import { hasNoTurnSoon } from "./reservations.ts";
import { intervalOf } from "./slots.ts";
import { localTime } from "./wall-clock.ts";

export type Coming = {
  readonly calendar: Calendar;
  readonly checkpoint: Checkpoint;
  /** The host's record, where it has one. */
  readonly host: Host | undefined;
  /** Days of the calendar's holidays. */
  readonly holidays: ReadonlySet<string>;
  /** Why the holidays may not be those of today. */
  readonly doubt?: string | undefined;
  /** Its reservations that wait. */
  readonly reservations: readonly OwnersReservation[];
};
type Planned = { readonly atMs: number; readonly why: readonly string[] };

/** A calendar that is asked every five minutes and has a month of holidays. */
const LOOKED_AT = 10_000;

export function comingTurns(
  coming: Coming,
  now: Date,
  { count, zone }: { readonly count: number; readonly zone?: string | undefined },
): ComingTurns {
  const { calendar } = coming;
  const shownIn = zone ?? calendar.businessDays?.zone ?? cronOf(calendar)?.zone ?? "UTC";
  const reserved = coming.reservations.map((one): Planned => {
    return outOfTheWay({ atMs: Date.parse(one.at), why: [`reservation ${one.reservationId}`] }, coming, now);
  });
  const planned = [...ownTurns(coming, now, count), ...reserved].toSorted((one, other) => one.atMs - other.atMs);
  return {
    calendarId: calendar.calendarId,
    zone: shownIn,
    turns: planned.slice(0, count).map((turn) => shownTurn(turn, shownIn)),
    notes: notesOf(coming, now),
  };
}

/** The turns of its schedule; none where it is not to be polled. */
function ownTurns(coming: Coming, now: Date, count: number): Planned[] {
  const { calendar, checkpoint } = coming;
  if (calendar.state !== "active" || calendar.source.kind === "push") return [];
  const turns = new Map<number, Planned>();
  let afterMs = Math.max(now.getTime(), checkpoint.lastTurn * 60_000);
  for (let looked = 0; looked < LOOKED_AT && turns.size < count; looked += 1) {
    const atMs = nextTurnMs(calendar, checkpoint.wheel, afterMs);
    if (atMs === undefined) break;
    const turn = planOf(atMs, coming, now);
    if (turn !== undefined) turns.set(turn.atMs, turns.get(turn.atMs) ?? turn);
    afterMs = atMs;
  }
  return [...turns.values()];
}

/** Undefined where the turn is skipped. */
function planOf(atMs: number, coming: Coming, now: Date): Planned | undefined {
  const { calendar, checkpoint, holidays } = coming;
  const why = originOf(calendar, checkpoint.wheel);
  if (checkpoint.notBefore !== undefined && atMs < Date.parse(checkpoint.notBefore)) return undefined;
  const { businessDays } = calendar;
  if (businessDays === undefined) return hostsWay({ atMs, why }, coming, now);
  const policy = cronOf(calendar) === undefined ? "skip" : businessDays.policy;
  const day = turnOnDay(atMs, { ...businessDays, policy }, holidays);
  if (day.kind === "skipped") return undefined;
  if (day.kind === "stands") return hostsWay({ atMs, why }, coming, now);
  return hostsWay({ atMs: day.toMs, why: [...why, `moved from ${day.day}, which is no business day`] }, coming, now);
}

function originOf(calendar: Calendar, wheel: string | undefined): string[] {
  const cron = cronOf(calendar);
  if (cron !== undefined) return [`cron ${cron.expression} in ${cron.zone}`];
  const minutes = wheel === undefined ? calendar.intervalMinutes : intervalOf(wheel);
  const phase = Number(wheel?.split("#")[1] ?? 0);
  const hint =
    minutes > calendar.intervalMinutes ? `, for the feed asks for more than the owner's ${calendar.intervalMinutes}` : "";
  return [`every ${minutes} minutes, ${phase} after each ${minutes} of the day (UTC)${hint}`];
}

/** In a window a turn of the wheel is skipped where another comes soon after it; whatever else is due waits for the window's end. */
function hostsWay(turn: Planned, coming: Coming, now: Date): Planned | undefined {
  const { calendar, checkpoint, host } = coming;
  const openMs = host === undefined ? turn.atMs : startOutside(host, turn.atMs);
  const isWheel = cronOf(calendar) === undefined;
  const task = { turn: Math.floor(turn.atMs / 60_000) };
  if (openMs > turn.atMs && isWheel && !hasNoTurnSoon(task, checkpoint.wheel, new Date(openMs).toISOString())) return undefined;
  return outOfTheWay(turn, coming, now);
}

/** The first start that the host's window, cooldown and pace leave. */
function outOfTheWay({ atMs, why }: Planned, { host }: Coming, now: Date): Planned {
  if (host === undefined) return { atMs, why };
  const reasons = [...why];
  let startMs = atMs;
  const coolMs = host.cooldownUntil === undefined ? 0 : Date.parse(host.cooldownUntil);
  if (coolMs > startMs) reasons.push(`host ${host.host} cools down until ${host.cooldownUntil ?? ""}`);
  startMs = Math.max(startMs, coolMs);
  const nextMs = host.nextStartAtMs ?? 0;
  if (nextMs > startMs && nextMs > now.getTime()) {
    reasons.push(`the pace of host ${host.host}, ${startsPerSecond(host)} starts a second, has its next free start then`);
    startMs = nextMs;
  }
  const openMs = startOutside(host, startMs);
  if (openMs > startMs) reasons.push(`host ${host.host} has a window until ${new Date(openMs).toISOString()}`);
  return { atMs: openMs, why: reasons };
}

function notesOf({ calendar, checkpoint, doubt }: Coming, now: Date): string[] {
  const { state, pausedBy } = calendar;
  if (calendar.source.kind === "push") return ["an app writes it: it has no turns"];
  const notes: string[] = [];
  if (state === "paused") notes.push(`paused by its ${pausedBy ?? "calendar"}: no turns until calferry calendar resume`);
  if (state === "suspended") notes.push("suspended, for its source is gone (410): no turns until a sync succeeds");
  const { notBefore, outcome } = checkpoint;
  if (notBefore !== undefined && notBefore > now.toISOString())
    notes.push(`no turn before ${notBefore}: ${whyNotBefore(outcome)}`);
  if (doubt !== undefined) notes.push(`its holidays may be old (${doubt}): the last good copy stands`);
  return notes;
}

function whyNotBefore(outcome: Checkpoint["outcome"]): string {
  switch (outcome?.status) {
    case "failed":
      return `backing off after ${outcome.code ?? "a failure"}`;
    case "deferred":
      return `the host is to be left alone (${outcome.code ?? "deferred"})`;
    case "skipped":
      return "it is no business day";
    case "imported":
    case "unchanged":
    case "held":
    case undefined:
      return "it was put off";
  }
}

function shownTurn({ atMs, why }: Planned, zone: string): ComingTurn {
  return { at: new Date(atMs).toISOString(), local: localTime(ianaZone(zone) ?? UTC, atMs), why };
}
