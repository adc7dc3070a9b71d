/** Take a calendar off the wheel, or put it back, as its owner or an operator says. */
import type { Calendar } from "../contract/calendar.ts";
import { placeOf } from "../core/place.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";

export interface WheelGate {
  /** Writes the calendar where its state is still `from`: one that was removed meanwhile stays so. */
  replaceCalendar(calendar: Calendar, from: Calendar["state"]): Promise<void>;
  /** Puts a calendar that is off the wheel at this slot. */
  enterWheel(calendarId: string, slot: string): Promise<void>;
}
export interface HostGate {
  /** Marks the host, before its calendars are paused, so that one which is added meanwhile is paused as well. */
  pauseHost(name: string, at: string): Promise<void>;
  /** Removes the mark, before its calendars are resumed. */
  resumeHost(name: string): Promise<void>;
}
export type PauseCalendarPorts = {
  readonly calendars: Pick<CalendarRegistry, "load" | "leaveWheel"> & WheelGate;
};
export type PausedBy = NonNullable<Calendar["pausedBy"]>;

/**
 * The state first, for the mending sweep puts an active calendar that is off the wheel back on it. Tasks under way end; queued ones
 * do nothing. One that is not active stays as it is. Throws `calendar-unknown`.
 */
export async function pauseCalendar(
  calendarId: string,
  pausedBy: PausedBy,
  { calendars }: PauseCalendarPorts,
): Promise<"paused" | "left"> {
  const { calendar } = await loadCalendar(calendarId, calendars);
  if (calendar.state === "active") await calendars.replaceCalendar({ ...calendar, state: "paused", pausedBy }, "active");
  else if (calendar.state !== "paused") return "left";
  await calendars.leaveWheel(calendarId);
  return calendar.state === "active" ? "paused" : "left";
}

/**
 * A calendar by its id whatever stopped it, a suspended one too; of a host or owner those that were paused with it. Its next turn
 * imports it. Throws `calendar-unknown`.
 */
export async function resumeCalendar(
  calendarId: string,
  resumedBy: PausedBy,
  { calendars }: PauseCalendarPorts,
): Promise<"resumed" | "left"> {
  const { calendar, checkpoint } = await loadCalendar(calendarId, calendars);
  const isStopped = calendar.state === "paused" || (calendar.state === "suspended" && resumedBy === "calendar");
  const isOthers = resumedBy !== "calendar" && calendar.pausedBy !== resumedBy;
  if (calendar.state !== "active" && (!isStopped || isOthers)) return "left";
  const { pausedBy: _ended, ...rest } = calendar;
  if (isStopped) await calendars.replaceCalendar({ ...rest, state: "active" }, calendar.state);
  // A cron calendar's schedule stands through its pause, and is not heard.
  const slot = placeOf(calendar);
  if (slot !== undefined && checkpoint.wheel === undefined) await calendars.enterWheel(calendarId, slot);
  return isStopped ? "resumed" : "left";
}
