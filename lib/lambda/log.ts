/** What a function says: a JSON line for each task worth one, one EMF line a batch; ids, codes and times, never a url or a token. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

import type { FanOutEvent, Task } from "../contract/task.ts";
import type { TaskEnd } from "../core/runs.ts";

export type LogSettings = {
  readonly service: string;
  readonly stage: string;
  readonly level: "DEBUG" | "INFO" | "WARN" | "ERROR";
};

/** What our schedules call fan-out with, but for the tick. */
type OwnCall = Exclude<FanOutEvent, { readonly tick: true }>;

/** Ends that cost nothing and happen all the time; a line for each would cost more than the work. */
const QUIET = new Set(["unchanged", "duplicate", "gone", "paused"]);

export class BatchLog {
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  private readonly counts = new Map<string, number>();

  constructor({ service, stage, level }: LogSettings) {
    this.logger = new Logger({ serviceName: service, logLevel: level });
    // Nothing of a task may become a dimension: each value is a metric that is paid for.
    this.metrics = new Metrics({ namespace: "Calferry", serviceName: service, defaultDimensions: { stage } });
  }

  ended(task: Task, end: TaskEnd, ms: number): void {
    const status = end.kind === "done" ? end.status : "retry";
    this.count(status);
    const { failure } = end;
    const line = {
      taskId: task.taskId,
      ...(task.kind === "download" || task.calendarId === undefined ? {} : { calendarId: task.calendarId }),
      ...(task.kind === "export" ? { feedId: task.feedId } : {}),
      ...(task.kind === "download" ? { downloadId: task.downloadId, part: task.part } : {}),
      status,
      ms,
      ...(failure === undefined ? {} : { code: failure.code, reason: failure.reason }),
    };
    if (failure !== undefined) this.logger.warn("task ended", line);
    else if (QUIET.has(status)) this.logger.debug("task ended", line);
    else this.logger.info("task ended", line);
  }

  /** A call of one of our schedules, by the ids that its task is followed by. */
  called(call: OwnCall, status: string): void {
    this.count(status);
    this.logger.info("call ended", { ...idsOf(call), status });
    this.publish();
  }

  note(message: string, facts: Readonly<Record<string, string | number>>): void {
    this.logger.info(message, facts);
  }

  /** Only what an error says of itself: other fields of it, such as a bad URL's input, may be secrets. */
  fault(error: unknown, ids: Readonly<Record<string, string>>): void {
    const { name, message, stack } = error instanceof Error ? error : { name: typeof error, message: "", stack: "" };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.name : undefined;
    this.count("fault");
    this.logger.error("fault", { ...ids, fault: { name, message, cause, stack } });
  }

  count(outcome: string, by = 1): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + by);
  }

  /** Writes the batch's counts as one line: a metric for each outcome that happened. */
  publish(more: Readonly<Record<string, number>> = {}): void {
    for (const [outcome, count] of Object.entries(more)) this.count(outcome, count);
    for (const [outcome, count] of this.counts) {
      if (count > 0) this.metrics.addMetric(outcome, MetricUnit.Count, count);
    }
    this.counts.clear();
    this.metrics.publishStoredMetrics();
  }
}

function idsOf(call: OwnCall): Readonly<Record<string, string>> {
  if ("reservationId" in call) return { reservationId: call.reservationId };
  if ("repeatId" in call) return { repeatId: call.repeatId };
  const { calendarId } = call;
  return { calendarId, taskId: "dueAt" in call ? `${calendarId}@${Math.floor(Date.parse(call.dueAt) / 60_000)}` : call.taskId };
}

/** By what a line names a message: a task's id is followed through every one. */
export function messageIds(
  { messageId }: { readonly messageId: string },
  task: Task | undefined,
): Readonly<Record<string, string>> {
  return task === undefined ? { messageId } : { messageId, taskId: task.taskId };
}
