/** `npm run test:replay`: 10,000 dead letters are replayed while the terminal is killed twice; each is applied once. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import * as z from "zod";

import { LetterTable } from "../../lib/aws/letter-table.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { MachineFile } from "../../lib/contract/machine.ts";
import { TaskBody } from "../../lib/contract/task.ts";
import { resolveLetter } from "../../lib/sync/resolve-letters.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import { EngineProxy } from "../crash/engine-proxy.ts";
import type { Seen } from "../crash/engine-proxy.ts";
import { LETTERS, letterIds, storeLetters } from "./stored-letters.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/calferry.ts", import.meta.url));
const Report = z.object({
  replayed: z.array(z.object({ letterId: z.string() })),
  waiting: z.number(),
  left: z.array(z.unknown()),
});
/** Tens sent before the terminal is killed: once after a send, once between mark and send. */
const FIRST_KILL = 270;
const SECOND_KILL = 330;
const DRAINS_AT_ONCE = 8;
const AN_HOUR_AND_A_BIT_MS = 3_660_000;

const folder = await mkdtemp(join(tmpdir(), "calferry-replay-"));
const [tables, messages] = await Promise.all([startTable(), startMessages()]);
const [toTables, toMessages] = await Promise.all([EngineProxy.open(), EngineProxy.open()]);
toTables.engine = tables.settings.endpoint;
toMessages.engine = messages.settings.endpoint;
const table = new RecordTable("records", tables.settings);
const letters = new LetterTable(table);
const queues = new QueueClient(messages.settings);
/** Task ids that came to the worker, by letter. */
const applied = new Map<string, string[]>();
let status = 1;

try {
  const urgentUrl = await prepare();
  await storeLetters(table);
  tell(`${LETTERS} letters stored`);
  tell(`killed after a send: ${await replayAndKill("SendMessageBatch", FIRST_KILL)}`);
  tell(`killed between mark and send: ${await replayAndKill("mark", SECOND_KILL)}`);
  const before = await drain(urgentUrl);
  const third = await replay();
  tell(`the third run replayed ${third.replayed.length}, ${third.left.length} left, ${third.waiting} waiting`);
  const after = await drain(urgentUrl);
  expect(third.replayed.length === after - before, `the third run says ${third.replayed.length}, ${after - before} tasks came`);
  const lost = letterIds().filter((letterId) => !applied.has(letterId));
  tell(`${lost.length} letters were marked and never sent; nobody touches them for an hour`);
  expect(lost.length > 0 && lost.length <= 20, `${lost.length} letters were marked and not sent, wanted 1 to 20`);
  expect((await replay()).replayed.length === 0, "a run within the hour sent something twice");
  await ageBy(AN_HOUR_AND_A_BIT_MS, lost);
  const last = await replay();
  expect(last.replayed.length === lost.length, `an hour later ${last.replayed.length} were sent, wanted ${lost.length}`);
  await drain(urgentUrl);
  await expectEachOnce();
  tell(`ok: ${LETTERS} letters, each applied once, resolved, with one replay in its history`);
  status = 0;
} catch (error) {
  tell(`FAIL ${error instanceof Error ? error.message : String(error)}`);
} finally {
  for (const proxy of [toTables, toMessages]) proxy.close();
  await Promise.all([tables.stop(), messages.stop()]);
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = status;

/** The queues, and the file by which the terminal finds them. */
async function prepare(): Promise<string> {
  const queue = async (name: string): Promise<string> =>
    (await messages.createQueue(name)).replace(/^http:\/\/[^/]+/u, messages.settings.endpoint);
  const [urgent, other] = [await queue("urgent"), await queue("other")];
  const machine: MachineFile = {
    url: "http://127.0.0.1:1",
    adminKey: "none",
    pid: process.pid,
    env: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_DYNAMODB: toTables.url,
      AWS_ENDPOINT_URL_SQS: toMessages.url,
    },
    outputs: {
      TableName: "records",
      BucketName: "objects",
      ImportQueueUrl: other,
      UrgentQueueUrl: urgent,
      ExportQueueUrl: other,
      DownloadQueueUrl: other,
      ImportDlqUrl: other,
      UrgentDlqUrl: other,
      ExportDlqUrl: other,
      DownloadDlqUrl: other,
      ChangesTopicArn: "arn:aws:sns:us-east-1:000000000000:changes",
      ApiUrl: "http://127.0.0.1:1/",
    },
  };
  await writeFile(join(folder, "machine.json"), JSON.stringify(machine));
  return urgent;
}

function startReplay(): ChildProcess {
  const env = { PATH: process.env["PATH"], CALFERRY_DIR: folder };
  const args = [PROGRAM, "dlq", "replay", "--all", "--local", "--json"];
  return spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
}

async function replay(): Promise<z.infer<typeof Report>> {
  const child = startReplay();
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code]: unknown[] = await once(child, "close");
  expect(code === 0, `replay ended with status ${String(code)}, wanted 0`);
  return Report.parse(JSON.parse(Buffer.concat(chunks).toString()));
}

/** SIGKILL in the middle of the ten that come after `tens` sends. */
async function replayAndKill(at: "SendMessageBatch" | "mark", tens: number): Promise<string> {
  const child = startReplay();
  const dead = once(child, "close");
  let sends = 0;
  let marks = 0;
  toMessages.onDone = ({ target }: Seen) => {
    sends += target.endsWith(".SendMessageBatch") ? 1 : 0;
    if (at === "SendMessageBatch" && sends >= tens) child.kill("SIGKILL");
  };
  toTables.onDone = ({ target, body }: Seen) => {
    if (sends < tens || !target.endsWith(".PutItem") || !body.includes('"replaying"')) return;
    marks += 1;
    if (at === "mark" && marks === 5) child.kill("SIGKILL");
  };
  const [, signal]: unknown[] = await dead;
  toMessages.onDone = () => undefined;
  toTables.onDone = () => undefined;
  expect(signal === "SIGKILL", `the terminal ended by ${String(signal)}, wanted to kill it`);
  return `${sends} tens sent, ${marks} letters marked since`;
}

/** Applies every task as a worker that succeeds: its letter is resolved. Gives how many came in all. */
async function drain(urgentUrl: string): Promise<number> {
  await new Promise((done) => {
    setTimeout(done, 1500);
  });
  await Promise.all(Array.from({ length: DRAINS_AT_ONCE }, async () => await drainOne(urgentUrl)));
  return [...applied.values()].reduce((sum, taskIds) => sum + taskIds.length, 0);
}

async function drainOne(urgentUrl: string): Promise<void> {
  for (;;) {
    const received = await queues.receive(urgentUrl);
    if (received.length === 0) return;
    for (const { body, receiptHandle } of received) {
      const task = TaskBody.parse(body);
      const letterId = task.replayOf ?? "";
      applied.set(letterId, [...(applied.get(letterId) ?? []), task.taskId]);
      const at = new Date().toISOString();
      await resolveLetter(letterId, task.taskId, letters, { at, began: at });
      await queues.remove(urgentUrl, receiptHandle);
    }
  }
}

/** As if the letters had been marked so much earlier. */
async function ageBy(ms: number, letterIdsToAge: readonly string[]): Promise<void> {
  for (const letterId of letterIdsToAge) {
    const letter = await letters.get(letterId);
    const { replay: mark, revision = 0 } = letter ?? {};
    expect(letter?.state === "replaying" && mark !== undefined, `letter ${letterId} is ${letter?.state}, wanted replaying`);
    const at = new Date(Date.parse(mark?.at ?? "") - ms).toISOString();
    await table.update({ pk: `LETTER#${letterId}`, sk: "META" }, { set: { replay: { ...mark, at }, revision: revision + 1 } });
  }
}

async function expectEachOnce(): Promise<void> {
  expect(applied.size === LETTERS, `${applied.size} letters were applied, wanted ${LETTERS}`);
  for (const letterId of letterIds()) {
    const times = applied.get(letterId)?.length ?? 0;
    const letter = await letters.get(letterId);
    const replays = letter?.history.filter(({ state }) => state === "replaying").length;
    expect(times === 1, `letter ${letterId} was applied ${times} times, wanted once`);
    expect(letter?.state === "resolved", `letter ${letterId} is ${letter?.state}, wanted resolved`);
    expect(replays === 1, `letter ${letterId} has ${replays} replays in its history, wanted one`);
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function tell(line: string): void {
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${line}`);
}
