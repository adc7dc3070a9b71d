/** Changes of a calendar that its owner asks for: only the fields that are meant, and only where nobody else changed it meanwhile. */
import type { Calendar } from "../contract/calendar.ts";
import { calendarKey, checkpointKey, holdKey, stillAs } from "./calendar-items.ts";
import type { RecordTable } from "./record-table.ts";

const CHANGEABLE = [
  "name",
  "source",
  "intervalMinutes",
  "schedule",
  "businessDays",
  "policy",
  "externalId",
  "metadata",
  "state",
] as const;
const VALIDATORS = ["etag", "lastModified", "engineKey", "contentHash"];
/** What a source was told or wanted, besides. */
const REST = ["notBefore", "deferredSince", "deferrals", "refusedHash"];

export class CalendarEditorTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async changeCalendar(before: Calendar, after: Calendar): Promise<"saved" | "lost"> {
    const changed = CHANGEABLE.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
    if (changed.length === 0) return "saved";
    const fields = changed.flatMap((field) => (after[field] === undefined ? [] : [[field, after[field]] as const]));
    const set = { ...Object.fromEntries(fields), edition: (before.edition ?? 0) + 1 };
    const remove = changed.filter((field) => after[field] === undefined);
    const saved = await this.table.update(calendarKey(before.calendarId), { set, remove }, stillAs(before));
    return saved === undefined ? "lost" : "saved";
  }

  async forgetSource(calendarId: string, host: string, at: string): Promise<void> {
    const change = { set: { host, fetchedAt: at, failures: 0, attempts: 0 }, remove: [...VALIDATORS, ...REST] };
    await this.table.update(checkpointKey(calendarId), change, { expression: "attribute_exists(#pk)" });
    await this.table.delete(holdKey(calendarId));
  }

  async forgetValidators(calendarId: string, holdId: string | undefined, at: string): Promise<void> {
    const exists = { expression: "attribute_exists(#pk)" };
    await this.table.update(checkpointKey(calendarId), { set: { refreshedAt: at }, remove: VALIDATORS }, exists);
    if (holdId === undefined) return;
    const isStill = { expression: "#holdId = :holdId", values: { ":holdId": holdId } };
    await this.table.update(holdKey(calendarId), { remove: ["etag", "lastModified"] }, isStill);
  }
}
