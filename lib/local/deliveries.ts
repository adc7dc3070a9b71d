/** SNS deliveries that fauxqs accepts and never makes: mail is printed, HTTP endpoints get the notification. */
import { GetSubscriptionAttributesCommand, ListSubscriptionsByTopicCommand } from "@aws-sdk/client-sns";
import type { SNSClient, Subscription } from "@aws-sdk/client-sns";
import * as z from "zod";

import type { Outcome } from "./function-worker.ts";
import type { Plan } from "./resources.ts";
import { MessageAttributes, passes } from "./subscription-filter.ts";
import type { Template } from "./template.ts";

/** The function name that stands for `deliverBatch` in the plan. */
export const DELIVERIES = "machine-deliveries";
/** SNS waits this long for an endpoint. */
const ANSWER_LIMIT_MS = 15_000;
/** Tries of one notification, this far apart; above the answer limit, so that no try overlaps the next. */
const TRIES = 3;
const RETRY_SECONDS = 30;

const text = z.string();
const Notification = z.object({
  TopicArn: text,
  MessageId: text,
  Subject: text.default(""),
  Message: text,
  MessageAttributes: MessageAttributes.default({}),
});
type Notification = z.infer<typeof Notification>;
const Received = z.object({ ApproximateReceiveCount: z.coerce.number() });
const Batch = z.object({ Records: z.array(z.object({ messageId: text, body: text, attributes: Received })) });

export interface Deliveries {
  readonly sns: SNSClient;
  readonly declared: Plan["subscriptions"];
  readonly print: (line: string) => void;
}

/** A queue of the machine's own that hears every topic, and the mapping that reads it, as if the template declared them. */
export function deliveryResources({ Resources: resources }: Template): Template["Resources"] {
  const arn = { "Fn::GetAtt": ["MachineDeliveries", "Arn"] };
  const topics = Object.keys(resources).filter((id) => resources[id]?.Type === "AWS::SNS::Topic");
  const subscriptions = topics.map((topic) => {
    const properties = { TopicArn: { Ref: topic }, Protocol: "sqs", Endpoint: arn };
    return [`${topic}MachineDelivery`, { Type: "AWS::SNS::Subscription", Properties: properties }];
  });
  const mapping = { FunctionName: DELIVERIES, EventSourceArn: arn, FunctionResponseTypes: ["ReportBatchItemFailures"] };
  return {
    MachineDeliveries: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: RETRY_SECONDS } },
    MachineDeliveriesMapping: { Type: "AWS::Lambda::EventSourceMapping", Properties: mapping },
    ...Object.fromEntries(subscriptions),
  };
}

/** Takes the place of a function behind the queue that hears every topic. */
export async function deliverBatch(payload: string, deliveries: Deliveries): Promise<Outcome> {
  const batchItemFailures: { readonly itemIdentifier: string }[] = [];
  for (const { body, messageId, attributes } of Batch.parse(JSON.parse(payload)).Records) {
    await deliver(body, deliveries).catch((error: unknown) => {
      const isLast = attributes.ApproximateReceiveCount >= TRIES;
      deliveries.print(`${String(error)}; ${isLast ? "given up" : "it is asked again"}`);
      if (!isLast) batchItemFailures.push({ itemIdentifier: messageId });
    });
  }
  return { payload: JSON.stringify({ batchItemFailures }) };
}

/** To what the template declares, and to what an app subscribed since. */
async function deliver(body: string, { sns, declared, print }: Deliveries): Promise<void> {
  const notification = Notification.parse(JSON.parse(body));
  const { TopicArn: topic, Subject: subject, Message: message } = notification;
  const { Subscriptions: made = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
  for (const { Protocol: protocol, Endpoint: endpoint = "" } of [...declared.filter((one) => one.TopicArn === topic), ...made]) {
    if (protocol === "email") print(`mail to ${endpoint}: ${subject}\n${message}`);
    if (protocol !== "http" && protocol !== "https") continue;
    const wishes = await wishesOf(
      made.find((one) => one.Endpoint === endpoint && one.Protocol === protocol),
      sns,
    );
    if (!passes(wishes["FilterPolicy"], notification.MessageAttributes)) continue;
    await post(endpoint, notification, wishes["RawMessageDelivery"] === "true" ? "raw" : body);
  }
}

/** What an app asked for when it subscribed; the template's subscriptions ask for nothing that is honoured here. */
async function wishesOf(made: Subscription | undefined, sns: SNSClient): Promise<Readonly<Record<string, string | undefined>>> {
  if (made === undefined) return {};
  const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: made.SubscriptionArn }));
  return Attributes;
}

/** @param envelope SNS's, or `raw`: the message alone */
async function post(endpoint: string, { TopicArn, MessageId, Message }: Notification, envelope: string): Promise<void> {
  const headers = {
    "content-type": "text/plain; charset=UTF-8",
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": MessageId,
    "x-amz-sns-topic-arn": TopicArn,
    ...(envelope === "raw" ? { "x-amz-sns-rawdelivery": "true" } : {}),
  };
  // The endpoint may hold a secret in its path: only the host is named.
  const subscriber = `the subscriber ${new URL(endpoint).host}`;
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const body = envelope === "raw" ? Message : envelope;
  const response = await fetch(endpoint, { method: "POST", body, headers, signal }).catch((error: unknown) => {
    throw new Error(`${subscriber} cannot be reached, expected an answer of 2xx`, { cause: error });
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${subscriber} answered ${response.status}, expected 2xx`);
}
