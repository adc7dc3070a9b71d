/** The real SDK clients, pointed at a machine, and how a test waits for what a function saw. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SNSClient } from "@aws-sdk/client-sns";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

import type { Machine } from "../../lib/local/machine.ts";

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly scheduler: SchedulerClient;
  readonly lambda: LambdaClient;
}

export function clientsOf(machine: Pick<Machine, "env">): Clients {
  const settings = (
    service: string,
  ): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } } => ({
    endpoint: machine.env[`AWS_ENDPOINT_URL_${service}`] ?? "",
    region: machine.env["AWS_REGION"] ?? "",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  return {
    dynamodb: new DynamoDBClient(settings("DYNAMODB")),
    sqs: new SQSClient(settings("SQS")),
    s3: new S3Client(settings("S3")),
    sns: new SNSClient(settings("SNS")),
    scheduler: new SchedulerClient({ ...settings("SCHEDULER"), maxAttempts: 1 }),
    lambda: new LambdaClient({ ...settings("LAMBDA"), maxAttempts: 1 }),
  };
}

export async function send(sqs: SQSClient, queueUrl: string | undefined, body: string): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
}

/** Takes messages from a queue until one fulfils the wish; the test's own timeout ends a vain wait. */
export async function take<T>(sqs: SQSClient, queueUrl: string | undefined, wish: (body: string) => T | undefined): Promise<T> {
  for (;;) {
    const receive = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: 5,
      MaxNumberOfMessages: 1,
      MessageSystemAttributeNames: ["All"],
    });
    const { Messages: messages = [] } = await sqs.send(receive);
    for (const { Body: body = "", ReceiptHandle: handle } of messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: handle }));
      const found = wish(body);
      if (found !== undefined) return found;
    }
  }
}
