/** Read the days that a calendar of holidays names, from its last good copy; a copy is read once by a process. */
import type { BusinessDays } from "../contract/schedule.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { addDays } from "../core/business-days.ts";
import { holidaysOf } from "../core/holidays.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export type HolidayPorts = {
  readonly calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> };
  readonly objects: { getSnapshot(key: string): Promise<Snapshot> };
};
export type KnownHolidays = {
  readonly days: ReadonlySet<string>;
  /** Why the days may not be those of today: the calendar is missing, was never imported, or its source gives nothing. */
  readonly doubt?: { readonly code: string; readonly since?: string };
};

/** Days around the one that is asked for; a business day is looked for within a year. */
const BEFORE_DAYS = 400;
const AFTER_DAYS = 800;
/** Calendars of holidays that a process remembers. */
const REMEMBERED = 50;

/** A key of a snapshot names one content for ever, so that what was read of it needs no reading again. */
const remembered = new Map<string, ReadonlySet<string>>();

/** Of a year and more around `day`. */
export async function readHolidays(
  { holidays }: Pick<BusinessDays, "holidays">,
  day: string,
  ports: HolidayPorts,
): Promise<KnownHolidays> {
  if (holidays === undefined) return { days: new Set() };
  const loaded = await ports.calendars.load(holidays.calendarId);
  if (loaded?.checkpoint.snapshotKey === undefined || loaded.calendar.state === "removed") {
    return { days: new Set(), doubt: { code: "holidays-missing" } };
  }
  const key = loaded.checkpoint.snapshotKey;
  // Whole years, so that days that are asked for one after another are answered by one reading.
  const year = day.slice(0, "2026".length);
  const name = [key, year, holidays.category ?? "", holidays.keyword ?? ""].join("\n");
  const days =
    remembered.get(name) ?? remember(name, holidaysOf(await ports.objects.getSnapshot(key), holidays, ...around(year)));
  const { staleCode: code, lastSuccessAt: since } = loaded.checkpoint;
  return code === undefined ? { days } : { days, doubt: { code, ...(since === undefined ? {} : { since }) } };
}

function around(year: string): readonly [string, string] {
  return [addDays(`${year}-01-01`, -BEFORE_DAYS), addDays(`${year}-01-01`, AFTER_DAYS)];
}

function remember(name: string, days: ReadonlySet<string>): ReadonlySet<string> {
  remembered.set(name, days);
  for (const oldest of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(oldest);
  return days;
}
