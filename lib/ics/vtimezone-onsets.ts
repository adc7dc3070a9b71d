/** A zone as the moments at which its offset changes; a VTIMEZONE is made of them where the source has no usable one. */
import { DAY_MS, SECOND_MS, midnightOf } from "./wall.ts";
import type { Zone } from "./zone.ts";

/** One change. `wallMs` is the wall clock's reading just before it: RFC 5545 3.6.5 writes DTSTART so. */
export type Onset = { readonly wallMs: number; readonly fromMs: number; readonly toMs: number; readonly daylight: boolean };

/** The database's rules for good are in force by now; later years repeat the one before. */
export const LAST_YEAR = 2050;
/** Zones begin here unless an event is older: Outlook wants a DTSTART well in the past. */
const FIRST_YEAR = 1970;
/** Shorter than any pair of changes; the pause of summer time in Ramadan has four weeks. */
const STEP_MS = 10 * DAY_MS;
const YEAR_MS = 366 * DAY_MS;

const known = new WeakMap<Zone, Map<number, readonly Onset[]>>();

export function instantOfOnset(onset: Onset): number {
  return onset.wallMs - onset.fromMs;
}

/** Changes from 1970, or the year before `firstYear` if that is earlier, to LAST_YEAR. The first one is no change but says what held before. */
export function onsetsOf(zone: Zone, firstYear: number): readonly Onset[] {
  const startYear = Math.min(FIRST_YEAR, firstYear - 1);
  const ofZone = known.get(zone) ?? new Map<number, readonly Onset[]>();
  const onsets = ofZone.get(startYear) ?? findOnsets(zone, startYear);
  known.set(zone, ofZone.set(startYear, onsets));
  return onsets;
}

function findOnsets(zone: Zone, startYear: number): Onset[] {
  const end = midnightOf(LAST_YEAR + 1, 1, 1);
  let at = midnightOf(startYear, 1, 1);
  let offset = zone.offsetAt(at);
  const changes = [{ instant: at - offset, fromMs: offset, toMs: offset }];
  while (at < end) {
    const next = zone.offsetAt(at + STEP_MS);
    if (next !== offset) changes.push({ instant: changeBetween(zone, at, at + STEP_MS), fromMs: offset, toMs: next });
    offset = next;
    at += STEP_MS;
  }
  return changes.map(({ instant, fromMs, toMs }, index) => {
    const following = changes[index + 1];
    // Summer time is what ends within a year; a zone that moves for good has a new standard time.
    const daylight = toMs > fromMs && following !== undefined && following.toMs < toMs && following.instant - instant < YEAR_MS;
    return { wallMs: instant + fromMs, fromMs, toMs, daylight };
  });
}

/** Zones change at whole seconds. */
function changeBetween(zone: Zone, startMs: number, endMs: number): number {
  const before = zone.offsetAt(startMs);
  let low = startMs;
  let high = endMs;
  while (high - low > SECOND_MS) {
    const middle = low + Math.floor((high - low) / SECOND_MS / 2) * SECOND_MS;
    if (zone.offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Whether two zones have the same offset at every instant from the beginning of `firstYear` to LAST_YEAR. */
export function sameOffsets(one: Zone, other: Zone, firstYear: number): boolean {
  const startMs = midnightOf(firstYear, 1, 1) - DAY_MS;
  const moments = [one, other].flatMap((zone) => onsetsOf(zone, firstYear).map(instantOfOnset));
  return [startMs, ...moments.filter((moment) => moment > startMs)].every(
    (moment) => one.offsetAt(moment) === other.offsetAt(moment),
  );
}
