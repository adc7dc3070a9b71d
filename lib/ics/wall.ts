/** Civil time as one number: milliseconds since 1970 as if the wall clock showed UTC. */

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Undefined where the calendar has no such day or the clock no such time. Month from 1. */
export function wallOf(
  date: readonly [year: number, month: number, day: number],
  time: readonly [hour: number, minute: number, second: number] = [0, 0, 0],
): number | undefined {
  const [year, month, day] = date;
  const [hour, minute, second] = time;
  // RFC 5545 3.3.12: who has no leap seconds reads 60 as 59.
  const clock = hour * HOUR_MS + minute * MINUTE_MS + Math.min(second, 59) * SECOND_MS;
  if (minute > 59 || second > 60 || clock > DAY_MS || year < 1) return undefined;
  const midnight = midnightOf(year, month, day);
  const shown = new Date(midnight);
  return shown.getUTCMonth() === month - 1 && shown.getUTCDate() === day ? midnight + clock : undefined;
}

/** Days and months beyond their range roll over, as a recurrence wants. */
export function midnightOf(year: number, month: number, day: number): number {
  // Date.UTC takes years below 100 for 19xx; 400 years are a whole cycle of the calendar.
  return year < 100 ? Date.UTC(year + 400, month - 1, day) - 146_097 * DAY_MS : Date.UTC(year, month - 1, day);
}

export function yearOf(wallMs: number): number {
  return new Date(wallMs).getUTCFullYear();
}

/** Infinity of none. A list of times may be longer than the arguments that a call can have. */
export function earliestOf(timesMs: readonly number[]): number {
  return timesMs.reduce((least, timeMs) => Math.min(least, timeMs), Number.POSITIVE_INFINITY);
}

/** -Infinity of none, NaN where one is. */
export function latestOf(timesMs: readonly number[]): number {
  return timesMs.reduce((greatest, timeMs) => Math.max(greatest, timeMs), Number.NEGATIVE_INFINITY);
}

export function startOfDay(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}

/** `20260506`. */
export function writeDay(wallMs: number): string {
  const day = new Date(wallMs);
  const year = String(day.getUTCFullYear()).padStart(4, "0");
  return `${year}${pad(day.getUTCMonth() + 1)}${pad(day.getUTCDate())}`;
}

/** `20260506T010000`. */
export function writeWall(wallMs: number): string {
  const clock = new Date(wallMs);
  return `${writeDay(wallMs)}T${pad(clock.getUTCHours())}${pad(clock.getUTCMinutes())}${pad(clock.getUTCSeconds())}`;
}

function pad(part: number): string {
  return part < 10 ? `0${part}` : String(part);
}
