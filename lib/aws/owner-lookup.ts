/** Whose a calendar or feed is: for dead letters, which people filter by owner. */
import type { RecordTable } from "./record-table.ts";

export class OwnerLookup {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async ownerOf({
    calendarId,
    feedId,
    downloadId,
  }: {
    readonly calendarId?: string | undefined;
    readonly feedId?: string | undefined;
    readonly downloadId?: string | undefined;
  }): Promise<string | undefined> {
    // An export names the calendar that caused it, too; its letter is the feed's.
    const ownPk = downloadId === undefined ? undefined : `DOWNLOAD#${downloadId}`;
    const pk = ownPk ?? (feedId === undefined ? calendarId && `CAL#${calendarId}` : `FEED#${feedId}`);
    const item = pk === undefined || pk === "" ? undefined : await this.table.get({ pk, sk: "META" }, ["ownerId"]);
    return typeof item?.["ownerId"] === "string" ? item["ownerId"] : undefined;
  }
}
