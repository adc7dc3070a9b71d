/** Many calendars of the table at once: an owner's, those under a hold, everybody's. */
import { Calendar } from "../contract/calendar.ts";
import type { LoadedCalendar } from "../sync/import-calendar.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { calendarKey, checkpointKey, holdKey, META, readCalendar } from "./calendar-items.ts";
import type { Item } from "./expressions.ts";
import { readCursor, readOwned, writeCursor } from "./pages.ts";
import type { RecordTable } from "./record-table.ts";

/** By age. */
export async function listCalendars(table: RecordTable, ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>> {
  const listed = await readOwned(table, ownerId, "CAL#", page);
  return { items: await withCheckpoints(table, listed.items), cursor: listed.cursor };
}

/** The oldest hold first. */
export async function listHolds(table: RecordTable, ownerId: string, page: PageRequest): Promise<Page<LoadedCalendar>> {
  const listed = await readOwned(table, ownerId, "HOLD#", page);
  const metas = await table.getAll(listed.items.map(({ calendarId }) => calendarKey(String(calendarId))));
  const held = (await withCheckpoints(table, metas)).filter(({ hold }) => hold !== undefined);
  return { items: held.toSorted(byOpening), cursor: listed.cursor };
}

/** In no order. */
export async function everyCalendar(table: RecordTable, page: PageRequest): Promise<Page<LoadedCalendar>> {
  const after = page.cursor === undefined ? undefined : readCursor(page.cursor, "CAL#");
  const metas = await table.scan(
    { expression: "begins_with(#pk, :calendar) AND #sk = :meta", values: { ":calendar": "CAL#", ":meta": META } },
    after === undefined ? undefined : { pk: after, sk: META },
    page.limit + 1,
  );
  const shown = metas.slice(0, page.limit);
  const last = metas.length > page.limit ? shown.at(-1)?.["pk"] : undefined;
  return { items: await withCheckpoints(table, shown), cursor: typeof last === "string" ? writeCursor(last) : undefined };
}

/** Without those that somebody is taking out. */
async function withCheckpoints(table: RecordTable, found: readonly Item[]): Promise<LoadedCalendar[]> {
  const metas = found.filter(({ state }) => state !== "removed");
  const calendars = metas.map((meta) => Calendar.parse(meta));
  const keys = calendars.flatMap(({ calendarId }) => [checkpointKey(calendarId), holdKey(calendarId)]);
  const rest = Map.groupBy(await table.getAll(keys), (item) => item["pk"]);
  return metas.flatMap((meta) => readCalendar([meta, ...(rest.get(meta["pk"]) ?? [])]) ?? []);
}

/** A batch is read in no order. */
function byOpening({ hold: one }: LoadedCalendar, { hold: other }: LoadedCalendar): number {
  return (one?.openedAt ?? "") < (other?.openedAt ?? "") ? -1 : 1;
}
