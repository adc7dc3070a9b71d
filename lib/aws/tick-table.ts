/** What a tick reads and moves in the table: the cursor that says which minutes are owed, and the wheel's index. */
import type { DueCalendar } from "../sync/run-tick.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const CURSOR: Key = { pk: "TICK", sk: "CURSOR" };

export class TickCursor {
  private readonly table: RecordTable;
  /** End of the claim that this process holds. Claims never overlap, so that their ends differ and name them. */
  private claimedUntil: string | undefined;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async claim(now: Date, until: Date): Promise<{ readonly covered: number | undefined } | undefined> {
    const claimedUntil = until.toISOString();
    const cursor = await this.table.update(
      CURSOR,
      { set: { version: 1, claimedUntil } },
      {
        expression: "attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now",
        values: { ":now": now.toISOString() },
      },
    );
    if (cursor === undefined) return undefined;
    this.claimedUntil = claimedUntil;
    return { covered: readMinute(cursor["covered"]) };
  }

  /** Never backwards: a tick that outlived its claim leaves what a later one has covered. */
  async cover(minute: number): Promise<void> {
    await this.table.update(
      CURSOR,
      { set: { covered: minute } },
      { expression: "attribute_not_exists(#covered) OR #covered < :minute", values: { ":minute": minute } },
    );
  }

  async release(): Promise<void> {
    if (this.claimedUntil === undefined) return;
    const held = { expression: "#claimedUntil = :held", values: { ":held": this.claimedUntil } };
    await this.table.update(CURSOR, { remove: ["claimedUntil"] }, held);
    this.claimedUntil = undefined;
  }

  async lastCovered(): Promise<number | undefined> {
    return readMinute((await this.table.get(CURSOR))?.["covered"]);
  }
}

/** The sparse index of calendars that are polled, by slot. */
export class WheelIndex {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async due(slot: string): Promise<readonly DueCalendar[]> {
    const items = await this.table.query({ index: "wheel", expression: "#wheel = :slot", values: { ":slot": slot } });
    return items.map(({ calendarId, host, notBefore }) => ({
      calendarId: String(calendarId),
      host: String(host),
      notBefore: typeof notBefore === "string" ? notBefore : undefined,
    }));
  }
}

function readMinute(covered: unknown): number | undefined {
  return typeof covered === "number" ? covered : undefined;
}
