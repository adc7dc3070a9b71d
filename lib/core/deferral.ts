/** How long a host may say "later" before somebody has to hear of it. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Failure } from "./failure.ts";

/** Both must be over: one turn a day is not a host that never answers, nor are three in an hour. */
const LONGEST_MS = 24 * 3_600_000;
const MOST_DEFERRALS = 3;

export type Deferrals = { readonly deferredSince: string; readonly deferrals: number };

/** One more "later" since the last answer. */
export function countDeferral(checkpoint: Pick<Checkpoint, "deferredSince" | "deferrals">, now: Date): Deferrals {
  return {
    deferredSince: checkpoint.deferredSince ?? now.toISOString(),
    deferrals: (checkpoint.deferrals ?? 0) + 1,
  };
}

/** Why the task is given up, or undefined while it may wait. */
export function deferredTooLong(counted: Deferrals, now: Date, host: string | undefined): Failure | undefined {
  const { deferredSince, deferrals } = counted;
  if (deferrals < MOST_DEFERRALS || now.getTime() - Date.parse(deferredSince) < LONGEST_MS) return undefined;
  const what = `host ${host ?? "unknown"} said later ${deferrals} times since ${deferredSince}, wanted one answer within 24 hours`;
  return {
    code: "deferred-too-long",
    reason: `${what}; ask its owner for more requests, or give the calendar a longer interval`,
    host,
  };
}
