/** SQS download: makes the part of each task, and joins the parts when the last is stored. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

import { createDownloadAdapters } from "../lib/aws/download-adapters.ts";
import { MakeDownloadEnv } from "../lib/contract/env.ts";
import type { DownloadTask } from "../lib/contract/task.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { crashedBefore, readDownloadTask } from "../lib/lambda/task-message.ts";
import { workTasks } from "../lib/lambda/work-tasks.ts";
import type { Worker } from "../lib/lambda/work-tasks.ts";
import { sheetWriter as writer } from "../lib/sheets/sheet-writer.ts";
import { endDownload } from "../lib/sync/end-download.ts";
import { makeDownload } from "../lib/sync/make-download.ts";

const env = readEnv(MakeDownloadEnv);
const { ports, queues, deadLetters } = createDownloadAdapters(env);
const now = (): Date => new Date();

const worker: Worker<DownloadTask> = {
  read: readDownloadTask,
  // A part that ends its worker each time is given up with its reason, before SQS moves it without one.
  run: async (task, record) => crashedBefore(record, env.ATTEMPTS) ?? (await makeDownload(task, ports, { now, writer })),
  giveUp: async (record, failure, attempts) => {
    await deadLetters.giveUpBody(record.body, failure, attempts);
    const task = readDownloadTask(record.body);
    if (task !== undefined) await endDownload(task.downloadId, failure, ports, now());
  },
  postpone: async (record, delaySeconds) => await queues.postpone(record, delaySeconds),
  random: Math.random,
  // A part keeps no checkpoint: its receives are its attempts.
  receiveLimit: env.ATTEMPTS,
  concurrency: 1,
  log: new BatchLog({ service: "make-download", stage: env.STAGE, level: env.LOG_LEVEL }),
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  await workTasks(event, context, worker);
