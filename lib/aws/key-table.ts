/** API keys in the table, found by the SHA-256 of their secret. */
import { Key } from "../contract/key.ts";
import type { RecordTable } from "./record-table.ts";

export class KeyTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async key(keyHash: string): Promise<Key | undefined> {
    const item = await this.table.get({ pk: `KEY#${keyHash}`, sk: "META" });
    return item === undefined ? undefined : Key.parse(item);
  }

  async putKey(key: Key): Promise<void> {
    await this.table.put({ pk: `KEY#${key.keyHash}`, sk: "META", ...key });
  }
}
