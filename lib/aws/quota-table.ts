/** Quotas in the table, beside the other records of an owner, and how much of a kind an owner has. */
import { Quota } from "../contract/quota.ts";
import type { QuotaLimits } from "../contract/quota.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const PREFIXES = { calendars: "CAL#", feeds: "FEED#" } as const;

export class QuotaTable {
  readonly usual: QuotaLimits;
  private readonly table: RecordTable;

  constructor(table: RecordTable, usual: QuotaLimits) {
    this.table = table;
    this.usual = usual;
  }

  async quota(ownerId: string): Promise<Quota | undefined> {
    const item = await this.table.get(quotaKey(ownerId));
    return item === undefined ? undefined : Quota.parse(item);
  }

  async putQuota(quota: Quota): Promise<void> {
    await this.table.put({ ...quotaKey(quota.ownerId), ...quota });
  }

  /** In the index, which is behind by a moment. */
  async count(ownerId: string, kind: "calendars" | "feeds", most: number): Promise<number> {
    const expression = "#ownerId = :ownerId AND begins_with(#ownedKey, :prefix)";
    const values = { ":ownerId": ownerId, ":prefix": PREFIXES[kind] };
    return await this.table.count({ index: "byOwner", expression, values }, most);
  }
}

function quotaKey(ownerId: string): Key {
  return { pk: `OWNER#${ownerId}`, sk: "QUOTA" };
}
