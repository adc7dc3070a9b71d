/** Requests with an Idempotency-Key, over a map. */
import type { IdempotencyBook } from "../../lib/api/idempotency.ts";
import type { IdempotencyRecord } from "../../lib/contract/idempotency.ts";

export class MemoryIdempotency implements IdempotencyBook {
  readonly #records: Map<string, IdempotencyRecord>;

  constructor(records: Map<string, IdempotencyRecord>) {
    this.#records = records;
  }

  async load(id: string): Promise<IdempotencyRecord | undefined> {
    return await Promise.resolve(this.#records.get(id));
  }

  async claim(id: string, claim: IdempotencyRecord, seen: string | undefined): Promise<"saved" | "lost"> {
    if (this.#records.get(id)?.claimId !== seen) return await Promise.resolve("lost");
    this.#records.set(id, claim);
    return "saved";
  }

  async answer(id: string, claimId: string, answer: NonNullable<IdempotencyRecord["answer"]>): Promise<void> {
    const record = this.#records.get(id);
    if (record?.claimId === claimId) this.#records.set(id, { ...record, answer });
    await Promise.resolve();
  }

  async release(id: string, claimId: string): Promise<void> {
    if (this.#records.get(id)?.claimId === claimId) this.#records.delete(id);
    await Promise.resolve();
  }
}
