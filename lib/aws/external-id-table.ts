/** Which calendar has which of its owner's external ids. */
import { ExternalIdClaim } from "../contract/external-id.ts";
import type { ExternalIdBook } from "../sync/claim-external-id.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

export class ExternalIdTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async claimOf(ownerId: string, externalId: string): Promise<ExternalIdClaim | undefined> {
    const item = await this.table.get(claimKey({ ownerId, externalId }));
    return item === undefined ? undefined : ExternalIdClaim.parse(item);
  }

  async claim(claim: ExternalIdClaim, over: ExternalIdClaim | undefined): Promise<"saved" | "lost"> {
    const condition =
      over === undefined
        ? { expression: "attribute_not_exists(#pk)" }
        : {
            expression: "#calendarId = :overCalendar AND #at = :overAt",
            values: { ":overCalendar": over.calendarId, ":overAt": over.at },
          };
    return await this.table.put({ ...claimKey(claim), ...claim }, condition);
  }

  async release({ ownerId, externalId, calendarId, at }: Parameters<ExternalIdBook["release"]>[0]): Promise<void> {
    const isIts = { expression: "#calendarId = :calendarId", values: { ":calendarId": calendarId } };
    const isSame = { expression: `${isIts.expression} AND #at = :at`, values: { ...isIts.values, ":at": at } };
    await this.table.delete(claimKey({ ownerId, externalId }), at === undefined ? isIts : isSame);
  }
}

function claimKey({ ownerId, externalId }: Pick<ExternalIdClaim, "ownerId" | "externalId">): Key {
  return { pk: `OWNER#${ownerId}`, sk: `EXTERNAL#${externalId}` };
}
