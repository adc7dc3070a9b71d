/** Dead letters against the engines: replayed, resolved, never expired, redriven. */
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { DeadLetterLane } from "../../lib/aws/dead-letter-lane.ts";
import { DeadLetters } from "../../lib/aws/dead-letter-queue.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { OwnerLookup } from "../../lib/aws/owner-lookup.ts";
import { PauseTable } from "../../lib/aws/pause-table.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { StackProbe } from "../../lib/aws/stack-probe.ts";
import { TaskQueue } from "../../lib/aws/task-queue.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import type { Course } from "../../lib/sync/course.ts";
import { chosenLetters } from "../../lib/sync/list-letters.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import { replayLetters } from "../../lib/sync/replay-letters.ts";
import { resolveLetter } from "../../lib/sync/resolve-letters.ts";
import { startMessages, startTable } from "./engines.ts";
import type { MessageEngine, TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf, letterOf } from "./records.ts";

let tables: TableEngine;
let messages: MessageEngine;
let table: RecordTable;
let queues: QueueClient;
beforeAll(async () => {
  [tables, messages] = await Promise.all([startTable(), startMessages()]);
  table = new RecordTable("records", tables.settings);
  queues = new QueueClient(messages.settings);
});
afterAll(async () => {
  await Promise.all([tables.stop(), messages.stop()]);
});

const NOW = new Date("2026-05-06T01:00:00.000Z");
const COURSE: Course = { isCancelled: () => false, passed: () => Promise.resolve() };
let ids = 0;
const CONTEXT = { now: () => NOW, newId: () => `id${(ids += 1)}`, who: "ann", course: COURSE };

function taskOf(calendarId: string): ImportTask {
  const startAt = "2026-05-06T00:00:00.000Z";
  return { version: 1, kind: "import", taskId: `${calendarId}@9`, calendarId, turn: 9, startAt, reason: "tick" };
}

async function addCalendar(calendarId: string, host: string): Promise<void> {
  const calendars = new CalendarTable(table);
  await calendars.putCheckpoint(checkpointOf(calendarId, { host }));
  await calendars.putCalendar(calendarOf(calendarId));
}

async function tasksIn(queueUrl: string): Promise<readonly ImportTask[]> {
  return (await messages.receiveAll(queueUrl)).map(({ Body: body = "" }): ImportTask => JSON.parse(body));
}

describe("letters that are replayed", () => {
  test("go out on the urgent lane, each once, and are resolved by their success", async () => {
    const host = "replayed.example";
    await table.put({ pk: "HOSTS", sk: host, version: 1, host, startsPerSecond: 100_000 });
    const letters = new LetterTable(table);
    for (let index = 0; index < 23; index += 1) {
      await addCalendar(`r${index}`, host);
      const body = JSON.stringify(taskOf(`r${index}`));
      await letters.put(
        letterOf(`import-r${index}`, { calendarId: `r${index}`, host, body, fingerprint: `import|source-dns|${host}` }),
      );
    }
    const urgentUrl = await messages.createQueue("urgent");
    const calendars = new CalendarTable(table);
    const hosts = new HostTable(table);
    const urgent = new TaskQueue(queues, urgentUrl);
    const ports = { letters, calendars, hosts, urgent, exports: urgent, downloads: urgent };
    const choice = { states: ["open", "replaying"], filter: { host }, now: NOW } as const;
    const [one, other] = await Promise.all([
      replayLetters(chosenLetters(letters, choice), ports, CONTEXT),
      replayLetters(chosenLetters(letters, choice), ports, CONTEXT),
    ]);
    expect(one.replayed.length + other.replayed.length).toBe(23);
    const tasks = await tasksIn(urgentUrl);
    expect(new Set(tasks.map(({ replayOf }) => replayOf)).size).toBe(23);
    expect(tasks).toHaveLength(23);
    const began = new Date().toISOString();
    for (const { taskId, replayOf = "" } of tasks) await resolveLetter(replayOf, taskId, letters, { at: began, began });
    const states = await Promise.all(tasks.map(async ({ replayOf = "" }) => (await letters.get(replayOf))?.state));
    expect(new Set(states)).toEqual(new Set(["resolved"]));
  });

  test("never expire before they are closed, whatever is done to them", async () => {
    const letters = new LetterTable(table);
    const expiryIn = async (state: "acknowledged" | "replaying" | "discarded", revision: number): Promise<unknown> => {
      await letters.put(letterOf("kept", { state, revision }));
      return (await table.get({ pk: "LETTER#kept", sk: "META" }))?.["expiresAt"];
    };
    await letters.put(letterOf("kept"));
    expect(await expiryIn("acknowledged", 2)).toBeUndefined();
    expect(await expiryIn("replaying", 3)).toBeUndefined();
    expect(await expiryIn("discarded", 4)).toEqual(expect.any(Number));
  });

  test("know whose they are: the feed's owner for an export, else the calendar's", async () => {
    const owners = new OwnerLookup(table);
    await addCalendar("owned", "h.example");
    await table.put({ pk: "FEED#f1", sk: "META", ownerId: "ann" });
    expect(await owners.ownerOf({ calendarId: "owned" })).toBe("owner");
    expect(await owners.ownerOf({ calendarId: "owned", feedId: "f1" })).toBe("ann");
    expect(await owners.ownerOf({ calendarId: "removed" })).toBeUndefined();
    expect(await owners.ownerOf({})).toBeUndefined();
  });
});

describe("redrive", () => {
  test("sends what lies in the dead letter queue through the host's pace, without the worker's words, and leaves what is unreadable", async () => {
    const host = "redriven.example";
    await table.put({ pk: "HOSTS", sk: host, version: 1, host, startsPerSecond: 100_000 });
    await addCalendar("d1", host);
    const [dlqUrl, importUrl] = [await messages.createQueue("import-dlq"), await messages.createQueue("import")];
    const dead = new DeadLetters(queues, dlqUrl);
    await dead.giveUp(taskOf("d1"), { code: "source-dns", reason: "no address", host }, 5);
    await dead.giveUpBody("no task at all", { code: "message-invalid", reason: "?" }, 1);
    const lane = { from: new DeadLetterLane("import dlq", queues, dlqUrl), to: new TaskQueue(queues, importUrl) };
    const ports = { calendars: new CalendarTable(table), hosts: new HostTable(table) };
    const report = await redriveLetters([lane], ports, CONTEXT);
    expect(report).toMatchObject({ end: "done", sent: 1, waiting: 0, gone: 0, unreadable: [expect.any(String)] });
    const [sent] = await messages.receiveAll(importUrl);
    expect(JSON.parse(sent?.Body ?? "")).toMatchObject({ calendarId: "d1", reason: "replay", replayOf: "import-d1" });
    expect(sent?.MessageAttributes).toBeUndefined();
    expect((await new HostTable(table).host(host)).nextStartAtMs).toBeGreaterThanOrEqual(NOW.getTime());
    const client = new SQSClient(messages.settings);
    const { Messages: left = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl: dlqUrl, WaitTimeSeconds: 3 }));
    expect(left.map(({ Body: body }) => body)).toEqual(["no task at all"]);
    client.destroy();
  });
});

describe("what a doctor asks", () => {
  test("the clock's skew, the age of dead letters and who hears alerts", async () => {
    const { arn } = await messages.createTopic("alerts");
    const dlqUrl = await messages.createQueue("old-dlq");
    await new DeadLetters(queues, dlqUrl).giveUpBody("x", { code: "message-invalid", reason: "?" }, 1);
    const probe = new StackProbe({ topicArn: arn, webhook: "none", queues: { "import dlq": dlqUrl } }, messages.settings);
    expect(Math.abs(await probe.clockSkewMs())).toBeLessThan(5000);
    expect(Date.parse((await probe.oldestIn("import dlq")) ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(await probe.subscriptions()).toEqual({ confirmed: 1, pending: 0 });
  });

  test("a pause of everything is remembered until it ends", async () => {
    const pauses = new PauseTable(table);
    const pause = { version: 1, at: NOW.toISOString(), who: "ann", schedules: ["tick"], eventSources: ["u1"] } as const;
    expect(await pauses.pause()).toBeUndefined();
    await pauses.putPause({ ...pause, schedules: [...pause.schedules], eventSources: [...pause.eventSources] });
    expect(await pauses.pause()).toEqual(pause);
    await pauses.endPause();
    expect(await pauses.pause()).toBeUndefined();
  });
});
