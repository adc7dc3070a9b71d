/** SQS import | urgent: imports the calendar of each task. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

import { createImportAdapters } from "../lib/aws/import-adapters.ts";
import { randomId } from "../lib/aws/random-id.ts";
import { ImportCalendarEnv } from "../lib/contract/env.ts";
import type { ImportTask } from "../lib/contract/task.ts";
import { createSourceFetcher } from "../lib/http/fetch-source.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { LargeRoom } from "../lib/lambda/large-room.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { readImportTask } from "../lib/lambda/task-message.ts";
import { workTasks } from "../lib/lambda/work-tasks.ts";
import type { Worker } from "../lib/lambda/work-tasks.ts";
import { importCalendar } from "../lib/sync/import-calendar.ts";

const env = readEnv(ImportCalendarEnv);
const { ports, queues, deadLettersOf } = createImportAdapters(env);
const source = createSourceFetcher({ limitBytes: env.SOURCE_LIMIT_BYTES, allow: env.FETCH_ALLOW });
const clock = { now: () => new Date(), random: Math.random, newId: randomId, attempts: env.ATTEMPTS };

const workerIn = (room: LargeRoom): Worker<ImportTask> => ({
  read: readImportTask,
  run: async (task, record, signal) => {
    const receives = Number(record.attributes.ApproximateReceiveCount);
    const all = { ...ports, source, deadLetters: deadLettersOf(record.eventSourceARN) };
    return await room.hold(async (makeRoom) => await importCalendar(task, all, { ...clock, signal, receives, makeRoom }));
  },
  giveUp: async (record, failure, attempts) =>
    await deadLettersOf(record.eventSourceARN).giveUpBody(record.body, failure, attempts),
  postpone: async (record, delaySeconds) => await queues.postpone(record, delaySeconds),
  random: Math.random,
  // The checkpoint counts a source's failures; this many receives are ours: a service that is down, or a worker that throws.
  receiveLimit: 10,
  concurrency: 10,
  log: new BatchLog({ service: "import-calendar", stage: env.STAGE, level: env.LOG_LEVEL }),
});

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  await workTasks(event, context, workerIn(new LargeRoom()));
