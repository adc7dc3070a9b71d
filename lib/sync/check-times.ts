/** What a calendar asks of time, checked before it is written: a schedule that can be said, and holidays that are there. */
import type { Calendar } from "../contract/calendar.ts";
import { schedulerExpression } from "../core/cron.ts";
import { Refusal } from "../core/failure.ts";
import { cronOf } from "../core/place.ts";
import { shown } from "../core/refusals.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

/** Throws `schedule-invalid`, `source-kind-wrong`, `holidays-missing`. */
export async function checkTimes(
  calendar: Pick<Calendar, "schedule" | "businessDays" | "ownerId" | "source">,
  calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> },
): Promise<void> {
  const cron = cronOf(calendar);
  if (cron !== undefined && calendar.source.kind === "push") {
    const what = "a schedule was given for a calendar that is written by push, wanted none: it has no turns";
    throw new Refusal("source-kind-wrong", what, "leave schedule out");
  }
  if (cron !== undefined) schedulerExpression(cron.expression);
  const holidays = calendar.businessDays?.holidays;
  if (holidays === undefined) return;
  const loaded = await calendars.load(holidays.calendarId);
  const isOwn = loaded !== undefined && loaded.calendar.state !== "removed" && loaded.calendar.ownerId === calendar.ownerId;
  if (isOwn) return;
  const what = `owner ${shown(calendar.ownerId)} has no calendar ${shown(holidays.calendarId)} of holidays, wanted a registered one`;
  throw new Refusal("holidays-missing", what, "register it first with: calferry calendar add URL");
}
