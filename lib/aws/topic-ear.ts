/** An ear on the changes topic for as long as somebody listens: a queue of its own, subscribed with a filter, and gone afterwards. */
import { ListSubscriptionsByTopicCommand, SNSClient, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";
import type { Subscription } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

import { clientConfig } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** Values of the messages' attributes; what is absent excludes none. */
type HeardFilter = Readonly<Partial<Record<"kind" | "calendarId" | "feedId" | "ownerId", readonly string[] | undefined>>>;

/** Names the queues for the policy of whoever listens; see the runbook. */
export const EAR_PREFIX = "calferry-tail-";
/** What nobody received for so long is gone. */
const RETENTION_SECONDS = 300;
const WAIT_SECONDS = 5;
/** A listener that was killed leaves its queue; the next one takes away what is this old. */
const LEFT_BEHIND_MS = 24 * 3_600_000;
const RECEIVED_AT_ONCE = 10;

export class TopicEar {
  private readonly sqs: SQSClient;
  private readonly sns: SNSClient;
  private readonly topicArn: string;
  private queueUrl: string | undefined;
  private subscriptionArn: string | undefined;

  constructor(topicArn: string, settings: ClientSettings = {}) {
    this.sqs = new SQSClient({ ...clientConfig(settings), useQueueUrlAsEndpoint: false });
    this.sns = new SNSClient(clientConfig(settings));
    this.topicArn = topicArn;
  }

  /** Hears what is published from now on. */
  async open(id: string, filter: HeardFilter): Promise<void> {
    const name = EAR_PREFIX + id;
    const queueArn = queueArnOf(this.topicArn, name);
    const Attributes = { MessageRetentionPeriod: String(RETENTION_SECONDS), Policy: policyOf(queueArn, this.topicArn) };
    const { QueueUrl: queueUrl } = await this.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
    this.queueUrl = queueUrl;
    const wanted = Object.fromEntries(Object.entries(filter).filter(([, values]) => values !== undefined));
    const { SubscriptionArn: arn } = await this.sns.send(
      new SubscribeCommand({
        TopicArn: this.topicArn,
        Protocol: "sqs",
        Endpoint: queueArn,
        ReturnSubscriptionArn: true,
        Attributes: {
          RawMessageDelivery: "true",
          ...(Object.keys(wanted).length === 0 ? {} : { FilterPolicy: JSON.stringify(wanted) }),
        },
      }),
    );
    this.subscriptionArn = arn;
  }

  /** Bodies of what came within a few seconds; none where `signal` ended the wait. */
  async listen(signal: AbortSignal): Promise<readonly string[]> {
    const asked = { QueueUrl: this.queueUrl, MaxNumberOfMessages: RECEIVED_AT_ONCE, WaitTimeSeconds: WAIT_SECONDS };
    const { Messages: messages = [] } = await this.sqs
      .send(new ReceiveMessageCommand(asked), { abortSignal: signal })
      .catch((error: unknown) => {
        if (signal.aborted) return { Messages: [] };
        throw error;
      });
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    if (Entries.length > 0) await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.queueUrl, Entries }));
    return messages.map(({ Body: body = "" }) => body);
  }

  /** The subscription first: a topic should not send to a queue that is gone. */
  async close(): Promise<void> {
    if (this.subscriptionArn !== undefined)
      await this.sns.send(new UnsubscribeCommand({ SubscriptionArn: this.subscriptionArn }));
    if (this.queueUrl !== undefined) await this.sqs.send(new DeleteQueueCommand({ QueueUrl: this.queueUrl }));
  }

  /** Takes away the queues of listeners that were killed a day ago or earlier, and says how many. */
  async sweep(now: Date): Promise<number> {
    const { QueueUrls: urls = [] } = await this.sqs.send(new ListQueuesCommand({ QueueNamePrefix: EAR_PREFIX }));
    if (urls.length === 0) return 0;
    const subscriptions = await this.subscriptions();
    let swept = 0;
    for (const QueueUrl of urls) {
      const AttributeNames = ["CreatedTimestamp" as const];
      const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      if (now.getTime() - Number(Attributes["CreatedTimestamp"]) * 1000 < LEFT_BEHIND_MS) continue;
      const arn = queueArnOf(this.topicArn, QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1));
      for (const { Endpoint, SubscriptionArn } of subscriptions) {
        if (Endpoint === arn) await this.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      }
      await this.sqs.send(new DeleteQueueCommand({ QueueUrl }));
      swept += 1;
    }
    return swept;
  }

  private async subscriptions(): Promise<Subscription[]> {
    const found: Subscription[] = [];
    let token: string | undefined;
    do {
      const page = { TopicArn: this.topicArn, ...(token === undefined ? {} : { NextToken: token }) };
      const answer = await this.sns.send(new ListSubscriptionsByTopicCommand(page));
      found.push(...(answer.Subscriptions ?? []));
      token = answer.NextToken;
    } while (token !== undefined && token !== "");
    return found;
  }
}

/** The queue lies where the topic does: `arn:aws:sns:region:account:topic`. */
function queueArnOf(topicArn: string, name: string): string {
  return [...topicArn.replace(":sns:", ":sqs:").split(":").slice(0, 5), name].join(":");
}

function policyOf(queueArn: string, topicArn: string): string {
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
}
