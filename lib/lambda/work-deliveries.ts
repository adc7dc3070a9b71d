/** What the alert function does with each message of a dead-letter queue: record it, or leave it where it is. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

import { readDead } from "../core/letters.ts";
import type { DeadDelivery } from "../core/letters.ts";
import { deadlineSignal, runBatch } from "./batch.ts";
import { messageIds } from "./log.ts";
import type { BatchLog } from "./log.ts";
import { deadDeliveryOf } from "./task-message.ts";

export type DeliveryDesk = {
  /** Stores the delivery durably, tells people, and says how it was taken. */
  readonly record: (delivery: DeadDelivery) => Promise<string>;
  readonly postpone: (record: SQSRecord, delaySeconds: number) => Promise<void>;
  readonly log: BatchLog;
};

/** One at a time: deliveries of one calendar would only fight for the same letter. */
const CONCURRENCY = 1;
/** While a service is down; behind a dead-letter queue there is no other. */
const RETRY_SECONDS = 30;

export async function workDeliveries(event: SQSEvent, context: Context, desk: DeliveryDesk): Promise<SQSBatchResponse> {
  const signal = deadlineSignal(context.getRemainingTimeInMillis());
  const fault = (record: SQSRecord, error: unknown): void => desk.log.fault(error, messageIds(record, readDead(record.body)));
  const response = await runBatch(
    event.Records,
    { signal, concurrency: CONCURRENCY },
    {
      handle: async (record) => {
        const delivery = deadDeliveryOf(record);
        const taken = await desk.record(delivery);
        desk.log.count(taken);
        desk.log.note("dead letter", {
          taken,
          ...messageIds(record, readDead(record.body)),
          queue: delivery.queue,
          code: delivery.code ?? "none",
        });
        return { kind: "finished" };
      },
      failed: async (record, error) => {
        fault(record, error);
        return { kind: "again", delaySeconds: RETRY_SECONDS };
      },
      report: fault,
      postpone: desk.postpone,
    },
  );
  desk.log.publish({ returned: response.batchItemFailures.length });
  return response;
}
