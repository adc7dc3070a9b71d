/** One-off tasks on one-time schedules: when they are due, what they are called, and what comes back of them. */
import type { Reservation } from "../contract/reservation.ts";
import type { ImportTask, OwnTurn } from "../contract/task.ts";
import { shortHash } from "./object-keys.ts";
import { minuteOf, nextTurn } from "./slots.ts";

/** Scheduler keeps to the minute: fan-out hears of a task that much before its start, and SQS keeps it for the rest. */
const AHEAD_MS = 120_000;
/** A schedule in the past would never be called. */
const SOONEST_MS = 60_000;
/** A deferred turn waits for the next one where that comes within this. */
const NEXT_TURN_MINUTES = 120;

/** The task on a schedule that is due before its reserved start. */
export function reservedStart(task: ImportTask, ownerId: string, startAtMs: number, nowMs: number): Reservation {
  const startAt = new Date(startAtMs).toISOString();
  return { ...bookingOf(task, ownerId, startAtMs - AHEAD_MS, nowMs), startAt };
}

/** The task on a schedule that is due when its host may be asked again. */
export function putOff(task: ImportTask, ownerId: string, until: string, nowMs: number): Reservation {
  return bookingOf(task, ownerId, Date.parse(until), nowMs);
}

/** Whether a deferred task is lost unless it is booked again: it has no turn of its own that comes soon after. */
export function hasNoTurnSoon(task: ImportTask, slot: string | undefined, until: string): boolean {
  if (task.turn === undefined) return true;
  const minute = minuteOf(new Date(until));
  return slot !== undefined && nextTurn(slot, minute) - minute > NEXT_TURN_MINUTES;
}

/** `<ownerId>.<hash>`, 63 characters at most: the same task put off for the same time has the same name. */
export function scheduleName({ ownerId, taskId, bookings }: Reservation): string {
  return `${ownerId}.${shortHash(`${taskId} ${bookings}`)}`;
}

/** What the schedule sends to fan-out. */
export function ownTurnOf({ calendarId, taskId, reason, replayOf, startAt, bookings }: Reservation): OwnTurn {
  return { calendarId, taskId, reason, replayOf, startAt, bookings };
}

function bookingOf(task: ImportTask, ownerId: string, dueMs: number, nowMs: number): Reservation {
  const { taskId, calendarId, reason, replayOf, bookings = 0 } = task;
  const wholeMs = Math.ceil(Math.max(dueMs, nowMs + SOONEST_MS) / 1000) * 1000;
  const dueAt = new Date(wholeMs).toISOString();
  return { version: 1, taskId, calendarId, ownerId, reason, replayOf, dueAt, bookings: bookings + 1 };
}
