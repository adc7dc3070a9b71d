/** The yearly rules that VTIMEZONEs are made of; any other form is refused, for a subscriber may not know it either. */
import { momentOf, writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, midnightOf, yearOf } from "./wall.ts";

export const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"] as const;
/** Observances that begin in 1601 and end never stay within this. */
const MOST_YEARS = 1000;

export type YearlyRule = {
  readonly interval: number;
  readonly count: number | undefined;
  /** As written; UTC by RFC 5545 3.3.10, local in many feeds. */
  readonly until: Moment | undefined;
  readonly months: readonly number[];
  /** `ordinal` 0 is every such weekday of the month. */
  readonly weekdays: readonly { readonly ordinal: number; readonly weekday: number }[];
  readonly monthDays: readonly number[];
  /** BYHOUR, BYMINUTE, BYSECOND; each the start's own where it is absent. Exchange writes them out. */
  readonly clock: readonly (number | undefined)[];
};

const CLOCK = ["BYHOUR", "BYMINUTE", "BYSECOND"];
const PARTS = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYSETPOS", "WKST", ...CLOCK]);

/** Reads FREQ=YEARLY with one change a month at most; undefined where the rule says more, or cannot be read. */
export function readYearlyRule(text: string): YearlyRule | undefined {
  const parts = readParts(text);
  if (parts.get("FREQ") !== "YEARLY" || [...parts.keys()].some((key) => !PARTS.has(key))) return undefined;
  const numbers = (key: string): number[] => (parts.get(key) ?? "").split(",").filter(Boolean).map(Number);
  const [interval = 1] = numbers("INTERVAL");
  const [count] = numbers("COUNT");
  const [position = 0] = numbers("BYSETPOS");
  const weekdays = (parts.get("BYDAY") ?? "")
    .split(",")
    .filter(Boolean)
    .map((day) => readWeekday(day, position));
  const known = weekdays.filter((weekday) => weekday !== undefined);
  const until = readUntil(parts.get("UNTIL"));
  const clock = CLOCK.map((key) => numbers(key)[0]);
  const rule = { interval, count, until, months: numbers("BYMONTH"), weekdays: known, monthDays: numbers("BYMONTHDAY"), clock };
  const whole = known.length === weekdays.length && parts.has("UNTIL") === (until !== undefined);
  return whole && isSound(rule) ? rule : undefined;
}

function readParts(text: string): Map<string, string> {
  const pairs = text
    .toUpperCase()
    .split(";")
    .filter((part) => part.trim() !== "")
    .map((part) => part.split("="));
  return new Map(pairs.map(([key = "", value = ""]) => [key.trim(), value.trim()]));
}

/** Feeds in the wild have UNTIL=20061029T16000Z; the day is enough, for no zone changes twice in one. */
function readUntil(text = ""): YearlyRule["until"] {
  return momentOf(text) ?? momentOf(text.slice(0, 8));
}

/** `BYDAY=SU;BYSETPOS=-1` is `BYDAY=-1SU` where there is one weekday. */
function readWeekday(text: string, position: number): { ordinal: number; weekday: number } | undefined {
  const found = /^([+-]?[1-5])?(SU|MO|TU|WE|TH|FR|SA)$/u.exec(text.trim());
  if (found === null) return undefined;
  return { ordinal: Number(found[1] ?? position), weekday: WEEKDAYS.findIndex((name) => name === found[2]) };
}

function isSound({ interval, count, months, weekdays, monthDays, clock }: YearlyRule): boolean {
  const whole = (least: number, most: number) => (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return (
    whole(1, 100)(interval) &&
    (count === undefined || whole(1, MOST_YEARS)(count)) &&
    months.every(whole(1, 12)) &&
    monthDays.every((day) => whole(1, 31)(Math.abs(day))) &&
    clock.every((value) => value === undefined || whole(0, 59)(value)) &&
    // Without BYMONTH an ordinal counts within the year, which no zone does.
    (months.length > 0 || weekdays.length === 0)
  );
}

/** Times of the rule, as the wall clock reads, from `start` to the end of `lastYear`; `fromMs` is the offset in force before each. */
export function yearlyTimes(rule: YearlyRule, startMs: number, fromMs: number, lastYear: number): number[] {
  const firstYear = yearOf(startMs);
  const begin = new Date(startMs);
  const clock = clockOf(rule, begin);
  const months = rule.months.length > 0 ? rule.months : [begin.getUTCMonth() + 1];
  const times: number[] = [];
  for (let year = firstYear; year <= Math.min(lastYear, firstYear + MOST_YEARS); year += rule.interval) {
    const days = months.flatMap((month) => daysOf(rule, year, month, begin.getUTCDate()));
    times.push(...days.map((day) => day + clock).toSorted((a, b) => a - b));
  }
  const within = times.filter((time) => time >= startMs && !isPast(rule, time, fromMs));
  return rule.count === undefined ? within : within.slice(0, rule.count);
}

function clockOf({ clock: [hour, minute, second] }: YearlyRule, begin: Date): number {
  const hours = (hour ?? begin.getUTCHours()) * HOUR_MS;
  return hours + (minute ?? begin.getUTCMinutes()) * MINUTE_MS + (second ?? begin.getUTCSeconds()) * SECOND_MS;
}

function isPast({ until }: YearlyRule, timeMs: number, fromMs: number): boolean {
  return until !== undefined && timeMs - fromMs > untilInstant(until, fromMs);
}

function untilInstant(until: Moment, fromMs: number): number {
  if (until.kind === "utc") return until.wallMs;
  return (until.kind === "date" ? until.wallMs + DAY_MS - SECOND_MS : until.wallMs) - fromMs;
}

function daysOf({ weekdays, monthDays }: YearlyRule, year: number, month: number, startDay: number): number[] {
  const first = midnightOf(year, month, 1);
  const length = (midnightOf(year, month + 1, 1) - first) / DAY_MS;
  const all = Array.from({ length }, (_, index) => index + 1);
  const wanted = monthDays.length === 0 && weekdays.length === 0 ? [startDay] : monthDays;
  const byDate = all.filter((day) => wanted.length === 0 || wanted.includes(day) || wanted.includes(day - length - 1));
  const firstWeekday = new Date(first).getUTCDay();
  const matches = (day: number): boolean =>
    weekdays.some(({ ordinal, weekday }) => {
      if ((firstWeekday + day - 1) % 7 !== weekday) return false;
      return ordinal === 0 || (ordinal > 0 ? Math.ceil(day / 7) === ordinal : Math.ceil((length - day + 1) / 7) === -ordinal);
    });
  return byDate.filter((day) => weekdays.length === 0 || matches(day)).map((day) => first + (day - 1) * DAY_MS);
}

/** The rule as text, FREQ first, UNTIL in UTC; BYHOUR and the like only where they say more than `start` does. */
export function writeYearlyRule(rule: YearlyRule, startMs: number, fromMs: number): string {
  const begin = new Date(startMs);
  const plain = clockOf(rule, begin) === clockOf({ ...rule, clock: [] }, begin);
  const list = (key: string, values: readonly (string | number)[]): string[] =>
    values.length > 0 ? [`${key}=${values.join(",")}`] : [];
  const until =
    rule.until === undefined ? [] : [`UNTIL=${writeMoment({ kind: "utc", wallMs: untilInstant(rule.until, fromMs) })}`];
  return [
    "FREQ=YEARLY",
    ...(rule.interval > 1 ? [`INTERVAL=${rule.interval}`] : []),
    ...(rule.count === undefined ? [] : [`COUNT=${rule.count}`]),
    ...until,
    ...list("BYMONTH", rule.months),
    ...list("BYMONTHDAY", rule.monthDays),
    ...(plain
      ? []
      : CLOCK.flatMap((key, index) =>
          list(
            key,
            [rule.clock[index]].filter((value) => value !== undefined),
          ),
        )),
    ...list(
      "BYDAY",
      rule.weekdays.map(({ ordinal, weekday }) => `${ordinal === 0 ? "" : ordinal}${WEEKDAYS[weekday]}`),
    ),
  ].join(";");
}
