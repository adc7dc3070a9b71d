/** For when a one-time schedule can be made: whole seconds, and never the past, for then it would never be called. */
export const SOONEST_CALL_MS = 60_000;

/** The instant itself, or the soonest one where it is over. */
export function callableInstant(dueMs: number, nowMs: number): string {
  return new Date(Math.ceil(Math.max(dueMs, nowMs + SOONEST_CALL_MS) / 1000) * 1000).toISOString();
}
