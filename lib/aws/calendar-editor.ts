/** Changes of a calendar that its owner asks for: only the fields that are meant, and only where they are still as they were read. */
import type { Calendar } from "../contract/calendar.ts";
import { calendarKey, checkpointKey, holdKey } from "./calendar-items.ts";
import type { Condition, RecordTable } from "./record-table.ts";

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
    const set = Object.fromEntries(changed.flatMap((field) => (after[field] === undefined ? [] : [[field, after[field]]])));
    const remove = changed.filter((field) => after[field] === undefined);
    const saved = await this.table.update(calendarKey(before.calendarId), { set, remove }, stillAs(before, changed));
    return saved === undefined ? "lost" : "saved";
  }

  async forgetSource(calendarId: string, host: string, at: string): Promise<void> {
    const change = { set: { host, fetchedAt: at, failures: 0, attempts: 0 }, remove: [...VALIDATORS, ...REST] };
    await this.table.update(checkpointKey(calendarId), change, { expression: "attribute_exists(#pk)" });
  }

  async forgetValidators(calendarId: string, holdId: string | undefined): Promise<void> {
    const exists = { expression: "attribute_exists(#pk)" };
    await this.table.update(checkpointKey(calendarId), { remove: VALIDATORS }, exists);
    if (holdId === undefined) return;
    const isStill = { expression: "#holdId = :holdId", values: { ":holdId": holdId } };
    await this.table.update(holdKey(calendarId), { remove: ["etag", "lastModified"] }, isStill);
  }
}

/** The state as well: a calendar that was removed meanwhile stays so. */
function stillAs(before: Calendar, changed: readonly (typeof CHANGEABLE)[number][]): Condition {
  const fields = new Set([...changed, "state"] as const);
  const parts = [...fields].map((field) =>
    before[field] === undefined ? `attribute_not_exists(#${field})` : `#${field} = :${field}Read`,
  );
  const values = [...fields].flatMap((field) => (before[field] === undefined ? [] : [[`:${field}Read`, before[field]]]));
  return { expression: parts.join(" AND "), values: Object.fromEntries(values) };
}
