/** The engines that the adapters are tested against, in memory and on loopback, with the table and queues that a test needs. */
import { once } from "node:events";
import type { Server } from "node:net";

import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { GlobalSecondaryIndex } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Message } from "@aws-sdk/client-sqs";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";

const LOOPBACK = "127.0.0.1";
const CREDENTIALS = { region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } } as const;

export type TableEngine = {
  readonly settings: typeof CREDENTIALS & { readonly endpoint: string };
  readonly stop: () => Promise<void>;
};

/** DynamoDB with the one table, named `records`. */
export async function startTable(): Promise<TableEngine> {
  const server = dynalite({ path: "", createTableMs: 0 });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  const settings = { ...CREDENTIALS, endpoint: `http://${LOOPBACK}:${portOf(server.address())}` };
  const client = new DynamoDBClient(settings);
  await client.send(
    new CreateTableCommand({
      TableName: "records",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk", "ownerId", "ownedKey", "wheel", "calendarId", "letterShelf", "lastAt"].map((name) => ({
        AttributeName: name,
        AttributeType: "S",
      })),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [
        index("byOwner", "ownerId", "ownedKey"),
        {
          ...index("wheel", "wheel", "calendarId"),
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["host", "notBefore"] },
        },
        index("letters", "letterShelf", "lastAt"),
      ],
    }),
  );
  while ((await client.send(new DescribeTableCommand({ TableName: "records" }))).Table?.TableStatus !== "ACTIVE") {
    // Asked again at once: createTableMs is 0.
  }
  client.destroy();
  return {
    settings,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

export type MessageEngine = {
  readonly settings: typeof CREDENTIALS & { readonly endpoint: string };
  readonly createQueue: (name: string) => Promise<string>;
  /** A topic and a queue that hears it, messages raw. */
  readonly createTopic: (name: string) => Promise<{ arn: string; queueUrl: string }>;
  readonly createBucket: (name: string) => Promise<void>;
  /** All messages that can be received now. */
  readonly receiveAll: (queueUrl: string) => Promise<Message[]>;
  readonly stop: () => Promise<void>;
};

/** SQS, SNS and S3. */
export async function startMessages(): Promise<MessageEngine> {
  const app = buildApp({ logger: false, host: LOOPBACK, defaultRegion: CREDENTIALS.region });
  const endpoint = await app.listen({ port: 0, host: LOOPBACK });
  const settings = { ...CREDENTIALS, endpoint };
  const [sqs, sns, s3] = [new SQSClient(settings), new SNSClient(settings), new S3Client({ ...settings, forcePathStyle: true })];
  const createQueue = async (name: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? "";
  return {
    settings,
    createQueue,
    createTopic: async (name) => {
      const { TopicArn: arn = "" } = await sns.send(new CreateTopicCommand({ Name: name }));
      const queueUrl = await createQueue(`${name}-heard`);
      const Endpoint = `arn:aws:sqs:${CREDENTIALS.region}:000000000000:${name}-heard`;
      await sns.send(
        new SubscribeCommand({ TopicArn: arn, Protocol: "sqs", Endpoint, Attributes: { RawMessageDelivery: "true" } }),
      );
      return { arn, queueUrl };
    },
    createBucket: async (name) => {
      await s3.send(new CreateBucketCommand({ Bucket: name }));
    },
    receiveAll: async (queueUrl) => {
      const messages: Message[] = [];
      const receive = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      });
      for (;;) {
        const { Messages: some = [] } = await sqs.send(receive);
        if (some.length === 0) return messages;
        messages.push(...some);
      }
    },
    stop: async () => {
      await app.close();
    },
  };
}

function keys(partition: string, sort: string): { AttributeName: string; KeyType: "HASH" | "RANGE" }[] {
  return [
    { AttributeName: partition, KeyType: "HASH" },
    { AttributeName: sort, KeyType: "RANGE" },
  ];
}

function index(name: string, partition: string, sort: string): GlobalSecondaryIndex {
  return { IndexName: name, KeySchema: keys(partition, sort), Projection: { ProjectionType: "ALL" } };
}

function portOf(address: ReturnType<Server["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
