/** The part of SQS that Calferry speaks; one client for all queues of a process. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { BatchResultErrorEntry, SendMessageBatchRequestEntry, SendMessageCommandInput } from "@aws-sdk/client-sqs";

import { clientConfig, rethrowFrom } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** One received message, by the queue it came from. */
export type ReceivedFrom = { readonly eventSourceARN: string; readonly receiptHandle: string };

export type Received = { readonly messageId: string; readonly receiptHandle: string; readonly body: string };

const RECEIVED_AT_ONCE = 10;

export class QueueClient {
  private readonly client: SQSClient;
  private readonly urls = new Map<string, string>();

  constructor(settings: ClientSettings = {}) {
    // A queue's url may name a host of another network's view; the endpoint of the settings is the one that answers.
    this.client = new SQSClient({ ...clientConfig(settings), useQueueUrlAsEndpoint: false });
    this.client.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("SQS")), { step: "initialize" });
  }

  async send(message: SendMessageCommandInput): Promise<void> {
    await this.client.send(new SendMessageCommand(message));
  }

  /** What SQS refused of one batch; it answers 200 all the same. */
  async sendBatch(queueUrl: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<readonly BatchResultErrorEntry[]> {
    const answer = await this.client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] }));
    return answer.Failed ?? [];
  }

  /** At most ten; waits a second, so that every server of SQS is asked. */
  async receive(queueUrl: string): Promise<readonly Received[]> {
    const { Messages: messages = [] } = await this.client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: RECEIVED_AT_ONCE, WaitTimeSeconds: 1 }),
    );
    return messages.map(({ MessageId: messageId = "", ReceiptHandle: receiptHandle = "", Body: body = "" }) => ({
      messageId,
      receiptHandle,
      body,
    }));
  }

  async remove(queueUrl: string, receiptHandle: string): Promise<void> {
    await this.client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
  }

  /** The message can be received again after a second: with 0 some engines lose it. */
  async release(queueUrl: string, receiptHandle: string): Promise<void> {
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: 1 }),
    );
  }

  /** The message comes back after this many seconds, 1 at least: with 0 some engines lose it. */
  async postpone(message: ReceivedFrom, seconds: number): Promise<void> {
    const QueueUrl = await this.urlOf(message.eventSourceARN);
    const VisibilityTimeout = Math.max(1, Math.ceil(seconds));
    await this.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message.receiptHandle, VisibilityTimeout }),
    );
  }

  async arnOf(queueUrl: string): Promise<string> {
    const answer = await this.client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["QueueArn"] }));
    return answer.Attributes?.["QueueArn"] ?? "";
  }

  private async urlOf(arn: string): Promise<string> {
    const known = this.urls.get(arn);
    if (known !== undefined) return known;
    const name = queueName(arn);
    const { QueueUrl: url } = await this.client.send(new GetQueueUrlCommand({ QueueName: name }));
    if (url === undefined) throw new Error(`SQS gave no url of queue ${name}, wanted one; look whether the queue still exists`);
    this.urls.set(arn, url);
    return url;
  }
}

/** Last part of an ARN or of a url. */
function queueName(address: string): string {
  return address.slice(Math.max(address.lastIndexOf(":"), address.lastIndexOf("/")) + 1);
}
