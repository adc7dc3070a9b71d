import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AlertTopic } from "../../lib/aws/alert-topic.ts";
import { ChangesTopic } from "../../lib/aws/change-topic.ts";
import { DeadLetters } from "../../lib/aws/dead-letter-queue.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { randomId } from "../../lib/aws/random-id.ts";
import { TaskQueue } from "../../lib/aws/task-queue.ts";
import { TopicClient } from "../../lib/aws/topic-client.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import type { PacedTask } from "../../lib/sync/run-tick.ts";
import { startMessages } from "./engines.ts";
import type { MessageEngine } from "./engines.ts";

let engine: MessageEngine;
let client: QueueClient;
beforeAll(async () => {
  engine = await startMessages();
  client = new QueueClient(engine.settings);
});
afterAll(async () => engine.stop());

const taskOf = (index: number): ImportTask => ({
  version: 1,
  kind: "import",
  taskId: `cal${index}@100`,
  calendarId: `cal${index}`,
  turn: 100,
  startAt: "2026-01-01T00:00:00.000Z",
  reason: "tick",
});
const pacedOf = (index: number, delaySeconds = 0): PacedTask => ({ task: taskOf(index), host: "h.example", delaySeconds });

/** Refuses what `refuse` names and remembers every batch. */
function refusing(refuse: (entry: SendMessageBatchRequestEntry, attempt: number) => "busy" | "fault" | undefined): {
  readonly batches: string[][];
  readonly sendBatch: QueueClient["sendBatch"];
} {
  const batches: string[][] = [];
  const sendBatch: QueueClient["sendBatch"] = async (_url, entries) => {
    batches.push(entries.map(({ Id: id = "" }) => id));
    return entries.flatMap((entry) => {
      const refusal = refuse(entry, batches.length);
      return refusal === undefined ? [] : [{ Id: entry.Id, Code: refusal, SenderFault: refusal === "fault" }];
    });
  };
  return { batches, sendBatch };
}

describe("tasks", () => {
  test("23 tasks arrive, each once, also for a host with a very long name", async () => {
    const url = await engine.createQueue("imports");
    const tasks = Array.from({ length: 23 }, (_, index) => ({ ...pacedOf(index), host: "h".repeat(200) }));
    await new TaskQueue(client, url).sendImports(tasks);
    const bodies = (await engine.receiveAll(url)).map(({ Body: body = "" }) => JSON.parse(body));
    expect(bodies).toHaveLength(23);
    expect(bodies).toEqual(expect.arrayContaining(tasks.map(({ task }) => task)));
  });

  test("a delayed task is not there yet", async () => {
    const url = await engine.createQueue("delayed");
    const queue = new TaskQueue(client, url);
    await queue.sendImports([pacedOf(1, 900)]);
    await queue.sendUrgent(taskOf(2));
    await queue.sendExports([{ version: 1, kind: "export", taskId: "e", feedId: "f", reason: "commit" }], 15);
    expect((await engine.receiveAll(url)).map(({ Body: body = "" }) => JSON.parse(body).calendarId)).toEqual(["cal2"]);
  });

  test("only what SQS refused through no fault of ours is sent again", async () => {
    const { batches, sendBatch } = refusing((entry, attempt) => (attempt < 3 && Number(entry.Id) % 2 === 1 ? "busy" : undefined));
    await new TaskQueue({ sendBatch }, "url").sendImports(Array.from({ length: 4 }, (_, index) => pacedOf(index)));
    expect(batches).toEqual([
      ["0", "1", "2", "3"],
      ["1", "3"],
      ["1", "3"],
    ]);
  });

  test("a task that stays unsent is an error that comes back", async () => {
    const { batches, sendBatch } = refusing(() => "busy");
    await expect(new TaskQueue({ sendBatch }, "url").sendImports([pacedOf(1)])).rejects.toMatchObject({
      code: "aws-unavailable",
    });
    expect(batches).toHaveLength(4);
  });

  test("a task that SQS will never take is an error at once", async () => {
    const { batches, sendBatch } = refusing(() => "fault");
    await expect(new TaskQueue({ sendBatch }, "url").sendImports([pacedOf(1)])).rejects.toThrow("refused a task with fault");
    expect(batches).toHaveLength(1);
  });

  test("a postponed message leaves and keeps its receive count", async () => {
    const url = await engine.createQueue("postponed");
    await new TaskQueue(client, url).sendUrgent(taskOf(1));
    const [message] = await engine.receiveAll(url);
    const received = {
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:postponed",
      receiptHandle: message?.ReceiptHandle ?? "",
    };
    await client.postpone(received, 0);
    await expect
      .poll(async () => engine.receiveAll(url), { timeout: 5000 })
      .toMatchObject([{ Attributes: { ApproximateReceiveCount: "2" } }]);
  });
});

describe("dead letters", () => {
  test("a task that gave up carries its body, code, reason, host and attempts", async () => {
    const url = await engine.createQueue("import-dlq");
    const failure = { code: "source-not-found", reason: "host h answered 404,\u0000 wanted 200", host: "h.example" } as const;
    await new DeadLetters(client, url).giveUp(taskOf(1), failure, 3);
    const [message] = await engine.receiveAll(url);
    expect(JSON.parse(message?.Body ?? "")).toEqual(taskOf(1));
    const attributes = Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue: value }]) => [name, value]);
    expect(Object.fromEntries(attributes)).toEqual({
      code: "source-not-found",
      reason: "host h answered 404,  wanted 200",
      host: "h.example",
      attempts: "3",
    });
  });
});

describe("topics", () => {
  test("a change is published whole, emoji too, with what a subscription filters by", async () => {
    const { arn, queueUrl } = await engine.createTopic("changes");
    const message = {
      version: 1,
      calendarId: "one",
      calendarVersion: 2,
      previousVersion: 1,
      part: 1,
      parts: 1,
      kind: "updated",
      changes: [{ kind: "updated", uid: "u", sequence: 1, text: "SUMMARY:잔치 🎉" }],
    } as const;
    await new ChangesTopic(new TopicClient(engine.settings), arn).publish({ ...message, changes: [...message.changes] });
    const [heard] = await engine.receiveAll(queueUrl);
    expect(JSON.parse(heard?.Body ?? "")).toEqual(message);
    expect(heard?.MessageAttributes).toMatchObject({ kind: { StringValue: "updated" }, calendarId: { StringValue: "one" } });
  });

  test("an alert goes out with its subject, its text and its code as an attribute", async () => {
    const { arn, queueUrl } = await engine.createTopic("alerts");
    const topic = new AlertTopic(new TopicClient(engine.settings), arn);
    await topic.tell({ code: "source-not-found", subject: "Calferry: source-not-found at h.example", text: "답 404\nand more" });
    const [heard] = await engine.receiveAll(queueUrl);
    expect(heard?.Body).toBe("답 404\nand more");
    expect(heard?.MessageAttributes).toMatchObject({ code: { StringValue: "source-not-found" } });
  });
});

test("ids are 16 of 0-9 and a-z, begin with a letter and differ", () => {
  const ids = Array.from({ length: 500 }, randomId);
  expect(new Set(ids).size).toBe(500);
  for (const id of ids) expect(id).toMatch(/^[a-z][0-9a-z]{15}$/u);
});
