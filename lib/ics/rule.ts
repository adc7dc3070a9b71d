/** RRULE and EXRULE values, RFC 5545 3.3.10: read, judged and written in one order. */
import { momentOf, writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import type { Fault } from "./problem.ts";
import { shown } from "./problem.ts";

export const FREQUENCIES = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** Monday is 0; without ordinal every such day of the period. */
export type WeekDay = { readonly day: number; readonly ordinal: number | undefined };

/** Lists are empty where the rule has no such part. */
export type Rule = {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | undefined;
  readonly until: Moment | undefined;
  readonly byMonth: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byMonthDay: readonly number[];
  readonly byDay: readonly WeekDay[];
  readonly byHour: readonly number[];
  readonly byMinute: readonly number[];
  readonly bySecond: readonly number[];
  readonly bySetPos: readonly number[];
  /** First day of the week, Monday is 0. */
  readonly weekStart: number;
};

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const WEEK_DAY = /^([+-]?\d{1,3})?(MO|TU|WE|TH|FR|SA|SU)$/u;
const MOST_INTERVAL = 100_000;
const MOST_COUNT = 1_000_000_000;

/** RFC 5545 3.3.10: least and greatest value, and whether minus counts from the end. */
const RANGES = {
  BYMONTH: [1, 12, "plain"],
  BYWEEKNO: [1, 53, "signed"],
  BYYEARDAY: [1, 366, "signed"],
  BYMONTHDAY: [1, 31, "signed"],
  BYHOUR: [0, 23, "plain"],
  BYMINUTE: [0, 59, "plain"],
  BYSECOND: [0, 60, "plain"],
  BYSETPOS: [1, 366, "signed"],
} as const;
type ListName = keyof typeof RANGES;
const KNOWN = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", ...Object.keys(RANGES)]);
const PLAIN_SCALE = new Set([...KNOWN, "RSCALE", "SKIP"]);

/** A rule, or what is wrong with it. Case, blanks, empty parts and doubled values are tolerated. */
export function readRule(value: string): Rule | Fault {
  const parts = readParts(value);
  // RFC 7529: these two say what a rule does anyway.
  const isPlain = parts.get("RSCALE") === "GREGORIAN" && (parts.get("SKIP") ?? "OMIT") === "OMIT";
  const known = isPlain ? PLAIN_SCALE : KNOWN;
  const unknown = [...parts.keys()].find((name) => !known.has(name) && !name.startsWith("X-"));
  if (unknown !== undefined) return invalid(value, `the part ${shown(unknown)} is none of RFC 5545 3.3.10`);
  const basis = readBasis(parts);
  if (typeof basis === "string") return invalid(value, basis);
  const byDay = readWeekDays(parts.get("BYDAY"));
  if (byDay === undefined) return invalid(value, "BYDAY has a value that is no weekday");
  const lists = readLists(parts);
  if (typeof lists === "string") return invalid(value, lists);
  const weekStart = Math.max(0, DAYS.indexOf(parts.get("WKST") ?? "MO"));
  return { ...basis, byDay, weekStart, ...lists };
}

function readBasis(parts: ReadonlyMap<string, string>): Pick<Rule, "frequency" | "interval" | "count" | "until"> | string {
  const frequency = FREQUENCIES.find((name) => name === parts.get("FREQ"));
  if (frequency === undefined) return `FREQ is ${shown(parts.get("FREQ") ?? "")}, expected one of ${FREQUENCIES.join(", ")}`;
  const interval = readNumber(parts.get("INTERVAL") ?? "1", MOST_INTERVAL);
  if (interval === undefined) return "INTERVAL is no whole number from 1 on";
  const countText = parts.get("COUNT");
  const count = countText === undefined ? undefined : readNumber(countText, MOST_COUNT);
  if (countText !== undefined && count === undefined) return "COUNT is no whole number from 1 on";
  const untilText = parts.get("UNTIL");
  const until = untilText === undefined ? undefined : momentOf(untilText);
  if (untilText !== undefined && until === undefined) return "UNTIL is neither a date nor a date-time";
  return { frequency, interval, count, until };
}

/** Names and values in upper case; of a doubled part the first stands, of an empty one nothing. A colon for the semicolon is tolerated. */
function readParts(value: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of value
    .replaceAll(/\s/gu, "")
    .toUpperCase()
    .split(/;|:(?=[A-Z-]+=)/u)) {
    const [name = "", ...rest] = part.split("=");
    const text = rest.join("=");
    if (name !== "" && text !== "" && !parts.has(name)) parts.set(name, text);
  }
  return parts;
}

function invalid(value: string, cause: string): Fault {
  return { code: "rrule-invalid", reason: `the rule ${shown(value)} cannot be read: ${cause}` };
}

function readNumber(text: string, greatest: number): number | undefined {
  if (!/^\+?\d{1,10}$/u.test(text) || Number(text) === 0) return undefined;
  return Math.min(Number(text), greatest);
}

function readLists(parts: ReadonlyMap<string, string>): Lists | string {
  const lists: Record<ListName, readonly number[]> = {
    BYMONTH: [],
    BYWEEKNO: [],
    BYYEARDAY: [],
    BYMONTHDAY: [],
    BYHOUR: [],
    BYMINUTE: [],
    BYSECOND: [],
    BYSETPOS: [],
  };
  for (const name of LIST_NAMES) {
    const text = parts.get(name);
    const list = text === undefined ? [] : readList(text, name);
    const [least, greatest] = RANGES[name];
    if (list === undefined) return `${name} has a value that is no whole number from ${least} to ${greatest}`;
    lists[name] = list;
  }
  return {
    byMonth: lists.BYMONTH,
    byWeekNo: lists.BYWEEKNO,
    byYearDay: lists.BYYEARDAY,
    byMonthDay: lists.BYMONTHDAY,
    byHour: lists.BYHOUR,
    byMinute: lists.BYMINUTE,
    bySecond: lists.BYSECOND,
    bySetPos: lists.BYSETPOS,
  };
}

type Lists = Pick<Rule, "byMonth" | "byWeekNo" | "byYearDay" | "byMonthDay" | "byHour" | "byMinute" | "bySecond" | "bySetPos">;
const LIST_NAMES = [
  "BYMONTH",
  "BYWEEKNO",
  "BYYEARDAY",
  "BYMONTHDAY",
  "BYHOUR",
  "BYMINUTE",
  "BYSECOND",
  "BYSETPOS",
] as const satisfies readonly ListName[];

function readList(text: string, name: ListName): readonly number[] | undefined {
  const [least, greatest, sign] = RANGES[name];
  const values = new Set<number>();
  for (const item of text.split(",")) {
    if (item === "") continue;
    if (!/^[+-]?\d{1,3}$/u.test(item)) return undefined;
    const number = Number(item);
    const size = sign === "signed" ? Math.abs(number) : number;
    if (size < least || size > greatest) return undefined;
    values.add(number);
  }
  return [...values].toSorted((a, b) => a - b);
}

function readWeekDays(text: string | undefined): readonly WeekDay[] | undefined {
  const days = new Map<string, WeekDay>();
  for (const item of (text ?? "").split(",")) {
    if (item === "") continue;
    const [, ordinal, name = ""] = WEEK_DAY.exec(item) ?? [];
    if (name === "" || (ordinal !== undefined && (Number(ordinal) === 0 || Math.abs(Number(ordinal)) > 53))) return undefined;
    const weekDay = { day: DAYS.indexOf(name), ordinal: ordinal === undefined ? undefined : Number(ordinal) };
    days.set(writeWeekDay(weekDay), weekDay);
  }
  return [...days.values()];
}

function writeWeekDay({ day, ordinal }: WeekDay): string {
  return `${ordinal ?? ""}${DAYS[day] ?? ""}`;
}

/** FREQ first, as Apple wants it; then the end, then the parts in RFC 5545's order. */
export function writeRule(rule: Rule): string {
  const parts: readonly (readonly [string, string])[] = [
    ["FREQ", rule.frequency],
    ["UNTIL", rule.until === undefined ? "" : writeMoment(rule.until)],
    ["COUNT", String(rule.count ?? "")],
    ["INTERVAL", rule.interval === 1 ? "" : String(rule.interval)],
    ["BYSECOND", rule.bySecond.join(",")],
    ["BYMINUTE", rule.byMinute.join(",")],
    ["BYHOUR", rule.byHour.join(",")],
    ["BYDAY", rule.byDay.map(writeWeekDay).join(",")],
    ["BYMONTHDAY", rule.byMonthDay.join(",")],
    ["BYYEARDAY", rule.byYearDay.join(",")],
    ["BYWEEKNO", rule.byWeekNo.join(",")],
    ["BYMONTH", rule.byMonth.join(",")],
    ["BYSETPOS", rule.bySetPos.join(",")],
    ["WKST", rule.weekStart === 0 ? "" : (DAYS[rule.weekStart] ?? "")],
  ];
  return parts
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `${name}=${text}`)
    .join(";");
}
