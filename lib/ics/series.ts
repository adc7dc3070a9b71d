/** The occurrences of one event within a window: its start, rules and dates, less its exceptions; RFC 5545 3.8.5. */
import type { EventTimes, Extent, RecurrenceDate } from "./event-times.ts";
import type { Moment } from "./moment.ts";
import { timesOfRule } from "./recurrence.ts";
import type { WallWindow, Work } from "./rule-library.ts";
import type { Rule } from "./rule.ts";
import { DAY_MS, SECOND_MS, startOfDay } from "./wall.ts";
import { UTC, instantOf } from "./zone.ts";
import type { Zone } from "./zone.ts";

/** How the moments of an event become instants. */
export type Clock = {
  /** The zone of a moment; floating times and dates have the zone that the reader chose. */
  readonly zoneOf: (moment: Moment) => Zone;
};

/** Instants in milliseconds since 1970, UTC. */
export type Occurrence = {
  readonly startMs: number;
  readonly endMs: number;
  readonly allDay: boolean;
  /** Start as the series gives it: what RECURRENCE-ID names. */
  readonly originalMs: number;
  /** Wall time of the original start. */
  readonly wallMs: number;
};

export type InstantWindow = { readonly fromMs: number; readonly toMs: number };

export type Series = { readonly occurrences: readonly Occurrence[]; readonly state: "whole" | "partial" };

export function instantOfMoment(clock: Clock, moment: Moment): number {
  return moment.kind === "utc" ? moment.wallMs : instantOf(clock.zoneOf(moment), moment.wallMs);
}

/** Occurrences whose original start lies in the window, by start. */
export function expandSeries(times: EventTimes, clock: Clock, window: InstantWindow, work: Work): Series {
  const { start } = times;
  const zone = start.kind === "utc" ? UTC : clock.zoneOf(start);
  const found = new Map<number, Occurrence>();
  const add = (occurrence: Occurrence): void => {
    const { originalMs } = occurrence;
    if (originalMs >= window.fromMs && originalMs < window.toMs && !found.has(originalMs)) found.set(originalMs, occurrence);
  };
  // Offsets are below a day and a half, so that no time of the window is missed.
  const walls = { fromMs: window.fromMs - 2 * DAY_MS, toMs: window.toMs + 2 * DAY_MS };
  const rules = ruleTimes(times.rules, times, zone, walls, work);
  const exceptions = ruleTimes(times.exceptionRules, times, zone, walls, work);
  // RFC 5545 3.8.5.3: DTSTART is the first occurrence, also where its rule does not give it.
  add(occurrenceAt(times, start, times.extent, clock));
  for (const wallMs of rules.wallsMs) add(occurrenceAt(times, { ...start, wallMs }, times.extent, clock));
  for (const date of times.dates) add(occurrenceAt(times, momentOfDate(start, date), date.extent ?? times.extent, clock));
  const isExcepted = exceptionTest(times, clock, new Set(exceptions.wallsMs));
  const occurrences = [...found.values()].filter((occurrence) => !isExcepted(occurrence));
  const state = rules.state === "whole" && exceptions.state === "whole" ? "whole" : "partial";
  return { occurrences: occurrences.toSorted((a, b) => a.startMs - b.startMs), state };
}

function ruleTimes(
  rules: readonly Rule[],
  { start }: EventTimes,
  zone: Zone,
  walls: WallWindow,
  work: Work,
): { wallsMs: number[]; state: "whole" | "partial" } {
  const wallsMs: number[] = [];
  let state: "whole" | "partial" = "whole";
  for (const rule of rules) {
    const toMs = Math.min(walls.toMs, untilOf(rule, start, zone) + 1);
    const read = timesOfRule(rule, start.wallMs, { fromMs: walls.fromMs, toMs }, work);
    for (const wallMs of read.wallsMs) wallsMs.push(wallMs);
    if (read.state === "partial") state = "partial";
  }
  return { wallsMs, state };
}

/** UNTIL as wall time of the series, inclusive. RFC 5545 3.3.10 wants it typed as DTSTART; many writers give a date for a date-time. */
export function untilOf({ until }: Rule, start: Moment, zone: Zone): number {
  if (until === undefined) return Number.POSITIVE_INFINITY;
  if (start.kind === "date") return startOfDay(until.wallMs);
  if (until.kind === "date") return until.wallMs + DAY_MS - SECOND_MS;
  return until.kind === "utc" && start.kind === "zoned" ? until.wallMs + zone.offsetAt(until.wallMs) : until.wallMs;
}

/** An RDATE of a date-time series that is only a day has the time of DTSTART; a period of days begins at midnight. */
function momentOfDate(start: Moment, { start: date, extent }: RecurrenceDate): Moment {
  if (date.kind !== "date" || start.kind === "date") return date;
  return { ...start, wallMs: extent === undefined ? date.wallMs + start.wallMs - startOfDay(start.wallMs) : date.wallMs };
}

export function occurrenceAt(times: EventTimes, at: Moment, extent: Extent, clock: Clock): Occurrence {
  const startMs = instantOfMoment(clock, at);
  const endMs = Math.max(startMs, endOf(times, at, startMs, extent, clock));
  return { startMs, endMs, allDay: times.start.kind === "date", originalMs: startMs, wallMs: at.wallMs };
}

/** RFC 5545 3.8.5.3: with DTEND the same exact length for all, with DURATION the same nominal one; days are always nominal. */
function endOf(times: EventTimes, at: Moment, startMs: number, extent: Extent, clock: Clock): number {
  if (extent === undefined) return at.kind === "date" ? instantOfMoment(clock, { ...at, wallMs: at.wallMs + DAY_MS }) : startMs;
  if ("duration" in extent) {
    const { nominalMs, exactMs } = extent.duration;
    return instantOfMoment(clock, { ...at, wallMs: at.wallMs + nominalMs }) + exactMs;
  }
  const { start } = times;
  const origin = extent === times.extent ? start : at;
  const isNominal = at.kind === "date" && extent.end.kind === "date" && origin.kind === "date";
  if (isNominal) return instantOfMoment(clock, { ...at, wallMs: at.wallMs + extent.end.wallMs - origin.wallMs });
  const isDayOfPeriod = extent.end.kind === "date" && extent !== times.extent;
  const end = isDayOfPeriod ? { ...at, wallMs: extent.end.wallMs } : extent.end;
  return startMs + instantOfMoment(clock, end) - instantOfMoment(clock, origin);
}

function exceptionTest(times: EventTimes, clock: Clock, excludedWalls: ReadonlySet<number>): (occurrence: Occurrence) => boolean {
  const instants = new Set<number>();
  const days = new Set<number>();
  for (const exception of times.exceptions) {
    // EXDATE of another type than DTSTART means the day.
    if (exception.kind === "date" || times.start.kind === "date") days.add(startOfDay(exception.wallMs));
    else instants.add(instantOfMoment(clock, exception));
  }
  return ({ originalMs, wallMs }) => instants.has(originalMs) || days.has(startOfDay(wallMs)) || excludedWalls.has(wallMs);
}
