/** Whether letters are left of an alert: a look at the first letter of each shelf where one may stand. */
import type { LetterState } from "../contract/letter.ts";
import type { Standing } from "../core/alert-groups.ts";
import { shelf } from "./letter-table.ts";
import type { RecordTable } from "./record-table.ts";

export class LetterShelves {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async standing(fingerprints: readonly string[]): Promise<Standing> {
    if (await this.isAny(["open", "replaying"], fingerprints)) return "open";
    return (await this.isAny(["acknowledged"], fingerprints)) ? "acknowledged" : "none";
  }

  private async isAny(states: readonly LetterState[], fingerprints: readonly string[]): Promise<boolean> {
    for (const name of fingerprints.flatMap((fingerprint) => states.map((state) => shelf(state, fingerprint)))) {
      const selection = { index: "letters", expression: "#letterShelf = :shelf", values: { ":shelf": name } };
      if ((await this.table.first(selection, 1)).length > 0) return true;
    }
    return false;
  }
}
