/** SQS, SNS and S3 on this machine: fauxqs over SQLite, with what the plan declares of queues, topics and buckets. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { SNSClient } from "@aws-sdk/client-sns";
import { ChangeMessageVisibilityCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";

import { LOOPBACK } from "./loopback.ts";
import { lastOf } from "./arn.ts";
import type { Plan } from "./resources.ts";
import { clientSettings } from "./sdk-settings.ts";

const LISTEN_CHANNEL = "tracing:net.server.listen:asyncStart";

export interface Messages {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly stop: () => Promise<void>;
}

export async function startMessages(directory: string, port: number, plan: Plan): Promise<Messages> {
  const server = await listenOnLoopback(port, async () =>
    startFauxqs({ dataDir: directory, port, logger: false, host: LOOPBACK }),
  );
  server.setup({
    queues: plan.queues.map(({ name }) => ({ name })),
    topics: plan.topics.map((name) => ({ name })),
    buckets: [...plan.buckets],
    subscriptions: plan.subscriptions
      .filter(({ Protocol }) => Protocol === "sqs")
      .map((one) => ({
        topic: lastOf(one.TopicArn),
        queue: lastOf(one.Endpoint),
        attributes: { RawMessageDelivery: String(one.RawMessageDelivery) },
      })),
  });
  const [sqs, sns] = [new SQSClient(clientSettings(port)), new SNSClient(clientSettings(port))];
  for (const { ref, name, arn: _arn, RedrivePolicy = "", ...numbers } of plan.queues) {
    const attributes = Object.entries({ ...numbers, RedrivePolicy }).map(([key, value]) => [
      key,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: ref, Attributes: Object.fromEntries(attributes) }));
    // Received before the last stop and never finished: nobody works on them now. A timeout of 0 would lose them in fauxqs 2.4.1.
    for (const { receiptHandle } of server.inspectQueue(name)?.messages.inflight ?? []) {
      const message = { QueueUrl: ref, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 };
      await sqs.send(new ChangeMessageVisibilityCommand(message));
    }
  }
  const stop = async (): Promise<void> => {
    sqs.destroy();
    sns.destroy();
    await server.stop();
  };
  return { sqs, sns, stop };
}

/** fauxqs listens on all addresses whatever its `host` says; Node lets a listener of this channel see the options first. */
async function listenOnLoopback<T>(port: number, start: () => Promise<T>): Promise<T> {
  const onlyLoopback = (message: unknown): void => {
    const options = Object(Object(message).options);
    if (options.port === port) options.host = LOOPBACK;
  };
  subscribe(LISTEN_CHANNEL, onlyLoopback);
  try {
    return await start();
  } finally {
    unsubscribe(LISTEN_CHANNEL, onlyLoopback);
  }
}
