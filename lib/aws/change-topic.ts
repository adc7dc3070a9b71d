/** The topic that apps hear changes from; kind and calendar are attributes, so that a subscription can filter by them. */
import type { ChangeMessage } from "../contract/change.ts";
import type { TopicClient } from "./topic-client.ts";

export class ChangesTopic {
  private readonly client: Pick<TopicClient, "publish">;
  private readonly arn: string;

  constructor(client: Pick<TopicClient, "publish">, arn: string) {
    this.client = client;
    this.arn = arn;
  }

  async publish(message: ChangeMessage): Promise<void> {
    await this.client.publish({
      TopicArn: this.arn,
      Message: JSON.stringify(message),
      MessageAttributes: {
        kind: { DataType: "String", StringValue: message.kind },
        calendarId: { DataType: "String", StringValue: message.calendarId },
      },
    });
  }
}
