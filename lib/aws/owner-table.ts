/** What is said of owners: one record each, at the head of the owner's own key. */
import { Owner } from "../contract/owner.ts";
import type { Remains } from "../sync/erasure.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

export const LEFT = "LEFT#";

export class OwnerTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async owner(ownerId: string): Promise<Owner | undefined> {
    const item = await this.table.get(ownerKey(ownerId));
    return item === undefined ? undefined : Owner.parse(item);
  }

  async putOwner(owner: Owner): Promise<void> {
    await this.table.put({ ...ownerKey(owner.ownerId), ...owner });
  }

  async pauseOwner(ownerId: string, at: string): Promise<void> {
    const owner: Owner = { version: 1, ownerId, state: "paused", since: at };
    await this.table.put({ ...ownerKey(ownerId), ...owner }, { expression: "attribute_not_exists(#pk)" });
  }

  async endOwnersPause(ownerId: string): Promise<void> {
    await this.table.delete(ownerKey(ownerId), { expression: "#state = :paused", values: { ":paused": "paused" } });
  }

  async deleteOwner(ownerId: string): Promise<void> {
    await this.table.delete(ownerKey(ownerId));
  }
}

export function ownerKey(ownerId: string): Key {
  return { pk: `OWNER#${ownerId}`, sk: "META" };
}

/** Says that a thing which is gone may have left something behind. */
export function leftKey(ownerId: string, { kind, id }: Remains): Key {
  return { pk: ownerKey(ownerId).pk, sk: `${LEFT}${kind}#${id}` };
}

export function leftItem(ownerId: string, remains: Remains): Key & Item {
  return { ...leftKey(ownerId, remains), version: 1, ...remains };
}
