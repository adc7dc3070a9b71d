/** Messages of the task queues and of their dead-letter queues, as the workers receive them. */
import type { SQSRecord } from "aws-lambda";

import { FailureAttributes } from "../contract/task.ts";
import type { DownloadTask, ExportTask, ImportTask } from "../contract/task.ts";
import { readTask } from "../core/letters.ts";
import type { DeadDelivery } from "../core/letters.ts";
import type { TaskEnd } from "../core/runs.ts";

export function readImportTask(body: string): ImportTask | undefined {
  const task = readTask(body);
  return task?.kind === "import" ? task : undefined;
}

export function readExportTask(body: string): ExportTask | undefined {
  const task = readTask(body);
  return task?.kind === "export" ? task : undefined;
}

export function readDownloadTask(body: string): DownloadTask | undefined {
  const task = readTask(body);
  return task?.kind === "download" ? task : undefined;
}

/** The end of a task whose worker was ended by it each time before: undefined up to `attempts` receives. */
export function crashedBefore({ attributes }: SQSRecord, attempts: number): TaskEnd | undefined {
  const receives = Number(attributes.ApproximateReceiveCount);
  if (receives <= attempts) return undefined;
  const reason = `the task was received ${receives} times and never ended, wanted an answer; look for the worker's time-outs and memory`;
  return { kind: "retry", delaySeconds: 1, failure: { code: "worker-crashed", reason } };
}

/** A message that a worker gave up carries why; one that SQS moved carries nothing but its receives. */
export function deadDeliveryOf(record: SQSRecord): DeadDelivery {
  const { code, reason, host, attempts } = Object.fromEntries(
    Object.entries(record.messageAttributes).map(([name, { stringValue }]) => [name, stringValue]),
  );
  const given = FailureAttributes.safeParse({ code, reason, host, attempts: Number(attempts) }).data;
  return {
    messageId: record.messageId,
    body: record.body,
    queue: record.eventSourceARN.slice(record.eventSourceARN.lastIndexOf(":") + 1),
    sentAt: new Date(Number(record.attributes.SentTimestamp)).toISOString(),
    ...(given ?? { attempts: Number(record.attributes.ApproximateReceiveCount) }),
  };
}
