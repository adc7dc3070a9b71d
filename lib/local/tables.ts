/** DynamoDB on this machine: dynalite over LevelDB, its items copied into a fresh store where the old one cannot be trusted. */
import type { Server } from "node:http";
import { existsSync, renameSync, rmSync } from "node:fs";

import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { paginateScan, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

import { close, listen } from "./loopback.ts";
import type { TablePlan } from "./resources.ts";
import { clientSettings } from "./sdk-settings.ts";

/** DynamoDB takes at most 25 items in one BatchWriteItem. */
const BATCH_LIMIT = 25;

export interface Tables {
  readonly client: DynamoDBClient;
  readonly stop: () => Promise<void>;
}

/** `sound` says that the store was left by a clean stop and made from this definition. */
export async function startTables(
  directory: string,
  port: number,
  tables: readonly TablePlan[],
  sound: boolean,
): Promise<Tables> {
  const [copy, fresh] = [`${directory}.copy`, `${directory}.fresh`];
  // Only a finished copy has this name: whatever a kill left of the rest is not needed.
  if (existsSync(fresh)) replace(fresh, directory);
  if (!sound || !existsSync(directory)) {
    rmSync(copy, { recursive: true, force: true });
    await copyStore(directory, copy, tables);
    renameSync(copy, fresh);
    replace(fresh, directory);
  }
  return open(directory, port);
}

function replace(by: string, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  renameSync(by, directory);
}

async function open(path: string, port: number): Promise<Tables> {
  const server = dynalite({ path, createTableMs: 0 });
  surviveAbortedRequests(server);
  const client = new DynamoDBClient(clientSettings(await listen(server, port)));
  const stop = async (): Promise<void> => {
    client.destroy();
    await close(server);
  };
  return { client, stop };
}

/** dynalite throws out of the process when a request breaks off halfway, as it does when a worker is terminated. */
function surviveAbortedRequests(server: Server): void {
  server.prependListener("request", (message) => {
    queueMicrotask(() => {
      message.removeAllListeners("error");
      message.on("error", () => message.destroy());
    });
  });
}

/** Seen with dynalite 4.0.0: after a kill -9 an index can miss items or keep old ones; the items themselves are right. */
async function copyStore(from: string, to: string, tables: readonly TablePlan[]): Promise<void> {
  const [old, fresh] = [await open(from, 0), await open(to, 0)];
  const { TableNames: kept = [] } = await old.client.send(new ListTablesCommand({}));
  for (const { name, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } of tables) {
    const shape = { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode: "PAY_PER_REQUEST" as const };
    await fresh.client.send(new CreateTableCommand({ TableName: name, ...shape }));
    await waitUntilTableExists({ client: fresh.client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName: name });
    if (kept.includes(name)) await copyItems(old.client, fresh.client, name);
  }
  await Promise.all([old.stop(), fresh.stop()]);
}

async function copyItems(from: DynamoDBClient, to: DynamoDBClient, table: string): Promise<void> {
  for await (const { Items: items = [] } of paginateScan({ client: from }, { TableName: table, ConsistentRead: true })) {
    const puts = items.map((item) => ({ PutRequest: { Item: item } }));
    while (puts.length > 0) await to.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts.splice(0, BATCH_LIMIT) } }));
  }
}
