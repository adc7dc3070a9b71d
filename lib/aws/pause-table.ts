/** The record of a pause of everything, beside the tick's cursor. */
import { Pause } from "../contract/pause.ts";
import type { RecordTable } from "./record-table.ts";

const KEY = { pk: "TICK", sk: "PAUSE" } as const;

export class PauseTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async pause(): Promise<Pause | undefined> {
    const item = await this.table.get(KEY);
    return item === undefined ? undefined : Pause.parse(item);
  }

  async putPause(pause: Pause): Promise<void> {
    await this.table.put({ ...KEY, ...pause });
  }

  async endPause(): Promise<void> {
    await this.table.delete(KEY);
  }
}
