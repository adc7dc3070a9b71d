/** How long to wait after a failure: full jitter for a task, doubling turns for a calendar. */

const TASK_BASE_SECONDS = 2;
const TASK_MOST_SECONDS = 600;
const CALENDAR_MOST_MINUTES = 1440;

/** Seconds until the task is tried again: a random time up to base x 2^attempts, at least 1 (0 would lose the message in some engines). */
export function retryDelaySeconds(attempts: number, random: number): number {
  const most = Math.min(TASK_MOST_SECONDS, TASK_BASE_SECONDS * 2 ** attempts);
  return Math.max(1, Math.ceil(most * random));
}

/** Instant before which a calendar that failed `failures` turns in a row is not asked again: interval x 2^n, at most a day. */
export function calendarNotBefore(now: Date, intervalMinutes: number, failures: number): string {
  const minutes = Math.min(CALENDAR_MOST_MINUTES, intervalMinutes * 2 ** Math.min(failures, 12));
  // Half an interval early, so that the turn at the end of the wait is not missed by seconds.
  return new Date(now.getTime() + (minutes - intervalMinutes / 2) * 60_000).toISOString();
}

const DEFERRED_MOST_MS = 24 * 3_600_000;
const DEFERRED_DEFAULT_MS = 15 * 60_000;
const DEFERRED_JITTER = 0.2;

/** Until when a host that said "later" is left alone: what it asked for, at most a day, and up to a fifth more. */
export function deferredUntil(now: Date, asked: string | undefined, random: number): string {
  const askedMs = asked === undefined ? DEFERRED_DEFAULT_MS : Date.parse(asked) - now.getTime();
  const waitMs = Math.min(DEFERRED_MOST_MS, Math.max(0, askedMs));
  return new Date(now.getTime() + waitMs * (1 + DEFERRED_JITTER * random)).toISOString();
}
