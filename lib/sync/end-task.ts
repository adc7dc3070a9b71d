/** How every task of an import ends in the checkpoint and in its run. */
import type { Checkpoint, Outcome } from "../contract/checkpoint.ts";
import type { ImportTask } from "../contract/task.ts";
import { runOf } from "../core/runs.ts";
import type { Done } from "../core/runs.ts";
import { staleCodeAfter } from "../core/stale.ts";
import type { Expected, Fetched, ImportContext, ImportPorts, LoadedCalendar } from "./import-calendar.ts";
import { stillAs } from "./settled-calendar.ts";

export type Decision = {
  readonly task: ImportTask;
  readonly loaded: LoadedCalendar;
  readonly fetched: Fetched;
  /** UTC instant at which the fetch began. */
  readonly began: string;
};

/** A host that answered anything but "later" is not counted as deferring any more. */
const ANSWERED = { deferredSince: undefined, deferrals: undefined } satisfies Partial<Checkpoint>;

/** The checkpoint with this task ended. */
export function settled({ loaded, task }: Decision, outcome: Outcome): Checkpoint {
  const { calendar, checkpoint } = loaded;
  const staleCode = staleCodeAfter(checkpoint, calendar.intervalMinutes, outcome, calendar.schedule);
  return { ...checkpoint, lastTurn: task.turn ?? checkpoint.lastTurn, attempts: 0, outcome, staleCode, ...ANSWERED };
}

/** The condition of this task's save. */
export function expectedOf({ loaded, began }: Decision): Expected {
  return stillAs(loaded.checkpoint, began);
}

/** Runs are kept of what changed something, failed, or was asked for; an unchanged turn costs no second write. */
export async function record({ task, began }: Decision, end: Done, ports: ImportPorts, context: ImportContext): Promise<void> {
  if (end.status === "unchanged" && task.turn !== undefined) return;
  await ports.calendars.putRun(runOf(task, end, began, context.now().toISOString()));
}
