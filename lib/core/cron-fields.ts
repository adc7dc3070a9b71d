/** The five fields of a cron expression, and the six of EventBridge Scheduler. */

type Fields = readonly [minutes: string, hours: string, day: string, month: string, weekday: string];

const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
type Range = { readonly first: number; readonly last: number; readonly names?: readonly string[] };
const MINUTES: Range = { first: 0, last: 59 };
const HOURS: Range = { first: 0, last: 23 };
const DAYS_OF_MONTH: Range = { first: 1, last: 31 };
const MONTHS_OF_YEAR: Range = { first: 1, last: 12, names: MONTHS };
const DAYS_OF_WEEK: Range = { first: 0, last: 7, names: DAYS };

/** Of an expression that is known to be one. */
export function readFields(expression: string): Fields {
  const [minutes = "*", hours = "*", day = "*", month = "*", weekday = "*"] = expression.trim().toUpperCase().split(/\s+/u);
  return [minutes, hours, day, month, weekday];
}

/** Minutes, hours, day, month, weekday, year; or why it cannot be said so. */
export function schedulerFields([minutes, hours, day, month, weekday]: Fields): readonly string[] | string {
  const days = dayField(day);
  const weekdays = weekdayField(weekday);
  const plain = [plainField(minutes, MINUTES), plainField(hours, HOURS), plainField(month, MONTHS_OF_YEAR)];
  const [minute, hour, monthOfYear] = plain;
  if (days === undefined) return `has the day ${day}, which has no like there`;
  if (weekdays === undefined) return `has the weekday ${weekday}, which has no like there`;
  if (minute === undefined || hour === undefined || monthOfYear === undefined) return "has a field that has no like there";
  // Cron joins the two by "or"; there one of them has to be a question mark.
  if (days !== "*" && weekdays !== "*") return "names days of the month and days of the week, of which either would do";
  return weekdays === "*" ? [minute, hour, days, monthOfYear, "?", "*"] : [minute, hour, "?", monthOfYear, weekdays, "*"];
}

/** In order; undefined where the field is written in a way that has no like there. */
export function minutesOf(field: string): readonly number[] | undefined {
  return valuesOf(field, MINUTES);
}

/** `L`, the last day, and `15W`, the weekday nearest to it, mean the same there. */
function dayField(field: string): string | undefined {
  return /^(?:L|\d{1,2}W)$/u.test(field) ? field : plainField(field, DAYS_OF_MONTH);
}

/** Names: numbers there begin with 1 for Sunday. */
function weekdayField(field: string): string | undefined {
  const [, name = "", which = ""] = /^([A-Z]{3}|[0-7])(#[1-5L]|L)$/u.exec(field) ?? [];
  if (which !== "") {
    const number = (DAYS.includes(name) ? DAYS.indexOf(name) : Number(name) % 7) + 1;
    return which.endsWith("L") ? `${number}L` : `${number}${which}`;
  }
  const values = valuesOf(field, DAYS_OF_WEEK);
  if (values === undefined) return undefined;
  const named = new Set(values.map((value) => value % 7));
  return named.size === DAYS.length ? "*" : DAYS.filter((_, number) => named.has(number)).join(",");
}

function plainField(field: string, range: Range): string | undefined {
  const values = valuesOf(field, range);
  return values === undefined ? undefined : written(values, range);
}

/** As short as it can be said: every value, a range, steps to the end, or a list. */
function written(values: readonly number[], { first, last }: Range): string {
  const [begin = first, second = begin] = values;
  const end = values.at(-1) ?? begin;
  const step = second - begin;
  const isEven = values.every((value, index) => value === begin + index * step);
  if (values.length === last - first + 1) return "*";
  if (values.length > 2 && isEven && step === 1) return `${begin}-${end}`;
  if (values.length > 2 && isEven && end + step > last) return `${begin}/${step}`;
  return values.join(",");
}

function valuesOf(field: string, range: Range): number[] | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const some = valuesOfPart(part, range);
    if (some === undefined) return undefined;
    for (const value of some) values.add(value);
  }
  return [...values].toSorted((one, other) => one - other);
}

/** A value, a range or everything, and each so-manieth of it. */
function valuesOfPart(part: string, range: Range): number[] | undefined {
  const [, from = "", to, by] = /^(\*|\?|\d{1,2}|[A-Z]{3})(?:-(\d{1,2}|[A-Z]{3}))?(?:\/(\d{1,2}))?$/u.exec(part) ?? [];
  const [first, last] = from === "*" || from === "?" ? wholeOf(range) : [numberOf(from, range), numberOf(to ?? from, range)];
  const step = Number(by ?? 1);
  if (first === undefined || last === undefined || first > last || step === 0) return undefined;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/** Every weekday is seven, though Sunday has two numbers. */
function wholeOf({ first, last, names }: Range): readonly [number, number] {
  return [first, names === DAYS ? DAYS.length - 1 : last];
}

function numberOf(text: string, { first, last, names }: Range): number | undefined {
  const index = names?.indexOf(text) ?? -1;
  const value = index === -1 ? Number(text) : index + (names === MONTHS ? 1 : 0);
  return text !== "" && value >= first && value <= last ? value : undefined;
}
