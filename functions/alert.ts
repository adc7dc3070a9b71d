/** SQS dead-letter queues: records each letter and tells people. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

import { createAlertAdapters } from "../lib/aws/alert-adapters.ts";
import { AlertEnv } from "../lib/contract/env.ts";
import type { Letter } from "../lib/contract/letter.ts";
import { postWebhook } from "../lib/http/post-webhook.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { workDeliveries } from "../lib/lambda/work-deliveries.ts";
import type { DeliveryDesk } from "../lib/lambda/work-deliveries.ts";
import { recordLetter } from "../lib/sync/record-letter.ts";

const env = readEnv(AlertEnv);
const { letters, successes, topic, queues } = createAlertAdapters(env);

const notify = async (letter: Letter): Promise<void> => {
  const webhooks = env.ALERT_WEBHOOK === "" ? [] : [postWebhook(env.ALERT_WEBHOOK, letter)];
  await Promise.all([topic.notify(letter), ...webhooks]);
};

const desk: DeliveryDesk = {
  record: async (delivery) => await recordLetter(delivery, { letters, successes, notifier: { notify } }, new Date()),
  postpone: async (record, delaySeconds) => await queues.postpone(record, delaySeconds),
  log: new BatchLog({ service: "alert", stage: env.STAGE, level: env.LOG_LEVEL }),
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  await workDeliveries(event, context, desk);
