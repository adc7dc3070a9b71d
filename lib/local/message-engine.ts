/** SQS, SNS and S3 on this machine: fauxqs over SQLite, with what the plan declares of queues, topics and buckets. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";

import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { ChangeMessageVisibilityCommand, CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import type { FauxqsServer } from "fauxqs";

import { LOOPBACK } from "./loopback-server.ts";
import { REGION } from "./physical-names.ts";
import type { Plan, QueueDefinition, SubscriptionDefinition } from "./plan.ts";
import { CREDENTIALS } from "./sdk-settings.ts";

const LISTEN_CHANNEL = "tracing:net.server.listen:asyncStart";

export interface MessageEngine {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly stop: () => Promise<void>;
}

export async function startMessages(options: {
  readonly directory: string;
  readonly port: number;
  readonly plan: Plan;
}): Promise<MessageEngine> {
  const { directory, port, plan } = options;
  const server = await listenOnLoopback(port, async () =>
    startFauxqs({ dataDir: directory, port, logger: false, host: LOOPBACK, defaultRegion: REGION }),
  );
  const settings = { ...CREDENTIALS, endpoint: `http://${LOOPBACK}:${port}` };
  const [sqs, sns, s3] = [new SQSClient(settings), new SNSClient(settings), new S3Client(settings)];
  await Promise.all(plan.queues.map(async (queue) => provisionQueue(server, sqs, queue)));
  await Promise.all(plan.buckets.map(async (bucket) => s3.send(new CreateBucketCommand({ Bucket: bucket })).catch(ignoreOwned)));
  await Promise.all(plan.topics.map(async (topic) => provisionTopic(sns, topic, plan.subscriptions)));
  s3.destroy();
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
    if (options.port === port) {
      options.host = LOOPBACK;
    }
  };
  subscribe(LISTEN_CHANNEL, onlyLoopback);
  try {
    return await start();
  } finally {
    unsubscribe(LISTEN_CHANNEL, onlyLoopback);
  }
}

async function provisionQueue(server: FauxqsServer, sqs: SQSClient, queue: QueueDefinition): Promise<void> {
  const { RedrivePolicy: redrive, ...attributes } = queue.attributes;
  if (server.inspectQueue(queue.name) === undefined) {
    await sqs.send(new CreateQueueCommand({ QueueName: queue.name, Attributes: attributes }));
  }
  await sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { ...attributes, RedrivePolicy: redrive ?? "" } }),
  );
  // Received before the last stop and never finished: nobody works on them now. A timeout of 0 would lose them in fauxqs 2.4.1.
  for (const { receiptHandle } of server.inspectQueue(queue.name)?.messages.inflight ?? []) {
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 }),
    );
  }
}

function ignoreOwned(error: unknown): void {
  if (!(error instanceof Error && error.name === "BucketAlreadyOwnedByYou")) {
    throw error;
  }
}

async function provisionTopic(sns: SNSClient, topic: string, declared: readonly SubscriptionDefinition[]): Promise<void> {
  const { TopicArn: arn = "" } = await sns.send(new CreateTopicCommand({ Name: topic }));
  const wanted = declared.filter(({ topicArn }) => topicArn === arn);
  const { Subscriptions: kept = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn }));
  // An address that left the configuration gets no more mail; subscriptions made by an app stay.
  for (const { Protocol: protocol, Endpoint: endpoint, SubscriptionArn: subscription } of kept) {
    if (protocol === "email" && wanted.every((one) => one.endpoint !== endpoint)) {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    }
  }
  for (const { protocol, endpoint, raw } of wanted) {
    const attributes = raw === "true" ? { Attributes: { RawMessageDelivery: raw } } : {};
    await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: protocol, Endpoint: endpoint, ...attributes }));
  }
}
