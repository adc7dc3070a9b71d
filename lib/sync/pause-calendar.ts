/** Take a calendar off the wheel, or put it back, as its owner or an operator says. */
import type { Calendar } from "../contract/calendar.ts";
import type { Owner } from "../contract/owner.ts";
import { placeOf } from "../core/place.ts";
import { contendedCalendar } from "../core/refusals.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";

export interface WheelGate {
  /** Writes the calendar where nobody changed, paused or removed it since `before` was read. */
  replaceCalendar(calendar: Calendar, before: Calendar): Promise<"saved" | "lost">;
  /** Puts a calendar that is off the wheel at this slot. */
  enterWheel(calendarId: string, slot: string): Promise<void>;
}
export interface HostGate {
  /** Marks the host, before its calendars are paused, so that one which is added meanwhile is paused as well. */
  pauseHost(name: string, at: string): Promise<void>;
  /** Removes the mark, before its calendars are resumed. */
  resumeHost(name: string): Promise<void>;
}
export interface OwnerGate {
  /** What is said of the owner, if anything. */
  owner(ownerId: string): Promise<Owner | undefined>;
  /** Marks an owner of whom nothing is said, before its calendars are paused, so that one which is added meanwhile is paused as well. */
  pauseOwner(ownerId: string, at: string): Promise<void>;
  /** Removes that mark, and no other, before its calendars are resumed. */
  endOwnersPause(ownerId: string): Promise<void>;
}
export type PauseCalendarPorts = {
  readonly calendars: Pick<CalendarRegistry, "load" | "leaveWheel"> & WheelGate;
};
export type PausedBy = NonNullable<Calendar["pausedBy"]>;

const TRIES = 8;

/**
 * The state first, for the mending sweep puts an active calendar that is off the wheel back on it. Tasks under way end; queued ones
 * do nothing. One that is not active stays as it is. Throws `calendar-unknown`, `write-contended`.
 */
export async function pauseCalendar(
  calendarId: string,
  pausedBy: PausedBy,
  { calendars }: PauseCalendarPorts,
): Promise<"paused" | "left"> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { calendar } = await loadCalendar(calendarId, calendars);
    if (calendar.state !== "active" && calendar.state !== "paused") return "left";
    const isActive = calendar.state === "active";
    if (isActive && (await calendars.replaceCalendar({ ...calendar, state: "paused", pausedBy }, calendar)) === "lost") continue;
    await calendars.leaveWheel(calendarId);
    await putBackResumed(calendarId, calendars);
    return isActive ? "paused" : "left";
  }
  throw contendedCalendar(calendarId, TRIES);
}

/** State and wheel are two records: whoever resumed it between our two writes put it on the wheel that it has just left. */
async function putBackResumed(calendarId: string, calendars: PauseCalendarPorts["calendars"]): Promise<void> {
  const { calendar } = (await calendars.load(calendarId)) ?? {};
  const slot = calendar?.state === "active" ? placeOf(calendar) : undefined;
  if (slot !== undefined) await calendars.enterWheel(calendarId, slot);
}

/**
 * A calendar by its id whatever stopped it, a suspended one too; of a host or owner those that were paused with it. Its next turn
 * imports it. Throws `calendar-unknown`, `write-contended`.
 */
export async function resumeCalendar(
  calendarId: string,
  resumedBy: PausedBy,
  { calendars }: PauseCalendarPorts,
): Promise<"resumed" | "left"> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { calendar, checkpoint } = await loadCalendar(calendarId, calendars);
    if (staysAs(calendar, resumedBy)) return "left";
    const isStopped = calendar.state !== "active";
    const { pausedBy: _ended, ...rest } = calendar;
    if (isStopped && (await calendars.replaceCalendar({ ...rest, state: "active" }, calendar)) === "lost") continue;
    // A cron calendar's schedule stands through its pause, and is not heard.
    const slot = placeOf(calendar);
    // Whoever paused it may take it off the wheel only now.
    if (slot !== undefined && (isStopped || checkpoint.wheel === undefined)) await calendars.enterWheel(calendarId, slot);
    return isStopped ? "resumed" : "left";
  }
  throw contendedCalendar(calendarId, TRIES);
}

/** Whoever resumes a host or an owner resumes only what was paused with it; who names a calendar resumes it whatever stopped it. */
function staysAs({ state, pausedBy }: Calendar, resumedBy: PausedBy): boolean {
  return state !== "active" && resumedBy !== "calendar" && pausedBy !== resumedBy;
}
