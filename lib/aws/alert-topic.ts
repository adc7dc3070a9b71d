/** The topic that people hear of alerts from. */
import type { AlertMessage } from "../core/alert-message.ts";
import type { AlertChannel } from "../sync/raise-alert.ts";
import type { TopicClient } from "./topic-client.ts";

export class AlertTopic implements AlertChannel {
  readonly name = "topic";
  private readonly client: Pick<TopicClient, "publish">;
  private readonly arn: string;

  constructor(client: Pick<TopicClient, "publish">, arn: string) {
    this.client = client;
    this.arn = arn;
  }

  async tell({ code, subject, text }: AlertMessage): Promise<void> {
    await this.client.publish({
      TopicArn: this.arn,
      Subject: subject,
      Message: text,
      MessageAttributes: { code: { DataType: "String", StringValue: code } },
    });
  }
}
