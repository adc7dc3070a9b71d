/** How a task ended, and the record that is kept of it. */
import type { Run } from "../contract/run.ts";
import type { ImportTask } from "../contract/task.ts";
import type { Failure } from "./failure.ts";

export type ChangeCounts = {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly calendarVersion: number;
};

/** What a task of a download did. */
type DownloadStep = "planned" | "made" | "joined";

/** `retry` goes back to the queue for a while; everything else is over. */
export type TaskEnd =
  | {
      readonly kind: "done";
      readonly status:
        | "imported"
        | "exported"
        | "unchanged"
        | "deferred"
        | "failed"
        | "held"
        | "duplicate"
        | "gone"
        | "paused"
        | "skipped"
        | DownloadStep;
      readonly failure?: Failure;
    }
  | { readonly kind: "retry"; readonly delaySeconds: number; readonly failure: Failure };

export type Done = Extract<TaskEnd, { readonly kind: "done" }>;

/** The id under which a task's run is kept: what somebody asked for can be followed by its task id. */
export function runIdOf(task: ImportTask, startedAt: string): string {
  return task.turn === undefined ? task.taskId : `${startedAt}~${task.turn}`;
}

/** Ids of one-off tasks begin with the instant they were asked for, so that runs sort by time. */
export function oneOffTaskId(askedAt: string, id: string): string {
  return `${askedAt}~${id}`;
}

/** A task waits in a queue, or its host's "later" put it on a schedule: whoever follows its run has not heard its end. */
export function isWaiting({ status }: Pick<Run, "status">): boolean {
  return WAITS.includes(status);
}

type Status = Run["status"];

export const WAITS: readonly Status[] = ["queued", "deferred"];

/**
 * The statuses over which this one is written; undefined where over all. A message that came twice finds nothing to do any more, or a source
 * that has failed since: what its first delivery imported stays on record. A worker that wakes up late takes no end back.
 */
export function writtenOver(status: Status): readonly Status[] | undefined {
  switch (status) {
    case "queued":
      return [];
    case "deferred":
    case "duplicate":
      return [...WAITS, "duplicate"];
    case "imported":
      return undefined;
    case "unchanged":
    case "failed":
    case "held":
    case "skipped":
      return [...WAITS, "duplicate", "unchanged", "failed", "held", "skipped"];
  }
}

export function runOf(task: ImportTask, end: TaskEnd, startedAt: string, endedAt: string): Run {
  const run: Run = {
    version: 1,
    runId: runIdOf(task, startedAt),
    calendarId: task.calendarId,
    taskId: task.taskId,
    reason: task.reason,
    status: end.kind === "done" ? runStatusOf(end.status) : "failed",
    startedAt,
    endedAt,
  };
  if (end.failure !== undefined) return { ...run, code: end.failure.code, detail: end.failure.reason };
  return end.kind === "done" && end.status === "paused" ? { ...run, detail: PAUSED } : run;
}

/** What no import ends like. */
const OTHERS = new Set<string>(["gone", "exported", "planned", "made", "joined"]);

const PAUSED = "its calendar is paused; resume it, and ask again";

function runStatusOf(status: Done["status"]): Run["status"] {
  if (status === "paused") return "skipped";
  return isRunStatus(status) ? status : "duplicate";
}

function isRunStatus(status: Done["status"]): status is Extract<typeof status, Run["status"]> {
  return !OTHERS.has(status);
}
