/** The calendar that a caller names: one that was removed is as unknown as none. */
import { unknownCalendar } from "../core/refusals.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export interface CalendarLoader {
  load(calendarId: string): Promise<LoadedCalendar | undefined>;
}

/** Throws `calendar-unknown`. */
export async function loadCalendar(calendarId: string, calendars: CalendarLoader): Promise<LoadedCalendar> {
  const loaded = await calendars.load(calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") throw unknownCalendar(calendarId);
  return loaded;
}
