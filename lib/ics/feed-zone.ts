/** A zone as a feed defines it: VTIMEZONE, RFC 5545 3.6.5, evaluated without any registry, so that no feed redefines a zone for another. */
import type { Component } from "./component.ts";
import { propertiesOf, propertyOf } from "./component.ts";
import { momentOf } from "./moment.ts";
import { readRule } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { readOffset } from "./vtimezone-offset.ts";
import { DAY_MS, SECOND_MS, earliestOf, latestOf, midnightOf, startOfDay, yearOf } from "./wall.ts";
import { yearlyDays } from "./yearly-days.ts";
import type { Zone } from "./zone.ts";

/** One STANDARD or DAYLIGHT: from each onset on its offset holds. */
type Observance = {
  readonly startMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly extraMs: readonly number[];
  readonly rules: readonly Rule[];
  /** Last year in which it can begin. */
  readonly lastYear: number;
};

const NO_END = 9999;
/** A zone that lists every change since 1900 one by one has about 250. */
const MOST_OBSERVANCES = 1000;
/** Rules and dates of all observances together. */
const MOST_RULES = 1000;
const MOST_DATES = 10_000;

/** Undefined where no observance can be read, or there are too many. */
export function feedZone(tzid: string, component: Component): Zone | undefined {
  const observances = component.components
    .filter(({ name }) => name === "STANDARD" || name === "DAYLIGHT")
    .map(readObservance)
    .filter((observance) => observance !== undefined);
  if (observances.length === 0 || isTooMuch(observances)) return undefined;
  const years = new Map<number, readonly Onset[]>();
  const onsetsOf = (year: number): readonly Onset[] => {
    const known = years.get(year);
    if (known !== undefined) return known;
    const onsets = observances.flatMap((observance) => onsetsIn(observance, year)).toSorted((a, b) => a.atMs - b.atMs);
    years.set(year, onsets);
    return onsets;
  };
  const firstYear = yearOf(earliestOf(observances.flatMap(({ startMs, extraMs }) => [startMs, ...extraMs]))) - 1;
  const lastYear = latestOf(observances.map((observance) => observance.lastYear)) + 1;
  const before = observances.reduce((a, b) => (b.startMs < a.startMs ? b : a)).fromMs;
  return { id: tzid, offsetAt: (instantMs) => lastOnset(onsetsOf, instantMs, firstYear, lastYear)?.offsetMs ?? before };
}

/** Each year that is asked for goes through all of them. */
function isTooMuch(observances: readonly Observance[]): boolean {
  const countOf = (sizeOf: (observance: Observance) => number): number =>
    observances.reduce((count, observance) => count + sizeOf(observance), 0);
  return (
    observances.length > MOST_OBSERVANCES ||
    countOf(({ rules }) => rules.length) > MOST_RULES ||
    countOf(({ extraMs }) => extraMs.length) > MOST_DATES
  );
}

type Onset = { readonly atMs: number; readonly offsetMs: number };

function lastOnset(
  onsetsOf: (year: number) => readonly Onset[],
  instantMs: number,
  firstYear: number,
  lastYear: number,
): Onset | undefined {
  // An onset on 1 January belongs to the old year in UTC, or the other way about.
  for (let year = Math.min(yearOf(instantMs) + 1, lastYear); year >= firstYear; year -= 1) {
    const onset = onsetsOf(year).findLast(({ atMs }) => atMs <= instantMs);
    if (onset !== undefined) return onset;
  }
  return undefined;
}

/** Onsets whose wall time, before the change, lies in the year. */
function onsetsIn(observance: Observance, year: number): readonly Onset[] {
  const { startMs, fromMs, toMs, extraMs, rules } = observance;
  const walls = [startMs, ...extraMs].filter((wallMs) => yearOf(wallMs) === year);
  for (const rule of year > observance.lastYear ? [] : rules) {
    for (const dayMs of yearlyDays(rule, startMs, year)) {
      const wallMs = dayMs + startMs - startOfDay(startMs);
      if (wallMs > startMs && isBefore(rule, wallMs, fromMs)) walls.push(wallMs);
    }
  }
  return walls.map((wallMs) => ({ atMs: wallMs - fromMs, offsetMs: toMs }));
}

/** RFC 5545 3.6.5: UNTIL of an observance is UTC; many writers give local time. */
function isBefore(rule: Rule, wallMs: number, fromMs: number): boolean {
  const { until } = rule;
  if (until === undefined) return true;
  if (until.kind === "utc") return wallMs - fromMs <= until.wallMs;
  return wallMs <= until.wallMs + (until.kind === "date" ? DAY_MS - SECOND_MS : 0);
}

function readObservance(component: Component): Observance | undefined {
  const to = propertyOf(component, "TZOFFSETTO");
  const toMs = to === undefined ? undefined : readOffset(to.value);
  if (toMs === undefined) return undefined;
  const fromMs = readOffset(propertyOf(component, "TZOFFSETFROM")?.value ?? "") ?? toMs;
  const start = propertyOf(component, "DTSTART");
  const startMs = (start === undefined ? undefined : momentOf(start.value)?.wallMs) ?? midnightOf(1601, 1, 1);
  const rules = propertiesOf(component, "RRULE").map(({ value }) => readRule(value));
  const readable = rules.filter((rule) => "frequency" in rule);
  const extraMs = propertiesOf(component, "RDATE")
    .flatMap(({ value }) => value.split(","))
    .map((value) => momentOf(value.split("/")[0] ?? "")?.wallMs)
    .filter((wallMs) => wallMs !== undefined);
  return { startMs, fromMs, toMs, extraMs, rules: readable, lastYear: lastYearOf([startMs, ...extraMs], readable) };
}

function lastYearOf(wallsMs: readonly number[], rules: readonly Rule[]): number {
  const ends = rules.map(({ until, count, interval }) => {
    // One onset a year, as every zone has them.
    if (count !== undefined) return yearOf(earliestOf(wallsMs)) + (count - 1) * interval;
    return until === undefined ? NO_END : yearOf(until.wallMs);
  });
  return latestOf([...ends, ...wallsMs.map(yearOf)]);
}
