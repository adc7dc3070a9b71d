import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";

import { ChangesTopic } from "../../lib/aws/change-topic.ts";
import { TopicClient } from "../../lib/aws/topic-client.ts";
import { EAR_PREFIX, TopicEar } from "../../lib/aws/topic-ear.ts";
import type { LifeMessage } from "../../lib/contract/life.ts";
import { startMessages } from "./engines.ts";
import type { MessageEngine } from "./engines.ts";

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

let engine: MessageEngine;
let arn = "";
let topic: ChangesTopic;
beforeAll(async () => {
  engine = await startMessages();
  ({ arn } = await engine.createTopic("changes"));
  topic = new ChangesTopic(new TopicClient(engine.settings), arn);
});
afterAll(async () => engine.stop());

const failed = (calendarId: string): LifeMessage => ({
  version: 1,
  kind: "import.failed",
  at: "2026-05-06T00:00:00.000Z",
  calendarId,
  ownerId: "ann",
  status: "failed",
  code: "source-gone",
  runId: "r1",
  failures: 1,
});
const published = (feedId: string): LifeMessage => ({
  version: 1,
  kind: "feed.published",
  at: "2026-05-06T00:00:00.000Z",
  ownerId: "bob",
  feedId,
  revision: 3,
  eventCount: 1,
  bytes: 400,
});

/** Queues and subscriptions that the topic has besides the test's own. */
async function left(): Promise<number> {
  const [sqs, sns] = [new SQSClient(engine.settings), new SNSClient(engine.settings)];
  const { QueueUrls: queues = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: EAR_PREFIX }));
  const { Subscriptions: all = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn }));
  return queues.length + all.filter(({ Endpoint }) => Endpoint?.includes(EAR_PREFIX)).length;
}

test.each([
  [{}, ["import.failed", "import.failed", "feed.published"]],
  [{ kind: ["import.failed"] }, ["import.failed", "import.failed"]],
  [{ kind: ["import.failed", "feed.published"], calendarId: ["c1"] }, ["import.failed"]],
  [{ ownerId: ["bob"] }, ["feed.published"]],
  [{ feedId: ["f1"] }, ["feed.published"]],
])("an ear with the filter %j hears what it asked for, and leaves nothing behind", async (filter, kinds) => {
  const ear = new TopicEar(arn, engine.settings);
  await ear.open(`t${kinds.length}${Object.keys(filter).join("")}`, filter);
  for (const message of [failed("c1"), failed("c2"), published("f1")]) await topic.publish(message);
  const heard: string[] = [];
  while (heard.length < kinds.length) heard.push(...(await ear.listen(NEVER)));
  expect(heard.map((body): unknown => JSON.parse(body)).map((message) => Object(message).kind)).toEqual(kinds);
  expect(await left()).toBe(2);
  await ear.close();
  expect(await left()).toBe(0);
});

test("a wait that is ended gives nothing, and no error", async () => {
  const ear = new TopicEar(arn, engine.settings);
  await ear.open("ended", {});
  const ending = new AbortController();
  const heard = ear.listen(ending.signal);
  ending.abort();
  expect(await heard).toEqual([]);
  await ear.close();
});

test("what a killed listener left is taken away a day later, subscription and queue, and nothing younger", async () => {
  const ear = new TopicEar(arn, engine.settings);
  await ear.open("killed", {});
  expect(await ear.sweep(new Date())).toBe(0);
  expect(await left()).toBe(2);
  expect(await ear.sweep(new Date(Date.now() + DAY_MS + 60_000))).toBe(1);
  expect(await left()).toBe(0);
  expect(await ear.sweep(new Date())).toBe(0);
});
