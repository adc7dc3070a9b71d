/** SQS export: builds the feed of each task. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

import { createExportAdapters } from "../lib/aws/export-adapters.ts";
import { ExportFeedEnv } from "../lib/contract/env.ts";
import type { ExportTask } from "../lib/contract/task.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { readExportTask } from "../lib/lambda/task-message.ts";
import { workTasks } from "../lib/lambda/work-tasks.ts";
import type { Worker } from "../lib/lambda/work-tasks.ts";
import { exportFeed } from "../lib/sync/export-feed.ts";

const env = readEnv(ExportFeedEnv);
const { ports, queues, deadLetters } = createExportAdapters(env);

const worker: Worker<ExportTask> = {
  read: readExportTask,
  run: async (task) => await exportFeed(task, ports, { now: () => new Date() }),
  giveUp: async (record, failure, attempts) => await deadLetters.giveUpBody(record.body, failure, attempts),
  postpone: async (record, delaySeconds) => await queues.postpone(record, delaySeconds),
  random: Math.random,
  // A build keeps no checkpoint: its receives are its attempts.
  receiveLimit: env.ATTEMPTS,
  // Each build holds its members' snapshots in memory.
  concurrency: 2,
  log: new BatchLog({ service: "export-feed", stage: env.STAGE, level: env.LOG_LEVEL }),
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  await workTasks(event, context, worker);
