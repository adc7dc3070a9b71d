/** The one table: conditions, pages and batches over plain objects; its users know keys and records, not DynamoDB. */
import { promisify } from "node:util";

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { BatchGetCommandInput, BatchWriteCommandInput, QueryCommandInput, ScanCommandInput } from "@aws-sdk/lib-dynamodb";

import { clientConfig, rethrowFrom, unavailable } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

export type Key = { readonly pk: string; readonly sk: string };
export type Item = Readonly<Record<string, unknown>>;
/** Attribute names stand as `#name`, values as `:value`. */
export type Condition = { readonly expression: string; readonly values?: Item };
export type Change = { readonly set?: Item; readonly remove?: readonly string[] };
export type Selection = Condition & { readonly index?: string; readonly order?: "ascending" | "descending" };

/** DynamoDB's limits of one batch. */
const READ_BATCH = 100;
const WRITE_BATCH = 25;
const BATCH_TRIES = 6;
const BATCH_WAIT_MS = 40;

const wait = promisify(setTimeout);

export class RecordTable {
  private readonly client: DynamoDBDocumentClient;
  private readonly name: string;

  constructor(name: string, settings: ClientSettings = {}) {
    const client = new DynamoDBClient(clientConfig(settings));
    client.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("DynamoDB")), { step: "initialize" });
    this.client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
    this.name = name;
  }

  /** Read consistently; `fields` alone where they are named. */
  async get(key: Key, fields?: readonly string[]): Promise<Item | undefined> {
    const projection = fields?.map((field) => `#${field}`).join(", ");
    const { Item: item } = await this.client.send(
      new GetCommand({
        TableName: this.name,
        Key: key,
        ConsistentRead: true,
        ...(projection === undefined ? {} : { ProjectionExpression: projection, ExpressionAttributeNames: namesIn(projection) }),
      }),
    );
    return item;
  }

  /** Those that exist, in no order, read consistently. */
  async getAll(keys: readonly Key[]): Promise<Item[]> {
    const items: Item[] = [];
    for (const batch of batches(keys, READ_BATCH)) {
      await this.untilEmpty<BatchGetCommandInput["RequestItems"]>(
        { [this.name]: { Keys: [...batch], ConsistentRead: true } },
        async (requests) => {
          const answer = await this.client.send(new BatchGetCommand({ RequestItems: requests }));
          items.push(...(answer.Responses?.[this.name] ?? []));
          return answer.UnprocessedKeys;
        },
      );
    }
    return items;
  }

  async put(item: Key & Item, condition?: Condition): Promise<"saved" | "lost"> {
    return await savedOrLost(this.client.send(new PutCommand({ TableName: this.name, Item: item, ...conditional(condition) })));
  }

  /** Changes only the named fields and gives the item as it stands after it; undefined where the condition did not hold. */
  async update(key: Key, change: Change, condition?: Condition): Promise<Item | undefined> {
    const set = Object.entries(change.set ?? {}).filter(([, value]) => value !== undefined);
    const parts = [
      ...(set.length === 0 ? [] : [`SET ${set.map(([field]) => `#${field} = :${field}`).join(", ")}`]),
      ...(change.remove === undefined || change.remove.length === 0
        ? []
        : [`REMOVE ${change.remove.map((field) => `#${field}`).join(", ")}`]),
    ];
    const expression = parts.join(" ");
    const values = { ...Object.fromEntries(set.map(([field, value]) => [`:${field}`, value])), ...condition?.values };
    const sent = this.client.send(
      new UpdateCommand({
        TableName: this.name,
        Key: key,
        UpdateExpression: expression,
        ...(condition === undefined ? {} : { ConditionExpression: condition.expression }),
        ExpressionAttributeNames: namesIn(`${expression} ${condition?.expression ?? ""}`),
        ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        ReturnValues: "ALL_NEW",
      }),
    );
    return await sent.then((answer) => answer.Attributes ?? {}, undefinedWhereLost);
  }

  async delete(key: Key, condition?: Condition): Promise<"saved" | "lost"> {
    return await savedOrLost(this.client.send(new DeleteCommand({ TableName: this.name, Key: key, ...conditional(condition) })));
  }

  async putAll(items: readonly (Key & Item)[]): Promise<void> {
    await this.writeAll(items.map((item) => ({ PutRequest: { Item: item } })));
  }

  async deleteAll(keys: readonly Key[]): Promise<void> {
    await this.writeAll(keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })));
  }

  /** Every item of the selection; consistent where it is not one of an index. */
  async query(selection: Selection): Promise<Item[]> {
    const items: Item[] = [];
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      const input = { ...this.queryInput(selection), ...(from === undefined ? {} : { ExclusiveStartKey: from }) };
      const answer = await this.client.send(new QueryCommand(input));
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from !== undefined);
    return items;
  }

  /** How many items the selection has, counted to `most` and no further. */
  async count(selection: Selection, most: number, from?: QueryCommandInput["ExclusiveStartKey"]): Promise<number> {
    const input = { ...this.queryInput(selection), Select: "COUNT" as const, Limit: Math.max(1, most) };
    const answer = await this.client.send(new QueryCommand(from === undefined ? input : { ...input, ExclusiveStartKey: from }));
    const { Count: count = 0, LastEvaluatedKey: next } = answer;
    return next === undefined || count >= most
      ? Math.min(count, most)
      : count + (await this.count(selection, most - count, next));
  }

  /** The first `limit` items of the selection. */
  async first(selection: Selection, limit: number): Promise<Item[]> {
    const answer = await this.client.send(new QueryCommand({ ...this.queryInput(selection), Limit: limit }));
    return answer.Items ?? [];
  }

  /** The first `limit` items that fulfil the condition, in the table's own order, after the key `from`. */
  async scan(condition: Condition, from: Key | undefined, limit: number): Promise<Item[]> {
    return (await this.scanUntil(condition, from === undefined ? {} : { ExclusiveStartKey: from }, limit)).slice(0, limit);
  }

  /** Every item of one of `total` segments that fulfils the condition; items of one partition key are in the same segment. */
  async scanSegment(condition: Condition, segment: number, total: number): Promise<Item[]> {
    return await this.scanUntil(condition, { Segment: segment, TotalSegments: total }, Number.POSITIVE_INFINITY);
  }

  /** One page of everything, in the table's own order: `limit` items at most; `next` is where to go on. */
  async scanPage(
    from: Key | undefined,
    limit: number,
  ): Promise<{ readonly items: readonly Item[]; readonly next: Key | undefined }> {
    const place = from === undefined ? {} : { ExclusiveStartKey: from };
    const answer = await this.client.send(
      new ScanCommand({ TableName: this.name, Limit: limit, ConsistentRead: true, ...place }),
    );
    const { pk, sk } = answer.LastEvaluatedKey ?? {};
    return { items: answer.Items ?? [], next: pk === undefined ? undefined : { pk: String(pk), sk: String(sk) } };
  }

  private async scanUntil(condition: Condition, place: Partial<ScanCommandInput>, limit: number): Promise<Item[]> {
    const items: Item[] = [];
    let after = place.ExclusiveStartKey;
    do {
      const answer = await this.client.send(
        new ScanCommand({
          TableName: this.name,
          FilterExpression: condition.expression,
          ExpressionAttributeNames: namesIn(condition.expression),
          ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
          ...place,
          ...(after === undefined ? {} : { ExclusiveStartKey: after }),
        }),
      );
      items.push(...(answer.Items ?? []));
      after = answer.LastEvaluatedKey;
    } while (after !== undefined && items.length < limit);
    return items;
  }

  private queryInput(selection: Selection): QueryCommandInput {
    return {
      TableName: this.name,
      KeyConditionExpression: selection.expression,
      ExpressionAttributeNames: namesIn(selection.expression),
      ...(selection.values === undefined ? {} : { ExpressionAttributeValues: selection.values }),
      ...(selection.index === undefined ? { ConsistentRead: true } : { IndexName: selection.index }),
      ScanIndexForward: selection.order !== "descending",
    };
  }

  private async writeAll(
    requests: readonly NonNullable<BatchWriteCommandInput["RequestItems"]>[string][number][],
  ): Promise<void> {
    for (const batch of batches(requests, WRITE_BATCH)) {
      await this.untilEmpty<BatchWriteCommandInput["RequestItems"]>({ [this.name]: [...batch] }, async (pending) => {
        const answer = await this.client.send(new BatchWriteCommand({ RequestItems: pending }));
        return answer.UnprocessedItems;
      });
    }
  }

  /** DynamoDB answers 200 and names what it did not do; the SDK does not send that again. */
  private async untilEmpty<Requests extends object | undefined>(
    requests: Requests,
    send: (requests: Requests) => Promise<Requests | undefined>,
  ): Promise<void> {
    let pending: Requests | undefined = requests;
    for (let attempt = 0; attempt < BATCH_TRIES; attempt += 1) {
      if (attempt > 0) await wait(BATCH_WAIT_MS * 2 ** attempt);
      pending = await send(pending);
      if (pending === undefined || Object.keys(pending).length === 0) return;
    }
    throw unavailable(`DynamoDB left part of a batch undone ${BATCH_TRIES} times in a row, wanted all of it`);
  }
}

/** `{ "#state": "state" }` for each `#name` of an expression: many of our fields are DynamoDB's reserved words. */
function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/gu)].map(([token, name = ""]) => [token, name]));
}

function conditional(condition: Condition | undefined): {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
} {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: namesIn(condition.expression),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
  };
}

async function savedOrLost(sent: Promise<unknown>): Promise<"saved" | "lost"> {
  return await sent.then(
    () => "saved",
    (error: unknown) => {
      undefinedWhereLost(error);
      return "lost";
    },
  );
}

function undefinedWhereLost(error: unknown): undefined {
  if (error instanceof Error && error.name === "ConditionalCheckFailedException") return undefined;
  throw error;
}

function batches<Part>(parts: readonly Part[], size: number): Part[][] {
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, index) => parts.slice(index * size, (index + 1) * size));
}
