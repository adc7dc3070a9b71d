/** SQS dead-letter queues: records each letter and raises its alert. */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";

import { createAlertAdapters } from "../lib/aws/alert-adapters.ts";
import { AlertEnv } from "../lib/contract/env.ts";
import { alertWebhooks } from "../lib/http/alert-webhook.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { workDeliveries } from "../lib/lambda/work-deliveries.ts";
import type { DeliveryDesk } from "../lib/lambda/work-deliveries.ts";
import { recordLetter } from "../lib/sync/record-letter.ts";

const env = readEnv(AlertEnv);
const { topic, queues, ...books } = createAlertAdapters(env);
const ports = { ...books, channels: [topic, ...alertWebhooks(env.ALERT_WEBHOOK)] };

const desk: DeliveryDesk = {
  record: async (delivery) => await recordLetter(delivery, ports, new Date()),
  postpone: async (record, delaySeconds) => await queues.postpone(record, delaySeconds),
  log: new BatchLog({ service: "alert", stage: env.STAGE, level: env.LOG_LEVEL }),
};

export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
  await workDeliveries(event, context, desk);
