/** Find a business day by a calendar of holidays: whether a day is one, the next, the one before, or the last of its month. */
import { Weekday, WEEKDAYS } from "../contract/schedule.ts";
import type { BusinessDayAnswer, BusinessDayQuery } from "../contract/time-view.ts";
import { isBusinessDay, lastBusinessDay, nearestBusinessDay } from "../core/business-days.ts";
import type { WorkWeek } from "../core/business-days.ts";
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { localDay } from "../core/wall-clock.ts";
import { UTC } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { loadCalendar } from "./load-calendar.ts";
import { readHolidays } from "./read-holidays.ts";
import type { HolidayPorts } from "./read-holidays.ts";

/** Throws `calendar-unknown`, and `holidays-missing` for a calendar that was never imported. */
export async function findBusinessDay(
  calendarId: string,
  query: BusinessDayQuery,
  ports: HolidayPorts,
  now: Date,
): Promise<BusinessDayAnswer> {
  await loadCalendar(calendarId, ports.calendars);
  const { find, category, keyword } = query;
  const day = query.day ?? localDay(ianaZone(query.zone) ?? UTC, now.getTime());
  const source = { calendarId, category, keyword };
  const { days: holidays, doubt: stale } = await readHolidays({ holidays: source }, day, ports);
  if (stale?.code === "holidays-missing") throw neverImported(calendarId);
  const weekend = query.weekend === "" ? [] : query.weekend.split(",").map((name) => Weekday.parse(name));
  const week = { weekend, holidays };
  const weekday = WEEKDAYS[new Date(day).getUTCDay()] ?? "SU";
  const isOne = isBusinessDay(day, week);
  return {
    calendarId,
    find,
    day,
    weekday,
    isBusinessDay: isOne,
    why: isOne ? "business-day" : holidays.has(day) ? "holiday" : "weekend",
    found: foundDay(find, day, week),
    stale,
  };
}

function foundDay(find: BusinessDayQuery["find"], day: string, week: WorkWeek): string | undefined {
  switch (find) {
    case "is":
      return isBusinessDay(day, week) ? day : undefined;
    case "next":
    case "previous":
      return nearestBusinessDay(day, find, week);
    case "last-of-month":
      return lastBusinessDay(day, week);
  }
}

function neverImported(calendarId: string): Refusal {
  const what = `calendar ${shown(calendarId)} was never imported, wanted one whose holidays can be read`;
  return new Refusal("holidays-missing", what, `import it with: calferry calendar sync ${calendarId} --wait`);
}
