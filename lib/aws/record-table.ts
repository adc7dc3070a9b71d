/** The one table: conditions, pages and batches over plain objects; its users know keys and records, not DynamoDB. */
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

import { batches, untilEmpty } from "./batches.ts";
import { changing, conditional, namesIn, selecting } from "./expressions.ts";
import type { Change, Condition, Item, Key, Selection } from "./expressions.ts";
import { clientConfig, rethrowFrom } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** DynamoDB's limits of one batch. */
const READ_BATCH = 100;
const WRITE_BATCH = 25;

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
      await untilEmpty<BatchGetCommandInput["RequestItems"]>(
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
    const sent = this.client.send(
      new UpdateCommand({ TableName: this.name, Key: key, ...changing(change, condition), ReturnValues: "ALL_NEW" }),
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
    return { TableName: this.name, ...selecting(selection) };
  }

  private async writeAll(
    requests: readonly NonNullable<BatchWriteCommandInput["RequestItems"]>[string][number][],
  ): Promise<void> {
    for (const batch of batches(requests, WRITE_BATCH)) {
      await untilEmpty<BatchWriteCommandInput["RequestItems"]>({ [this.name]: [...batch] }, async (pending) => {
        const answer = await this.client.send(new BatchWriteCommand({ RequestItems: pending }));
        return answer.UnprocessedItems;
      });
    }
  }
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
