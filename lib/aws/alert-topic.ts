/** The topic that people hear of dead letters from. */
import { letterAlert } from "../core/letter-alert.ts";
import type { Letter } from "../contract/letter.ts";
import type { TopicClient } from "./topic-client.ts";

export class AlertTopic {
  private readonly client: Pick<TopicClient, "publish">;
  private readonly arn: string;

  constructor(client: Pick<TopicClient, "publish">, arn: string) {
    this.client = client;
    this.arn = arn;
  }

  async notify(letter: Letter): Promise<void> {
    const { subject, text } = letterAlert(letter);
    await this.client.publish({
      TopicArn: this.arn,
      Subject: subject,
      Message: text,
      MessageAttributes: { code: { DataType: "String", StringValue: letter.code } },
    });
  }
}
