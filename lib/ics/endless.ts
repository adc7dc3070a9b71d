/** Rules that would be searched for ever: found at import, by what their parts say and by a search within bounds. */
import type { EventTimes } from "./event-times.ts";
import { dayOf, hasPossibleDay, isRuleDay } from "./possible-days.ts";
import { timesOfRule } from "./recurrence.ts";
import type { Frequency, Rule } from "./rule.ts";
import type { Work } from "./rule-library.ts";
import { DAY_MS } from "./wall.ts";

const YEARS_SEARCHED = [4, 40, 400];

/** The first rule of the event, EXRULE included, that gives no time at all. When the work is spent, a rule has the benefit of the doubt. */
export function findEndless(times: EventTimes, work: Work): Rule | undefined {
  const startMs = times.start.wallMs;
  return [...times.rules, ...times.exceptionRules].find(
    (rule) =>
      isBeyondPeriod(rule) ||
      !hasPossibleDay(rule, work) ||
      (isDoubtful(rule, startMs) && work.left > 0 && !givesTimes(rule, startMs, work)),
  );
}

const PERIOD_DAYS: Partial<Record<Frequency, number>> = { WEEKLY: 7, MONTHLY: 31, YEARLY: 366 };

/** Whether BYSETPOS asks for later times than a period can have. */
function isBeyondPeriod({ bySetPos, frequency, byHour, byMinute, bySecond }: Rule): boolean {
  const times = [byHour, byMinute, bySecond].reduce((product, list) => product * Math.max(1, list.length), 1);
  const most = (PERIOD_DAYS[frequency] ?? 1) * times;
  return bySetPos.length > 0 && bySetPos.every((position) => Math.abs(position) > most);
}

/** INTERVAL may step over every possible day for ever (29 February in odd years), and BYSETPOS ask for more than there is. */
function isDoubtful(rule: Rule, startMs: number): boolean {
  if (rule.until !== undefined) return false;
  if (rule.bySetPos.length > 0) return true;
  return rule.interval > 1 && !(isRuleDay(rule, dayOf(startMs)) && isOnClock(rule, new Date(startMs)));
}

function isOnClock({ byHour, byMinute, bySecond }: Rule, start: Date): boolean {
  const has = (list: readonly number[], value: number): boolean => list.length === 0 || list.includes(value);
  return has(byHour, start.getUTCHours()) && has(byMinute, start.getUTCMinutes()) && has(bySecond, start.getUTCSeconds());
}

function givesTimes(rule: Rule, startMs: number, work: Work): boolean {
  const endless = { ...rule, count: undefined };
  let fromMs = startMs;
  for (const years of YEARS_SEARCHED) {
    const toMs = startMs + years * 366 * DAY_MS;
    if (timesOfRule(endless, startMs, { fromMs, toMs }, work).wallsMs.length > 0) return true;
    fromMs = toMs;
  }
  return false;
}
