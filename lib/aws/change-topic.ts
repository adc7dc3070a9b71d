/** The topic that apps hear from; what a subscription filters by are attributes: kind, calendar, feed, owner. */
import type { MessageAttributeValue } from "@aws-sdk/client-sns";

import type { ChangeMessage } from "../contract/change.ts";
import type { LifeMessage } from "../contract/life.ts";
import type { TopicClient } from "./topic-client.ts";

export class ChangesTopic {
  private readonly client: Pick<TopicClient, "publish">;
  private readonly arn: string;

  constructor(client: Pick<TopicClient, "publish">, arn: string) {
    this.client = client;
    this.arn = arn;
  }

  async publish(message: ChangeMessage | LifeMessage): Promise<void> {
    await this.client.publish({
      TopicArn: this.arn,
      Message: JSON.stringify(message),
      MessageAttributes: attributesOf(message),
    });
  }
}

function attributesOf(message: ChangeMessage | LifeMessage): Record<string, MessageAttributeValue> {
  const { kind, ownerId } = message;
  const calendarId = "calendarId" in message ? message.calendarId : undefined;
  const feedId = "feedId" in message ? message.feedId : undefined;
  // SNS takes no empty value.
  const named = Object.entries({ kind, calendarId, feedId, ownerId }).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, { DataType: "String", StringValue: value }] as const],
  );
  return Object.fromEntries(named);
}
