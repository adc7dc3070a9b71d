/** The machine's own API key: its record is put into the table, as `calferry key create` does on AWS. */
import { createHash } from "node:crypto";

import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

import type { Key } from "../contract/key.ts";
import { LOOPBACK } from "./loopback-server.ts";
import { CREDENTIALS } from "./sdk-settings.ts";

export async function registerAdminKey(secret: string, table: string, port: number): Promise<void> {
  const keyHash = createHash("sha256").update(secret).digest("hex");
  const key: Key = { version: 1, keyHash, label: "local", scope: "admin", state: "active", createdAt: new Date().toISOString() };
  const { version, ...texts } = key;
  const item = Object.fromEntries(
    Object.entries({ pk: `KEY#${keyHash}`, sk: "META", ...texts }).map(([name, S]) => [name, { S }]),
  );
  const client = new DynamoDBClient({ ...CREDENTIALS, endpoint: `http://${LOOPBACK}:${port}` });
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { ...item, version: { N: String(version) } },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
  } catch (error) {
    // Registered at an earlier start; a revoked key stays revoked.
    if (!(error instanceof Error && error.name === "ConditionalCheckFailedException")) {
      throw error;
    }
  } finally {
    client.destroy();
  }
}
