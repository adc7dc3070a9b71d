/** When a source has given no success for so long that its feeds say so. */
import type { Checkpoint, Outcome } from "../contract/checkpoint.ts";
import type { CalendarSchedule } from "../contract/schedule.ts";
import { cronTurns } from "./cron.ts";
import { intervalOf } from "./slots.ts";

/** A day: shorter trouble mends itself and would only make feeds flicker. */
const LEAST_MS = 24 * 3_600_000;
/** Calendars that are asked once a day may miss a turn or two. */
const MISSED_TURNS = 3;

/**
 * The checkpoint's `staleCode` once a task has ended so. The code of the turn that crossed the limit stands until a success:
 * a source that fails now one way and now another must not rebuild its feeds at each poll.
 */
export function staleCodeAfter(
  checkpoint: Checkpoint,
  ownersMinutes: number,
  outcome: Outcome,
  schedule?: CalendarSchedule,
): string | undefined {
  if (outcome.status === "imported" || outcome.status === "unchanged") return undefined;
  if (checkpoint.staleCode !== undefined) return checkpoint.staleCode;
  if (checkpoint.lastSuccessAt === undefined) return undefined;
  return isOverdue(checkpoint, ownersMinutes, checkpoint.lastSuccessAt, outcome.at, schedule) ? outcome.code : undefined;
}

/** Whether a calendar without success since `since` is stale at `at`. */
export function isOverdue(
  { wheel }: Pick<Checkpoint, "wheel">,
  ownersMinutes: number,
  since: string,
  at: string,
  schedule?: CalendarSchedule,
): boolean {
  const sinceMs = Date.parse(since);
  const minutes = wheel === undefined ? ownersMinutes : intervalOf(wheel);
  const missedMs =
    schedule?.kind === "cron" ? cronTurns(schedule, sinceMs, MISSED_TURNS).at(-1) : sinceMs + MISSED_TURNS * minutes * 60_000;
  return Date.parse(at) >= Math.max(sinceMs + LEAST_MS, missedMs ?? 0);
}
