/** Calendars as their owner sees them, for the routes and the terminal. */
import type { CalendarView } from "../contract/calendar-view.ts";
import { calendarView } from "../core/registry.ts";
import { loadCalendar } from "../sync/load-calendar.ts";
import type { CalendarLoader } from "../sync/load-calendar.ts";

/** Throws `calendar-unknown`. */
export async function viewCalendar(calendarId: string, calendars: CalendarLoader, now: Date): Promise<CalendarView> {
  return calendarView(await loadCalendar(calendarId, calendars), now);
}
