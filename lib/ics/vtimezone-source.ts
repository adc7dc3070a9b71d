/** A source's own VTIMEZONE: its observances as they are written, and the changes that they mean. */
import { propertiesOf, propertyOf } from "./component.ts";
import type { Component } from "./component.ts";
import { momentOf } from "./moment.ts";
import { readOffset, writeOffset } from "./vtimezone-offset.ts";
import { instantOf } from "./vtimezone-onsets.ts";
import type { Onset } from "./vtimezone-onsets.ts";
import { readYearlyRule, yearlyTimes } from "./vtimezone-rule.ts";
import type { YearlyRule } from "./vtimezone-rule.ts";
import { writeWall, yearOf } from "./wall.ts";

/** One STANDARD or DAYLIGHT, RFC 5545 3.6.5. */
export type Observance = {
  readonly daylight: boolean;
  /** DTSTART: the wall clock's reading before the first change. */
  readonly wallMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rule: YearlyRule | undefined;
  /** RDATEs, as the wall clock reads before each. */
  readonly dates: readonly number[];
  readonly name: string | undefined;
};

/** The observances of a VTIMEZONE; undefined where any of them cannot be read whole, for then none can be trusted. */
export function readObservances(zone: Component): readonly Observance[] | undefined {
  const parts = zone.components.filter(({ name }) => name === "STANDARD" || name === "DAYLIGHT");
  const observances = parts.map(readObservance).filter((observance) => observance !== undefined);
  return observances.length > 0 && observances.length === parts.length ? observances : undefined;
}

function readObservance(part: Component): Observance | undefined {
  const valueOf = (name: string): string => propertyOf(part, name)?.value ?? "";
  const start = momentOf(valueOf("DTSTART"));
  const fromMs = readOffset(valueOf("TZOFFSETFROM"));
  const toMs = readOffset(valueOf("TZOFFSETTO"));
  if (start === undefined || fromMs === undefined || toMs === undefined) return undefined;
  const rules = propertiesOf(part, "RRULE");
  const rule = readYearlyRule(valueOf("RRULE"));
  const dates = readDates(part, fromMs);
  if (dates === undefined || rules.length > (rule === undefined ? 0 : 1)) return undefined;
  const daylight = part.name === "DAYLIGHT";
  return { daylight, wallMs: start.wallMs, fromMs, toMs, rule, dates, name: propertyOf(part, "TZNAME")?.value };
}

function readDates(part: Component, fromMs: number): number[] | undefined {
  const dates = propertiesOf(part, "RDATE").flatMap(({ value }) => value.split(",").map((date) => momentOf(date)));
  const read = dates.filter((date) => date !== undefined);
  if (read.length < dates.length) return undefined;
  return read.map(({ kind, wallMs }) => (kind === "utc" ? wallMs + fromMs : wallMs));
}

/** All changes up to the end of `lastYear`, in order. */
export function sourceOnsets(observances: readonly Observance[], lastYear: number): Onset[] {
  const onsets = observances.flatMap((observance) => {
    const { wallMs, fromMs, toMs, daylight, rule, dates } = observance;
    const times = rule === undefined ? [] : yearlyTimes(rule, wallMs, fromMs, lastYear);
    const all = new Set([wallMs, ...dates.filter((date) => yearOf(date) <= lastYear), ...times]);
    return [...all].map((at) => ({ wallMs: at, fromMs, toMs, daylight }));
  });
  return onsets.toSorted((a, b) => instantOf(a) - instantOf(b) || a.wallMs - b.wallMs);
}

/** STANDARD or DAYLIGHT with at most one RRULE and no RDATE. */
export function writeObservance(onset: Onset, rule: string | undefined, name: string | undefined): Component {
  const property = (key: string, value: string | undefined): Component["properties"] =>
    value === undefined ? [] : [{ name: key, parameters: [], value }];
  return {
    name: onset.daylight ? "DAYLIGHT" : "STANDARD",
    properties: [
      ...property("TZNAME", name),
      ...property("TZOFFSETFROM", writeOffset(onset.fromMs)),
      ...property("TZOFFSETTO", writeOffset(onset.toMs)),
      ...property("DTSTART", writeWall(onset.wallMs)),
      ...property("RRULE", rule),
    ],
    components: [],
  };
}
