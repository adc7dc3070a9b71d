/** Which calendar has which of its owner's external ids. */
import { ExternalIdClaim } from "../contract/external-id.ts";
import type { ExternalName } from "../sync/claim-external-id.ts";
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

  async release({ ownerId, externalId, calendarId }: ExternalName): Promise<void> {
    const condition = { expression: "#calendarId = :calendarId", values: { ":calendarId": calendarId } };
    await this.table.delete(claimKey({ ownerId, externalId }), condition);
  }
}

function claimKey({ ownerId, externalId }: Pick<ExternalIdClaim, "ownerId" | "externalId">): Key {
  return { pk: `OWNER#${ownerId}`, sk: `EXTERNAL#${externalId}` };
}
