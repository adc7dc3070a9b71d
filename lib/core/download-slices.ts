/** Where a download is cut: slices of its window of about equal work, or runs of components; the same document gives the same cuts. */
import { readComponent } from "../ics/component.ts";
import { readTimes } from "../ics/event-times.ts";
import type { EventTimes } from "../ics/event-times.ts";
import type { Frequency, Rule } from "../ics/rule.ts";
import { DAY_MS, earliestOf, latestOf } from "../ics/wall.ts";
import type { DocumentEvent } from "./download-document.ts";

/** All events of one UID, and when they can happen at all. */
export type EventGroup = {
  readonly events: readonly DocumentEvent[];
  readonly firstMs: number;
  readonly lastMs: number;
  readonly loads: readonly Load[];
};
/** So many occurrences a day between two times. */
type Load = { readonly fromMs: number; readonly toMs: number; readonly perDay: number };
export type Slice = { readonly fromMs: number; readonly toMs: number };

/** Wall times are taken as UTC, so both ends have room for any zone. */
const SLACK_MS = 2 * DAY_MS;

const DAYS: Record<Frequency, number> = {
  SECONDLY: 1 / 86_400,
  MINUTELY: 1 / 1440,
  HOURLY: 1 / 24,
  DAILY: 1,
  WEEKLY: 7,
  MONTHLY: 30,
  YEARLY: 365,
};

export function groupEvents(events: readonly DocumentEvent[]): EventGroup[] {
  return [...Map.groupBy(events, ({ uid }) => uid).values()].flatMap((group) => groupOf(group) ?? []);
}

/** Undefined where none of its events has a time. */
function groupOf(events: readonly DocumentEvent[]): EventGroup | undefined {
  const all = events.flatMap(({ text }) => {
    const reading = readTimes(readComponent(text));
    return "times" in reading ? [reading.times] : [];
  });
  if (all.length === 0) return undefined;
  const loads = all.flatMap(loadsOf);
  // What moves this and every later time may move it anywhere.
  const isMoved = all.some(({ range }) => range === "this-and-future");
  return {
    events,
    loads,
    firstMs: isMoved ? Number.NEGATIVE_INFINITY : earliestOf(loads.map(({ fromMs }) => fromMs)) - SLACK_MS,
    lastMs: isMoved ? Number.POSITIVE_INFINITY : latestOf(loads.map(({ toMs }) => toMs)) + SLACK_MS,
  };
}

function loadsOf({ start, dates, rules }: EventTimes): Load[] {
  const singles = [start, ...dates.map((date) => date.start)].map(({ wallMs }) => ({ fromMs: wallMs, toMs: wallMs, perDay: 1 }));
  const series = rules.map((rule) => {
    const perDay = perDayOf(rule);
    const counted = rule.count === undefined ? Number.POSITIVE_INFINITY : start.wallMs + spanOf(rule, rule.count);
    return { fromMs: start.wallMs, toMs: Math.min(rule.until?.wallMs ?? Number.POSITIVE_INFINITY, counted), perDay };
  });
  return [...singles, ...series];
}

/** An estimate: too high a one only makes smaller parts. */
function perDayOf({ frequency, interval, byDay, byMonthDay, byHour, byMinute, bySecond }: Rule): number {
  const days = { MONTHLY: 4.4, YEARLY: 52 } as const;
  const spread = frequency === "MONTHLY" || frequency === "YEARLY" ? days[frequency] : 1;
  const isByDay = frequency === "WEEKLY" || frequency === "MONTHLY" || frequency === "YEARLY";
  const inPeriod = isByDay ? Math.max(1, byDay.length * spread, byMonthDay.length) : 1;
  const clock = [byHour, byMinute, bySecond].reduce((product, list) => product * Math.max(1, list.length), 1);
  return (inPeriod * clock) / (DAYS[frequency] * interval);
}

/** The longest that so many times can take: a rule may skip most of its periods, as 29 February does. */
function spanOf({ frequency, interval }: Rule, count: number): number {
  const skipped = frequency === "YEARLY" || frequency === "MONTHLY" ? 40 : 400;
  return count * interval * Math.max(1, DAYS[frequency]) * skipped * DAY_MS;
}

/** Slices of whole days from the window's begin on, each of about `perSlice` occurrences; a day is never cut. */
export function sliceWindow(groups: readonly EventGroup[], window: Slice, perSlice: number): Slice[] {
  const days = Math.max(1, Math.ceil((window.toMs - window.fromMs) / DAY_MS));
  const load = loadByDay(groups, window, days);
  const slices: Slice[] = [];
  let [fromMs, sum] = [window.fromMs, 0];
  for (let day = 0; day < days; day += 1) {
    const today = load[day] ?? 0;
    const atMs = window.fromMs + day * DAY_MS;
    if (sum > 0 && sum + today > perSlice) {
      slices.push({ fromMs, toMs: atMs });
      [fromMs, sum] = [atMs, 0];
    }
    sum += today;
  }
  return [...slices, { fromMs, toMs: window.toMs }];
}

/** Sums of differences: a series costs two additions, however long the window is. */
function loadByDay(groups: readonly EventGroup[], window: Slice, days: number): Float64Array {
  const steps = new Float64Array(days + 1);
  const dayAt = (ms: number): number => Math.min(days, Math.max(0, Math.floor((ms - window.fromMs) / DAY_MS)));
  for (const { loads } of groups) {
    for (const { fromMs, toMs, perDay } of loads) {
      if (toMs < window.fromMs - DAY_MS || fromMs >= window.toMs + DAY_MS) continue;
      const [first, last] = [Math.min(days - 1, dayAt(fromMs)), Math.min(days - 1, dayAt(toMs))];
      steps[first] = (steps[first] ?? 0) + perDay;
      steps[last + 1] = (steps[last + 1] ?? 0) - perDay;
    }
  }
  for (let day = 1; day <= days; day += 1) steps[day] = (steps[day] ?? 0) + (steps[day - 1] ?? 0);
  // Differences of fractions leave crumbs that must not move a cut from one machine to another.
  return steps.map((load) => Math.round(load * 1000) / 1000);
}

/** Runs of events in order, each of about `charactersEach`. */
export function runsOf(events: readonly DocumentEvent[], charactersEach: number): (readonly DocumentEvent[])[] {
  const runs: DocumentEvent[][] = [];
  let [run, size] = [new Array<DocumentEvent>(), 0];
  for (const event of events) {
    if (run.length > 0 && size + event.text.length > charactersEach) {
      runs.push(run);
      [run, size] = [[], 0];
    }
    run.push(event);
    size += event.text.length;
  }
  return [...runs, run];
}

/** Whether any of the group's events can begin in the slice. */
export function meets({ firstMs, lastMs }: EventGroup, { fromMs, toMs }: Slice): boolean {
  return firstMs < toMs && lastMs >= fromMs;
}
