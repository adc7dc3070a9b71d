/** Where a calendar's turns come from: the wheel, or a schedule of its own. */
import type { Calendar } from "../contract/calendar.ts";
import type { CronSchedule } from "../contract/schedule.ts";
import { cronInterval, cronTurns } from "./cron.ts";
import { nextTurn, slotOf } from "./slots.ts";

type Scheduled = Pick<Calendar, "schedule">;

type Times = Pick<Calendar, "intervalMinutes" | "schedule" | "businessDays">;

/** A calendar's fields of time as they are kept: the interval of a cron calendar is what its expression comes to. */
export function timesOf({ intervalMinutes, schedule, businessDays }: Times, nowMs: number): Times {
  const days = businessDays === undefined ? {} : { businessDays };
  if (schedule?.kind !== "cron") return { intervalMinutes, ...days };
  return { intervalMinutes: cronInterval(schedule, nowMs), schedule, ...days };
}

export function cronOf({ schedule }: Scheduled): CronSchedule | undefined {
  return schedule?.kind === "cron" ? schedule : undefined;
}

/** The calendar's place on the wheel; a cron calendar has none, nor one that is pushed. */
export function placeOf(calendar: Pick<Calendar, "calendarId" | "intervalMinutes" | "schedule" | "source">): string | undefined {
  if (calendar.source.kind === "push" || cronOf(calendar) !== undefined) return undefined;
  return slotOf(calendar.calendarId, calendar.intervalMinutes);
}

/** UTC milliseconds of the calendar's next turn after an instant; undefined where it has none. */
export function nextTurnMs(calendar: Scheduled, slot: string | undefined, afterMs: number): number | undefined {
  const cron = cronOf(calendar);
  if (cron !== undefined) return cronTurns(cron, afterMs, 1)[0];
  return slot === undefined ? undefined : nextTurn(slot, Math.floor(afterMs / 60_000)) * 60_000;
}
