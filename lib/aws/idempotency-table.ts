/** Requests with an Idempotency-Key in the table: one item each, which goes by itself a day later. */
import { IdempotencyRecord } from "../contract/idempotency.ts";
import type { Condition, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

export class IdempotencyTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async load(id: string): Promise<IdempotencyRecord | undefined> {
    const item = await this.table.get(keyOf(id));
    return item === undefined ? undefined : IdempotencyRecord.parse(item);
  }

  async claim(id: string, claim: IdempotencyRecord, seen: string | undefined): Promise<"saved" | "lost"> {
    const condition =
      seen === undefined
        ? { expression: "attribute_not_exists(#pk)" }
        : { expression: "#claimId = :seen", values: { ":seen": seen } };
    // The table's own clock takes whole seconds; it may be a day late, so that `endsAt` is what counts.
    return await this.table.put({ ...keyOf(id), ...claim, expiresAt: Math.ceil(Date.parse(claim.endsAt) / 1000) }, condition);
  }

  async answer(id: string, claimId: string, answer: NonNullable<IdempotencyRecord["answer"]>): Promise<void> {
    await this.table.update(keyOf(id), { set: { answer } }, heldBy(claimId));
  }

  async release(id: string, claimId: string): Promise<void> {
    await this.table.delete(keyOf(id), heldBy(claimId));
  }
}

function keyOf(id: string): Key {
  return { pk: `IDEMPOTENCY#${id}`, sk: "META" };
}

function heldBy(claimId: string): Condition {
  return { expression: "#claimId = :claimId", values: { ":claimId": claimId } };
}
