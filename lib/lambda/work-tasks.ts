/** What a worker does with each message of its batch: run the task, try it later, or give it up with its reason. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

import type { Task } from "../contract/task.ts";
import { retryDelaySeconds } from "../core/backoff.ts";
import { ServiceUnavailable } from "../core/failure.ts";
import type { Failure } from "../core/failure.ts";
import type { TaskEnd } from "../core/runs.ts";
import { deadlineSignal, runBatch } from "./batch.ts";
import type { Settled } from "./batch.ts";
import { messageIds } from "./log.ts";
import type { BatchLog } from "./log.ts";

export type Worker<Work extends Task> = {
  /** The message's task, or undefined where the body is none of this worker's. */
  readonly read: (body: string) => Work | undefined;
  readonly run: (task: Work, record: SQSRecord, signal: AbortSignal) => Promise<TaskEnd>;
  /** Sends the message to the dead-letter queue; it is durable when this returns. */
  readonly giveUp: (record: SQSRecord, failure: Failure, attempts: number) => Promise<void>;
  readonly postpone: (record: SQSRecord, delaySeconds: number) => Promise<void>;
  readonly random: () => number;
  /** Receives after which a failing message is given up here, with its reason; below the queue's maxReceiveCount, which has none. */
  readonly receiveLimit: number;
  readonly concurrency: number;
  readonly log: BatchLog;
};

export async function workTasks<Work extends Task>(
  event: SQSEvent,
  context: Context,
  worker: Worker<Work>,
): Promise<SQSBatchResponse> {
  const signal = deadlineSignal(context.getRemainingTimeInMillis());
  const response = await runBatch(
    event.Records,
    { signal, concurrency: worker.concurrency },
    {
      handle: async (record) => await workOne(record, signal, worker),
      failed: async (record, error) => await failOne(record, error, signal, worker),
      report: (record, error) => worker.log.fault(error, messageIds(record, worker.read(record.body))),
      postpone: worker.postpone,
    },
  );
  worker.log.publish({ returned: response.batchItemFailures.length });
  return response;
}

async function workOne<Work extends Task>(record: SQSRecord, signal: AbortSignal, worker: Worker<Work>): Promise<Settled> {
  const task = worker.read(record.body);
  if (task === undefined) return await giveUpUnread(record, worker);
  const startedAtMs = Date.now();
  const end = await worker.run(task, record, signal);
  worker.log.ended(task, end, Date.now() - startedAtMs);
  if (end.kind === "done") return { kind: "finished" };
  return await againOrGiveUp(record, end.failure, end.delaySeconds, worker);
}

/** Near the deadline everything may throw; that is the deadline's failure and costs the task nothing but a receive. */
async function failOne<Work extends Task>(
  record: SQSRecord,
  error: unknown,
  signal: AbortSignal,
  worker: Worker<Work>,
): Promise<Settled> {
  if (signal.aborted) return { kind: "again", delaySeconds: 1 };
  worker.log.fault(error, messageIds(record, worker.read(record.body)));
  return await againOrGiveUp(record, failureOf(error), retryDelaySeconds(receivesOf(record), worker.random()), worker);
}

async function againOrGiveUp<Work extends Task>(
  record: SQSRecord,
  failure: Failure,
  delaySeconds: number,
  worker: Worker<Work>,
): Promise<Settled> {
  const receives = receivesOf(record);
  if (receives < worker.receiveLimit) return { kind: "again", delaySeconds };
  await worker.giveUp(record, failure, receives);
  return { kind: "finished" };
}

async function giveUpUnread<Work extends Task>(record: SQSRecord, worker: Worker<Work>): Promise<Settled> {
  const reason = `the message's body of ${record.body.length} characters is no task of this worker, wanted one of version 1; look at who sent it`;
  await worker.giveUp(record, { code: "message-invalid", reason }, receivesOf(record));
  worker.log.count("message-invalid");
  return { kind: "finished" };
}

function failureOf(error: unknown): Failure {
  if (error instanceof ServiceUnavailable) return { code: error.code, reason: error.message };
  const name = error instanceof Error ? error.name : typeof error;
  // Only its name: an unforeseen error's message may hold anything.
  return { code: "worker-crashed", reason: `the worker threw ${name}, wanted an outcome; look for it in the worker's log` };
}

function receivesOf(record: SQSRecord): number {
  return Number(record.attributes.ApproximateReceiveCount);
}
