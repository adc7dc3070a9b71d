/** What `calferry doctor` asks AWS besides the tables: its clock, the age of what lies in a queue, who hears alerts. */
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

import { clientConfig } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

export type Probed = {
  readonly topicArn: string;
  readonly webhook: string | undefined;
  /** Urls of the dead letter queues by what people call them. */
  readonly queues: Readonly<Record<string, string>>;
};

export class StackProbe {
  readonly webhook: string | undefined;
  private readonly sqs: SQSClient;
  private readonly sns: SNSClient;
  private readonly probed: Probed;

  constructor(probed: Probed, settings: ClientSettings = {}) {
    this.sqs = new SQSClient({ ...clientConfig(settings), useQueueUrlAsEndpoint: false });
    this.sns = new SNSClient(clientConfig(settings));
    this.probed = probed;
    this.webhook = probed.webhook;
  }

  /** Every answer of AWS says when it was given. */
  async clockSkewMs(): Promise<number> {
    const [url] = Object.values(this.probed.queues);
    const seen: { date: string | undefined } = { date: undefined };
    const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] });
    asked.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        seen.date = dateOf(result.response);
        return result;
      },
      { step: "deserialize", priority: "low" },
    );
    await this.sqs.send(asked);
    const saidMs = Date.parse(seen.date ?? "");
    return Number.isNaN(saidMs) ? 0 : saidMs - Date.now();
  }

  /** Looks at ten messages, which are hidden for a second by it. */
  async oldestIn(queue: string): Promise<string | undefined> {
    const { Messages: messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.probed.queues[queue],
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 1,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ["SentTimestamp"],
      }),
    );
    const sent = messages.map(({ Attributes: attributes }) => Number(attributes?.SentTimestamp ?? Date.now()));
    return sent.length === 0 ? undefined : new Date(Math.min(...sent)).toISOString();
  }

  async subscriptions(): Promise<{ confirmed: number; pending: number }> {
    const arns: string[] = [];
    let token: string | undefined;
    do {
      const next = token === undefined ? {} : { NextToken: token };
      const page = await this.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: this.probed.topicArn, ...next }));
      arns.push(...(page.Subscriptions ?? []).map(({ SubscriptionArn: arn = "" }) => arn));
      token = page.NextToken;
    } while (token !== undefined);
    // SNS writes PendingConfirmation, or Deleted, where an ARN would stand.
    return {
      confirmed: arns.filter((arn) => arn.startsWith("arn:")).length,
      pending: arns.filter((arn) => arn.toLowerCase().startsWith("pending")).length,
    };
  }
}

function dateOf(response: unknown): string | undefined {
  const headers: unknown = typeof response === "object" && response !== null ? Reflect.get(response, "headers") : undefined;
  const date: unknown = typeof headers === "object" && headers !== null ? Reflect.get(headers, "date") : undefined;
  return typeof date === "string" ? date : undefined;
}
