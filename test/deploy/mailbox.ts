/** What the alerts topic publishes, received by a queue that subscribes to it as an operator's would. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { QueueAttributeName } from "@aws-sdk/client-sqs";
import * as z from "zod";

import { REGION } from "./deployment.ts";

const Notice = z.object({ Subject: z.string().optional(), Message: z.string() });

export class Mailbox {
  readonly #queues: SQSClient;
  readonly #queueUrl: string;
  readonly #notices: string[] = [];

  private constructor(queues: SQSClient, queueUrl: string) {
    this.#queues = queues;
    this.#queueUrl = queueUrl;
  }

  static async open(endpoint: string, topicArn: string): Promise<Mailbox> {
    const settings = { endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    const queues = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
    const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: "deploy-test-alerts" }));
    if (QueueUrl === undefined) throw new Error("the emulator made no queue for the alerts, wanted one");
    const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    const topics = new SNSClient(settings);
    await topics.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "sqs", Endpoint: Attributes?.["QueueArn"] }));
    topics.destroy();
    return new Mailbox(queues, QueueUrl);
  }

  /** Every alert so far: subject and message. */
  async read(): Promise<readonly string[]> {
    const { Messages = [] } = await this.#queues.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body, ReceiptHandle } of Messages) {
      const notice = Notice.parse(JSON.parse(Body ?? ""));
      this.#notices.push(`${notice.Subject ?? ""}\n${notice.Message}`);
      await this.#queues.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle }));
    }
    return this.#notices;
  }

  /** Messages of a queue that wait, are delayed or being worked on. */
  async depth(queueUrl: string): Promise<number> {
    const names = [
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesNotVisible",
      "ApproximateNumberOfMessagesDelayed",
    ] as const;
    return await this.#count(queueUrl, names);
  }

  /** Messages of a queue that nobody has received and anybody could. */
  async waiting(queueUrl: string): Promise<number> {
    return await this.#count(queueUrl, ["ApproximateNumberOfMessages"]);
  }

  close(): void {
    this.#queues.destroy();
  }

  async #count(queueUrl: string, names: readonly QueueAttributeName[]): Promise<number> {
    const { Attributes = {} } = await this.#queues.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }
}
