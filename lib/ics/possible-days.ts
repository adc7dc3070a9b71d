/** Whether a rule's date parts ever meet: 31 February never comes, and a search for it would not end. */
import type { Rule, WeekDay } from "./rule.ts";
import type { Work } from "./rule-library.ts";
import { DAY_MS, midnightOf } from "./wall.ts";
import { weekDayOf } from "./yearly-days.ts";

/** 28 years hold every kind of year with every kind of neighbour, century years aside. */
const FIRST_YEAR = 2001;
const LAST_YEAR = 2028;

type Day = {
  readonly midnightMs: number;
  readonly month: number;
  readonly dayOfMonth: number;
  readonly monthLength: number;
  readonly dayOfYear: number;
  readonly yearLength: number;
};

/** Days looked at for one unit of work. */
const DAYS_A_UNIT = 20;

/**
 * False only where no day of any year satisfies all date parts, and the work allowed to look at them all. INTERVAL and BYSETPOS are
 * not looked at.
 */
export function hasPossibleDay(rule: Rule, work: Work = { left: Infinity }): boolean {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule;
  if (byMonthDay.length + byYearDay.length + byWeekNo.length === 0) return true;
  if (byYearDay.length + byWeekNo.length + byMonth.length + byDay.length === 0) return true;
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year += 1) {
    for (const day of daysOf(year)) {
      if (work.left <= 0 || isRuleDay(rule, day)) return true;
      work.left -= 1 / DAYS_A_UNIT;
    }
  }
  return false;
}

/** Whether the day satisfies all date parts of the rule. */
export function isRuleDay(rule: Rule, day: Day): boolean {
  const { byMonth, byMonthDay, byYearDay, byWeekNo } = rule;
  if (byMonth.length > 0 && !byMonth.includes(day.month)) return false;
  if (byMonthDay.length > 0 && !byMonthDay.some((wanted) => fromEnd(wanted, day.monthLength) === day.dayOfMonth)) return false;
  if (byYearDay.length > 0 && !byYearDay.some((wanted) => fromEnd(wanted, day.yearLength) === day.dayOfYear)) return false;
  if (byWeekNo.length > 0 && !isInWeek(rule, day)) return false;
  return isOnWeekDay(rule, day);
}

export function dayOf(wallMs: number): Day {
  const date = new Date(wallMs);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1;
  const midnightMs = Math.floor(wallMs / DAY_MS) * DAY_MS;
  return {
    midnightMs,
    month,
    dayOfMonth: date.getUTCDate(),
    monthLength: (midnightOf(year, month + 1, 1) - midnightOf(year, month, 1)) / DAY_MS,
    dayOfYear: (midnightMs - midnightOf(year, 1, 1)) / DAY_MS + 1,
    yearLength: (midnightOf(year + 1, 1, 1) - midnightOf(year, 1, 1)) / DAY_MS,
  };
}

function* daysOf(year: number): Generator<Day, void, void> {
  for (let atMs = midnightOf(year, 1, 1); atMs < midnightOf(year + 1, 1, 1); atMs += DAY_MS) yield dayOf(atMs);
}

function fromEnd(wanted: number, length: number): number {
  return wanted > 0 ? wanted : length + 1 + wanted;
}

/** RFC 5545 3.3.10: week 1 is the first with four days in the year; weeks begin on WKST. */
function isInWeek(rule: Rule, day: Day): boolean {
  const intoWeek = (weekDayOf(day.midnightMs) - rule.weekStart + 7) % 7;
  const fourth = new Date(day.midnightMs + (3 - intoWeek) * DAY_MS);
  const year = fourth.getUTCFullYear();
  const week = Math.floor((fourth.getTime() - midnightOf(year, 1, 1)) / (7 * DAY_MS)) + 1;
  return rule.byWeekNo.some((wanted) => (wanted > 0 ? wanted : weeksIn(year, rule.weekStart) + 1 + wanted) === week);
}

function weeksIn(year: number, weekStart: number): number {
  const firstWeek = (of: number): number => {
    const fourth = midnightOf(of, 1, 4);
    return fourth - ((weekDayOf(fourth) - weekStart + 7) % 7) * DAY_MS;
  };
  return (firstWeek(year + 1) - firstWeek(year)) / (7 * DAY_MS);
}

function isOnWeekDay(rule: Rule, day: Day): boolean {
  const { byDay } = rule;
  return byDay.length === 0 || byDay.some((weekDay) => isWeekDay(rule, weekDay, day));
}

function isWeekDay(rule: Rule, { day: wanted, ordinal }: WeekDay, day: Day): boolean {
  if (weekDayOf(day.midnightMs) !== wanted) return false;
  if (ordinal === undefined || (rule.frequency !== "MONTHLY" && rule.frequency !== "YEARLY")) return true;
  // RFC 5545 3.3.10: the ordinal counts within the month, in a yearly rule without BYMONTH within the year.
  const inMonth = rule.frequency === "MONTHLY" || rule.byMonth.length > 0;
  const at = inMonth ? day.dayOfMonth : day.dayOfYear;
  const length = inMonth ? day.monthLength : day.yearLength;
  return ordinal > 0 ? Math.ceil(at / 7) === ordinal : Math.ceil((length + 1 - at) / 7) === -ordinal;
}
