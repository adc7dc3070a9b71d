import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { join } from "node:path";

import { DeleteItemCommand, PutItemCommand, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, expect, test } from "vitest";

import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { temporaryFolder, writeAssembly } from "./assembly.ts";
import { clientsOf, send, take } from "./clients.ts";

const folder = temporaryFolder();
const state = join(folder.path, "state");
const assembly = writeAssembly(folder.path);

const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folder.remove();
});

async function startMachine(): Promise<Machine> {
  return start({ dir: state, port: 0, ticks: "manual", assembly });
}

/** A machine in a process of its own, for it will be killed. */
async function startChild(): Promise<{ machine: Pick<Machine, "env" | "outputs">; kill: () => Promise<void> }> {
  const url = new URL("../../lib/local/machine.ts", import.meta.url).href;
  const code = `
    const { start } = await import(${JSON.stringify(url)});
    const { env, outputs } = await start(${JSON.stringify({ dir: state, port: 0, ticks: "manual", assembly })});
    console.log(JSON.stringify({ env, outputs }));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { machine: JSON.parse(String(line)), kill };
}

/** What a kill between an item and its index entry leaves, made by hand: the item without the entry, and no clean stop. */
async function loseIndex(table: string): Promise<void> {
  interface Store {
    readonly keys: () => AsyncIterable<string>;
    readonly del: (key: string) => Promise<void>;
    readonly close: () => Promise<void>;
  }
  const { Level }: { readonly Level: new (path: string) => Store } = createRequire(import.meta.resolve("dynalite"))("level");
  const store = new Level(join(state, "tables"));
  let lost = 0;
  for await (const key of store.keys()) {
    if (key.startsWith(`index-global~${table}~shelf~`)) {
      await store.del(key);
      lost += 1;
    }
  }
  await store.close();
  expect(lost).toBeGreaterThan(0);
  const file = join(state, "state.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), stoppedCleanly: false }));
}

test("after a kill -9 the items, the waiting messages and those under work are there again", async () => {
  const { machine: killed, kill } = await startChild();
  const before = clientsOf(killed);
  const table = killed.outputs["TableName"];
  for (const name of ["one", "two"]) {
    const item = { pk: { S: name }, sk: { S: "META" }, shelf: { S: "open" } };
    await before.dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
  }
  await before.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: "two" }, sk: { S: "META" } } }));
  await send(before.sqs, killed.outputs["ImportQueueUrl"], "hang");
  await take(before.sqs, killed.outputs["SeenUrl"], (text) => (text.includes("hang") ? text : undefined));
  await kill();

  const machine = await startMachine();
  const { dynamodb, sqs } = clientsOf(machine);
  const shelf = {
    IndexName: "shelf",
    KeyConditionExpression: "shelf = :open",
    ExpressionAttributeValues: { ":open": { S: "open" } },
  };
  const { Items: items = [] } = await dynamodb.send(new QueryCommand({ TableName: table, ...shelf }));
  expect(items.map((item) => item["pk"]?.S)).toEqual(["one"]);
  const again = await take(sqs, machine.outputs["SeenUrl"], (text) => (text.includes("hang") ? JSON.parse(text) : undefined));
  expect(again).toHaveProperty("record.attributes.ApproximateReceiveCount", "2");
  await machine.stop();
});

test("an index that a kill left wrong is right after the next start", async () => {
  const first = await startMachine();
  const table = first.outputs["TableName"] ?? "";
  const { dynamodb } = clientsOf(first);
  await dynamodb.send(
    new PutItemCommand({ TableName: table, Item: { pk: { S: "three" }, sk: { S: "M" }, shelf: { S: "late" } } }),
  );
  await first.stop();
  await loseIndex(table);
  const shelf = {
    IndexName: "shelf",
    KeyConditionExpression: "shelf = :late",
    ExpressionAttributeValues: { ":late": { S: "late" } },
  };
  const machine = await startMachine();
  const { Items: items = [] } = await clientsOf(machine).dynamodb.send(new QueryCommand({ TableName: table, ...shelf }));
  expect(items).toHaveLength(1);
  const { Count: count } = await clientsOf(machine).dynamodb.send(new ScanCommand({ TableName: table }));
  expect(count).toBeGreaterThanOrEqual(2);
  await machine.stop();
});

test("a request that breaks off halfway does not end the machine", async () => {
  const machine = await startMachine();
  const { port } = new URL(machine.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "");
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 100\r\n\r\nhalf");
  socket.resetAndDestroy();
  const { Count: count } = await clientsOf(machine).dynamodb.send(new ScanCommand({ TableName: machine.outputs["TableName"] }));
  expect(count).toBeGreaterThanOrEqual(1);
  await machine.stop();
});
