/** When a host may be asked next, as the table says it: whoever sends an import through the pace moves it. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

import { REGION } from "./deployment.ts";

/** UTC milliseconds; 0 for a host that nobody has reserved a start of. */
export async function nextStartAtMs(endpoint: string, table: string, host: string): Promise<number> {
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const Key = { pk: { S: "HOSTS" }, sk: { S: host } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  client.destroy();
  return Number(Item?.["nextStartAtMs"]?.N ?? 0);
}
