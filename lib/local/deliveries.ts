/** SNS deliveries that fauxqs accepts and never makes: mail is printed, HTTP endpoints get the notification. */
import { ListSubscriptionsByTopicCommand } from "@aws-sdk/client-sns";
import type { SNSClient } from "@aws-sdk/client-sns";

import { listOf, numberOf, objectOf, parseJson, textOf } from "./json.ts";
import { ACCOUNT, REGION } from "./physical-names.ts";
import type { MappingDefinition, Plan } from "./plan.ts";
import type { Outcome } from "./sandbox.ts";

/** SNS waits this long for an endpoint. */
const ANSWER_LIMIT_MS = 15_000;
/** Asked this often, half a minute apart, before a notification is given up. */
const DELIVERIES = 20;
const RETRY_SECONDS = 30;

/** The plan with a queue of the machine's own that every topic sends to, and the poller's settings for it. */
export function withDeliveries(
  plan: Plan,
  stackName: string,
  queueEndpoint: string,
): { plan: Plan; deliveries: MappingDefinition } {
  const name = `${stackName}-machine-deliveries`;
  const [url, arn] = [`${queueEndpoint}/${ACCOUNT}/${name}`, `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`];
  const subscriptions = plan.topics.map((topic) => ({
    topicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${topic}`,
    protocol: "sqs",
    endpoint: arn,
    raw: "false",
  }));
  const queue = { name, url, arn, attributes: { VisibilityTimeout: String(RETRY_SECONDS), RedrivePolicy: "" } };
  const mapping = { uuid: name, functionName: name, queueArn: arn, queueUrl: url, batchSize: 10, windowMs: 0 };
  return {
    plan: { ...plan, queues: [...plan.queues, queue], subscriptions: [...plan.subscriptions, ...subscriptions] },
    deliveries: { ...mapping, concurrency: 1, partialFailures: true, enabled: true },
  };
}

/** Takes the place of a function behind the delivery queue. */
export async function deliverBatch(payload: string, sns: SNSClient, print: (line: string) => void): Promise<Outcome> {
  const records = listOf(objectOf(parseJson(payload))["Records"]).map(objectOf);
  const failures = await Promise.all(
    records.map(async ({ body, messageId, attributes }) => {
      try {
        await deliver(textOf(body), sns, print);
        return [];
      } catch (error) {
        print(error instanceof Error ? error.message : String(error));
        const received = numberOf(objectOf(attributes)["ApproximateReceiveCount"], 1);
        return received >= DELIVERIES ? [] : [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { payload: JSON.stringify({ batchItemFailures: failures.flat() }) };
}

async function deliver(envelope: string, sns: SNSClient, print: (line: string) => void): Promise<void> {
  const { TopicArn: topic, Subject: subject, Message: message, MessageId: id } = objectOf(parseJson(envelope));
  const { Subscriptions: subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: textOf(topic) }));
  for (const { Protocol: protocol, Endpoint: endpoint = "", SubscriptionArn: arn = "" } of subscriptions) {
    if (protocol === "email") {
      print(`mail to ${endpoint}: ${textOf(subject)}\n${textOf(message)}`);
    }
    if (protocol === "http" || protocol === "https") {
      await post(endpoint, envelope, { id: textOf(id), topic: textOf(topic), subscription: arn });
    }
  }
}

/** The endpoint may hold a secret in its path: only the host is named. */
async function post(
  endpoint: string,
  envelope: string,
  names: { readonly id: string; readonly topic: string; readonly subscription: string },
): Promise<void> {
  const host = new URL(endpoint).host;
  const headers = {
    "content-type": "text/plain; charset=UTF-8",
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": names.id,
    "x-amz-sns-topic-arn": names.topic,
    "x-amz-sns-subscription-arn": names.subscription,
  };
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const response = await fetch(endpoint, { method: "POST", body: envelope, headers, signal }).catch((error: unknown) => {
    throw new Error(`the subscriber ${host} cannot be reached, expected an answer of 2xx; it is asked again`, { cause: error });
  });
  await response.arrayBuffer();
  if (!response.ok) {
    throw new Error(`the subscriber ${host} answered ${response.status}, expected 2xx; it is asked again`);
  }
}
