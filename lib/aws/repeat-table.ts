/** Repeats of downloads in the table, listed by owner; they stay until somebody ends them. */
import { Repeat } from "../contract/repeat.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readOwned } from "./pages.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

export class RepeatTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async load(repeatId: string): Promise<Repeat | undefined> {
    const item = await this.table.get(repeatKey(repeatId));
    return item === undefined ? undefined : Repeat.parse(item);
  }

  async put(repeat: Repeat): Promise<void> {
    const ownedKey = `REPEAT#${repeat.createdAt}#${repeat.repeatId}`;
    await this.table.put({ ...repeatKey(repeat.repeatId), ...repeat, ownedKey });
  }

  async remove(repeatId: string): Promise<void> {
    await this.table.delete(repeatKey(repeatId));
  }

  async list(ownerId: string, page: PageRequest): Promise<Page<Repeat>> {
    const listed = await readOwned(this.table, ownerId, "REPEAT#", page);
    return { ...listed, items: listed.items.map((item) => Repeat.parse(item)) };
  }
}

function repeatKey(repeatId: string): Key {
  return { pk: `REPEAT#${repeatId}`, sk: "META" };
}
