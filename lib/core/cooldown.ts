/** What a task does whose host said "later" to somebody: wait a moment, come back much later, or be the one that tries. */
import type { ImportTask } from "../contract/task.ts";

/** How long the one that tries may take; longer than a fetch. */
export const PROBE_MS = 30_000;
/** Those that waited come back spread over this, for others keep coming at the host's whole pace. */
const SPREAD_MS = 60_000;
/** A task that has waited so long after its start gives its turn up. */
const PATIENCE_MS = 120_000;
/** What comes this late belongs to a backlog. */
const LATE_MS = 60_000;
/** SQS hides a message for 12 hours at most. */
const HIDDEN_MOST_SECONDS = 11 * 3600;

/** `probe`: the cooldown is over and nobody has tried yet. */
export type Gate = "probe" | "wait" | "deferred";

export function gateOf(cooldownUntil: string, { startAt }: Pick<ImportTask, "startAt">, now: Date): Gate {
  const leftMs = Date.parse(cooldownUntil) - now.getTime();
  if (leftMs <= 0) return "probe";
  return leftMs <= PROBE_MS && now.getTime() - Date.parse(startAt) < PATIENCE_MS ? "wait" : "deferred";
}

/** Seconds that a task goes back for while another tries. */
export function waitSeconds(random: number): number {
  return Math.ceil((PROBE_MS + SPREAD_MS * random) / 1000);
}

/** Seconds that a late task goes back for, so that a backlog does not come all at once; undefined where it is in time. */
export function lateSeconds({ startAt }: Pick<ImportTask, "startAt">, now: Date, random: number): number | undefined {
  const lateMs = now.getTime() - Date.parse(startAt);
  return lateMs <= LATE_MS ? undefined : Math.min(HIDDEN_MOST_SECONDS, Math.max(1, Math.ceil((lateMs / 1000) * random)));
}
