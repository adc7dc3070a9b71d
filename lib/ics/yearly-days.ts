/** The days of one year on which a yearly rule of a VTIMEZONE falls; all that zone definitions use. */
import type { Rule, WeekDay } from "./rule.ts";
import { DAY_MS, midnightOf, yearOf } from "./wall.ts";

/** Midnights, in order. None for other frequencies, and none before the first year. */
export function yearlyDays(rule: Rule, startMs: number, year: number): readonly number[] {
  const years = year - yearOf(startMs);
  if (rule.frequency !== "YEARLY" || years < 0 || years % rule.interval !== 0) return [];
  const start = new Date(startMs);
  const months = rule.byMonth.length > 0 ? rule.byMonth : [start.getUTCMonth() + 1];
  const days = months.flatMap((month) => daysOfMonth(rule, start.getUTCDate(), year, month)).toSorted((a, b) => a - b);
  if (rule.bySetPos.length === 0) return days;
  return rule.bySetPos.map((position) => days.at(position > 0 ? position - 1 : position)).filter((day) => day !== undefined);
}

function daysOfMonth(rule: Rule, startDay: number, year: number, month: number): readonly number[] {
  const length = (midnightOf(year, month + 1, 1) - midnightOf(year, month, 1)) / DAY_MS;
  const { byDay, byMonthDay } = rule;
  const days: number[] = [];
  for (let day = 1; day <= length; day += 1) {
    const midnight = midnightOf(year, month, day);
    // Beside a week of month days an ordinal counts within that week, as some writers mean it: BYMONTHDAY=15,...,21;BYDAY=1SU.
    const ordinal = byMonthDay.length === 0 ? "counts" : "ignored";
    const onWeekDay = byDay.length === 0 || byDay.some((weekDay) => isWeekDay(weekDay, ordinal, midnight, day, length));
    const onMonthDay =
      byMonthDay.length === 0
        ? byDay.length > 0 || day === startDay
        : byMonthDay.some((wanted) => (wanted > 0 ? wanted : length + 1 + wanted) === day);
    if (onWeekDay && onMonthDay) days.push(midnight);
  }
  return days;
}

function isWeekDay(
  { day, ordinal }: WeekDay,
  use: "counts" | "ignored",
  midnightMs: number,
  dayOfMonth: number,
  length: number,
): boolean {
  if (weekDayOf(midnightMs) !== day) return false;
  if (ordinal === undefined || use === "ignored") return true;
  return ordinal > 0 ? Math.ceil(dayOfMonth / 7) === ordinal : Math.ceil((length + 1 - dayOfMonth) / 7) === -ordinal;
}

/** Monday is 0. 1 January 1970 was a Thursday. */
export function weekDayOf(wallMs: number): number {
  return (((Math.floor(wallMs / DAY_MS) + 3) % 7) + 7) % 7;
}
