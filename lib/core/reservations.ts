/** One-off tasks on one-time schedules: when they are due, what they are called, and what comes back of them. */
import type { Reservation } from "../contract/reservation.ts";
import type { CalendarSchedule } from "../contract/schedule.ts";
import type { ImportTask, OwnTurn } from "../contract/task.ts";
import { shortHash } from "./object-keys.ts";
import { nextTurnMs } from "./place.ts";
import { callableInstant } from "./schedule-times.ts";

/** Scheduler keeps to the minute: fan-out hears of a task that much before its start, and SQS keeps it for the rest. */
const AHEAD_MS = 120_000;
/** A deferred turn waits for the next one where that comes within this. */
const NEXT_TURN_MINUTES = 120;

/** The task on a schedule that is due before its reserved start. */
export function reservedStart(task: ImportTask, ownerId: string, startAtMs: number, nowMs: number): Reservation {
  const startAt = new Date(startAtMs).toISOString();
  return { ...bookingOf(task, ownerId, startAtMs - AHEAD_MS, nowMs), startAt };
}

/** The task on a schedule that is due when its host may be asked again. */
export function putOff(task: ImportTask, ownerId: string, until: string, nowMs: number): Reservation {
  const { turn: _closed, ...booked } = task;
  return bookingOf(booked, ownerId, Date.parse(until), nowMs);
}

/** The task on a schedule for a time that is not its host's choice; its turn is still open. */
export function moveTo(task: ImportTask, ownerId: string, atMs: number, nowMs: number): Reservation {
  return bookingOf(task, ownerId, atMs, nowMs);
}

/** The same booking for the next moment, for nothing was heard of it at its own; its host's start is long over. */
export function bookedAgain(reservation: Reservation, nowMs: number): Reservation {
  return { ...reservation, startAt: undefined, dueAt: callableInstant(nowMs, nowMs) };
}

/**
 * Whether a deferred task is lost unless it is booked again: it has no turn of its own that comes soon after.
 * @param schedule of a calendar whose turns are not on the wheel
 */
export function hasNoTurnSoon(
  task: Pick<ImportTask, "turn">,
  slot: string | undefined,
  until: string,
  schedule?: CalendarSchedule,
): boolean {
  if (task.turn === undefined) return true;
  const untilMs = Date.parse(until);
  const nextMs = nextTurnMs({ schedule }, slot, untilMs);
  // Off the wheel it is not to be polled.
  if (nextMs === undefined) return schedule?.kind === "cron";
  return nextMs - untilMs > NEXT_TURN_MINUTES * 60_000;
}

/** A turn that was moved to another day: there it is the turn of that minute, so that two which move to it are one. */
export function movedTurn(task: ImportTask, toMs: number): ImportTask {
  if (task.turn === undefined) return task;
  const turn = Math.floor(toMs / 60_000);
  return { ...task, taskId: `${task.calendarId}@${turn}`, turn };
}

/** `<ownerId>.<hash>`, 63 characters at most: the same task put off for the same time has the same name. */
export function scheduleName({ ownerId, taskId, bookings }: Reservation): string {
  return `${ownerId}.${shortHash(`${taskId} ${bookings}`)}`;
}

/** What the schedule sends to fan-out. */
export function ownTurnOf({ calendarId, taskId, reason, replayOf, startAt, bookings, turn }: Reservation): OwnTurn {
  return { calendarId, taskId, reason, replayOf, startAt, bookings, turn };
}

function bookingOf(task: ImportTask, ownerId: string, dueMs: number, nowMs: number): Reservation {
  const { taskId, calendarId, reason, replayOf, bookings = 0, turn } = task;
  const dueAt = callableInstant(dueMs, nowMs);
  return { version: 1, taskId, calendarId, ownerId, reason, replayOf, dueAt, bookings: bookings + 1, turn };
}
