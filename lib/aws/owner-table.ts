/** What is said of owners: one record each, at the head of the owner's own key. */
import { Erasure, Owner } from "../contract/owner.ts";
import type { Remains } from "../sync/erasure.ts";
import type { Condition, Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

export const LEFT = "LEFT#";
const IS_NEW: Condition = { expression: "attribute_not_exists(#pk)" };

export class OwnerTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async owner(ownerId: string): Promise<Owner | undefined> {
    const item = await this.table.get(ownerKey(ownerId));
    return item === undefined ? undefined : Owner.parse(item);
  }

  async putOwner(owner: Owner, before: Owner | undefined): Promise<"saved" | "lost"> {
    return await this.table.put({ ...ownerKey(owner.ownerId), ...owner }, before === undefined ? IS_NEW : stillAs(before));
  }

  async pauseOwner(ownerId: string, at: string): Promise<void> {
    const owner: Owner = { version: 1, ownerId, state: "paused", since: at };
    await this.table.put({ ...ownerKey(ownerId), ...owner }, IS_NEW);
  }

  async endOwnersPause(ownerId: string): Promise<void> {
    await this.table.delete(ownerKey(ownerId), { expression: "#state = :paused", values: { ":paused": "paused" } });
  }

  async deleteOwner(before: Owner): Promise<"saved" | "lost"> {
    return await this.table.delete(ownerKey(before.ownerId), stillAs(before));
  }
}

export function ownerKey(ownerId: string): Key {
  return { pk: `OWNER#${ownerId}`, sk: "META" };
}

/** Field by field: what a newer release wrote besides them is none of ours. */
function stillAs({ state, since, erasure }: Owner): Condition {
  const steps = Erasure.keyof().options.map((field) => [`erasure.#${field}`, erasure?.[field]] as const);
  const fields = [["state", state] as const, ["since", since] as const, ...steps];
  const tests = fields.map(([path, value], index) => {
    return value === undefined ? `attribute_not_exists(#${path})` : `#${path} = :read${index}`;
  });
  const values = fields.flatMap(([, value], index) => (value === undefined ? [] : [[`:read${index}`, value]]));
  return { expression: tests.join(" AND "), values: Object.fromEntries(values) };
}

/** Says that a thing which is gone may have left something behind. */
export function leftKey(ownerId: string, { kind, id }: Remains): Key {
  return { pk: ownerKey(ownerId).pk, sk: `${LEFT}${kind}#${id}` };
}

export function leftItem(ownerId: string, remains: Remains): Key & Item {
  return { ...leftKey(ownerId, remains), version: 1, ...remains };
}
