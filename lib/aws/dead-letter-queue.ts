/** Where a worker puts a task that it gives up: the message as it was, and why. */
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";

import type { Task } from "../contract/task.ts";
import type { Failure } from "../core/failure.ts";
import type { QueueClient } from "./queue-client.ts";

export class DeadLetters {
  private readonly client: Pick<QueueClient, "send">;
  private readonly url: string;

  constructor(client: Pick<QueueClient, "send">, url: string) {
    this.client = client;
    this.url = url;
  }

  async giveUp(task: Task, failure: Failure, attempts: number): Promise<void> {
    await this.giveUpBody(JSON.stringify(task), failure, attempts);
  }

  /** For a message whose body is no task, too. */
  async giveUpBody(body: string, failure: Failure, attempts: number): Promise<void> {
    await this.client.send({
      QueueUrl: this.url,
      MessageBody: body,
      MessageAttributes: {
        code: text(failure.code),
        reason: text(failure.reason),
        ...(failure.host === undefined ? {} : { host: text(failure.host) }),
        attempts: { DataType: "Number", StringValue: String(attempts) },
      },
    });
  }
}

/** SQS takes no empty value and no control characters. */
function text(value: string): MessageAttributeValue {
  return { DataType: "String", StringValue: value.replaceAll(/\p{C}/gu, " ") || "-" };
}
