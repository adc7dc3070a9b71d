/** Alerts in the table: one item each below one key, so that a tick reads them by one query; one that is over is deleted. */
import { AlertGroup } from "../contract/alert.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** Apart from `ALERTS`, which lists every fingerprint that ever was: a tick reads only what is under way. */
const PARTITION = "ALERTS#OPEN";

export class AlertTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async groups(): Promise<readonly AlertGroup[]> {
    const items = await this.table.query({ expression: "#pk = :pk", values: { ":pk": PARTITION } });
    return items.map((item) => AlertGroup.parse(item));
  }

  async group(name: string): Promise<AlertGroup | undefined> {
    const item = await this.table.get(groupKey(name));
    return item === undefined ? undefined : AlertGroup.parse(item);
  }

  async put(group: AlertGroup): Promise<boolean> {
    const saved = await this.table.put(
      { ...groupKey(group.group), ...group },
      group.revision === 1
        ? { expression: "attribute_not_exists(#pk)" }
        : { expression: "#revision = :before", values: { ":before": group.revision - 1 } },
    );
    return saved === "saved";
  }

  async remove({ group, revision }: AlertGroup): Promise<void> {
    await this.table.delete(groupKey(group), { expression: "#revision = :read", values: { ":read": revision } });
  }
}

function groupKey(name: string): Key {
  return { pk: PARTITION, sk: name };
}
