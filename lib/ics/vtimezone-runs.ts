/** Many changes as few observances: a run of years with one pattern becomes one RRULE. */
import type { Component } from "./component.ts";
import { LAST_YEAR, instantOfOnset } from "./vtimezone-onsets.ts";
import type { Onset } from "./vtimezone-onsets.ts";
import { writeObservance } from "./vtimezone-source.ts";
import { DAY_MS, midnightOf, writeWall, yearOf } from "./wall.ts";

type Run = { readonly onsets: readonly [Onset, ...Onset[]]; readonly last: Onset; readonly patterns: readonly string[] };

const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"] as const;
/** A shorter row of years is written one by one: a rule that came about by chance would say nothing. */
const LEAST_YEARS = 3;

/**
 * One RRULE or one date each, in order of time. Runs whose last change was followed by another before the instant `startMs` are left out.
 * A run that reaches LAST_YEAR goes on for good.
 */
export function writeRuns(onsets: readonly Onset[], startMs: number): Component[] {
  const needed = inForceFrom(onsets, startMs);
  return runsOf(onsets)
    .filter(({ last }) => needed.has(last))
    .flatMap(writeRun);
}

/** The changes that decide any offset from `startMs` on. */
function inForceFrom(onsets: readonly Onset[], startMs: number): ReadonlySet<Onset> {
  const next = onsets.findIndex((onset) => instantOfOnset(onset) > startMs);
  return new Set(next < 0 ? onsets.slice(-1) : onsets.slice(Math.max(0, next - 1)));
}

function runsOf(onsets: readonly Onset[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, number>();
  for (const onset of onsets) {
    const key = `${onset.fromMs} ${onset.toMs} ${onset.daylight}`;
    const index = open.get(key);
    const longer = index === undefined ? undefined : extend(runs[index], onset);
    if (index !== undefined && longer !== undefined) {
      runs[index] = longer;
    } else {
      open.set(key, runs.length);
      runs.push({ onsets: [onset], last: onset, patterns: patternsOf(onset.wallMs) });
    }
  }
  return runs;
}

function extend(run: Run | undefined, onset: Onset): Run | undefined {
  if (run === undefined || yearOf(onset.wallMs) !== yearOf(run.last.wallMs) + 1) return undefined;
  const mine = new Set(patternsOf(onset.wallMs));
  const patterns = run.patterns.filter((pattern) => mine.has(pattern));
  const sameClock = (onset.wallMs - run.last.wallMs) % DAY_MS === 0;
  return patterns.length > 0 && sameClock ? { onsets: [...run.onsets, onset], last: onset, patterns } : undefined;
}

/** Rules that would give this day in its year, the most usual first. */
function patternsOf(wallMs: number): string[] {
  const date = new Date(wallMs);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const weekday = WEEKDAYS[date.getUTCDay()];
  const length = (midnightOf(year, month + 1, 1) - midnightOf(year, month, 1)) / DAY_MS;
  const by = `BYMONTH=${month}`;
  const last = day > length - 7 ? [`${by};BYDAY=-1${weekday}`] : [];
  const nth = day <= 28 ? [`${by};BYDAY=${Math.ceil(day / 7)}${weekday}`] : [];
  const weeks = Array.from({ length: 7 }, (_, index) => day - 6 + index).filter((first) => first >= 1 && first + 6 <= 28);
  const onOrAfter = weeks.map((first) => `${by};BYMONTHDAY=${weekOf(first)};BYDAY=${weekday}`);
  return [...last, ...nth, `${by};BYMONTHDAY=${day}`, ...onOrAfter];
}

function weekOf(first: number): string {
  return Array.from({ length: 7 }, (_, index) => first + index).join(",");
}

function writeRun({ onsets, last, patterns }: Run): Component[] {
  if (onsets.length < LEAST_YEARS) return onsets.map((onset) => writeObservance(onset));
  const until = yearOf(last.wallMs) >= LAST_YEAR ? "" : `UNTIL=${writeWall(instantOfOnset(last))}Z;`;
  return [writeObservance(onsets[0], `FREQ=YEARLY;${until}${patterns[0]}`)];
}
