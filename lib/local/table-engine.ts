/** DynamoDB on this machine: dynalite over LevelDB, with a fresh copy of all items after an unclean stop. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import type { CreateTableCommandInput, TableDescription } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

import { close, freePort, listen, LOOPBACK } from "./loopback-server.ts";
import type { TableDefinition } from "./plan.ts";
import { CREDENTIALS } from "./sdk-settings.ts";

/** DynamoDB takes at most 25 items in one BatchWriteItem. */
const BATCH_LIMIT = 25;

export interface TableEngine {
  readonly stop: () => Promise<void>;
}

/** `clean` says that the last stop was one; else, and where an index changed, every item moves into a fresh store. */
export async function startTables(options: {
  readonly directory: string;
  readonly port: number;
  readonly tables: readonly TableDefinition[];
  readonly clean: boolean;
}): Promise<TableEngine> {
  const { directory, port, tables, clean } = options;
  const generation = currentGeneration(directory);
  const engine = await open(storePath(directory, generation), port);
  const kept = await describeTables(engine.client);
  if (kept.length === 0 || (clean && tables.every((table) => matches(kept, table)))) {
    await createMissing(engine.client, tables, kept);
    return engine;
  }
  // Seen with dynalite 4.0.0: after a kill -9 an index can miss items or keep old ones; the items themselves are right.
  const fresh = storePath(directory, generation + 1);
  rmSync(fresh, { recursive: true, force: true });
  const copy = await open(fresh, await freePort([]));
  await createMissing(copy.client, tables, []);
  for (const { TableName: name } of kept) {
    if (tables.some((table) => table.name === name)) {
      await copyItems(engine.client, copy.client, name ?? "");
    }
  }
  await Promise.all([engine.stop(), copy.stop()]);
  writeGeneration(directory, generation + 1);
  rmSync(storePath(directory, generation), { recursive: true, force: true });
  return open(fresh, port);
}

/** The pointer moves by one rename, so that a kill while copying leaves the old store in use. */
function currentGeneration(directory: string): number {
  const pointer = join(directory, "generation");
  return existsSync(pointer) ? Number(readFileSync(pointer, "utf8")) : 1;
}

function writeGeneration(directory: string, generation: number): void {
  const pointer = join(directory, "generation");
  writeFileSync(`${pointer}.next`, String(generation));
  renameSync(`${pointer}.next`, pointer);
}

function storePath(directory: string, generation: number): string {
  return join(directory, `tables-${generation}`);
}

async function open(path: string, port: number): Promise<TableEngine & { readonly client: DynamoDBClient }> {
  const server = dynalite({ path, createTableMs: 0 });
  surviveAbortedRequests(server);
  await listen(server, port);
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint: `http://${LOOPBACK}:${port}` });
  const stop = async (): Promise<void> => {
    client.destroy();
    await close(server);
  };
  return { client, stop };
}

/** dynalite throws out of the process when a request breaks off halfway, as it does when a worker is terminated. */
function surviveAbortedRequests(server: ReturnType<typeof dynalite>): void {
  server.prependListener("request", (message) => {
    queueMicrotask(() => {
      message.removeAllListeners("error");
      message.on("error", () => message.destroy());
    });
  });
}

async function describeTables(client: DynamoDBClient): Promise<TableDescription[]> {
  const { TableNames: names = [] } = await client.send(new ListTablesCommand({}));
  const described = await Promise.all(names.map(async (name) => client.send(new DescribeTableCommand({ TableName: name }))));
  return described.flatMap(({ Table: table }) => (table === undefined ? [] : [table]));
}

function matches(kept: readonly TableDescription[], table: TableDefinition): boolean {
  const found = kept.find(({ TableName: name }) => name === table.name);
  const shape = (names: readonly string[]): string => names.toSorted((one, other) => one.localeCompare(other)).join(" ");
  return (
    found === undefined ||
    shape(found.GlobalSecondaryIndexes?.map((index) => index.IndexName ?? "") ?? []) ===
      shape(table.indexes.map(({ name }) => name))
  );
}

async function createMissing(
  client: DynamoDBClient,
  tables: readonly TableDefinition[],
  kept: readonly TableDescription[],
): Promise<void> {
  for (const table of tables.filter(({ name }) => kept.every((found) => found.TableName !== name))) {
    await client.send(new CreateTableCommand(creation(table)));
    while ((await client.send(new DescribeTableCommand({ TableName: table.name }))).Table?.TableStatus !== "ACTIVE") {
      // Asked again at once: createTableMs is 0.
    }
  }
}

function creation(table: TableDefinition): CreateTableCommandInput {
  const schema = (keys: readonly string[]): NonNullable<CreateTableCommandInput["KeySchema"]> =>
    keys.map((name, position) => ({ AttributeName: name, KeyType: position === 0 ? "HASH" : "RANGE" }));
  const indexes = table.indexes.map(({ name, keys, projection, include }) => ({
    IndexName: name,
    KeySchema: schema(keys),
    Projection:
      projection === "INCLUDE"
        ? { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...include] }
        : { ProjectionType: projection === "ALL" ? ("ALL" as const) : ("KEYS_ONLY" as const) },
  }));
  return {
    TableName: table.name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: table.attributes.map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type === "N" || type === "B" ? type : "S",
    })),
    KeySchema: schema(table.keys),
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
  };
}

async function copyItems(from: DynamoDBClient, to: DynamoDBClient, table: string): Promise<void> {
  for await (const { Items: items = [] } of paginateScan({ client: from }, { TableName: table, ConsistentRead: true })) {
    for (let start = 0; start < items.length; start += BATCH_LIMIT) {
      const puts = items.slice(start, start + BATCH_LIMIT).map((item) => ({ PutRequest: { Item: item } }));
      await to.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    }
  }
}
