/** The changes of an IANA zone, read from the runtime's own table; a VTIMEZONE is made of them where the source has none. */
import type { Onset } from "./vtimezone-onsets.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, midnightOf } from "./wall.ts";

/** The table's rules for good are in force by now; later years repeat the one before. */
export const LAST_YEAR = 2050;
/** Zones begin here unless an event is older; subscribers want a DTSTART well in the past. */
const FIRST_YEAR = 1970;
/** Finer than any pair of changes (Ramadan's pause of summer time has 29 days at least). */
const STEP_MS = 10 * DAY_MS;
const YEAR_MS = 366 * DAY_MS;

const known = new Map<string, readonly Onset[]>();

/**
 * Changes of `timeZone` from 1970, or the year before `firstYear` if that is earlier, to LAST_YEAR. The first one is no change
 * but says what held before. Throws RangeError where the runtime does not know the zone.
 */
export function ianaOnsets(timeZone: string, firstYear: number): readonly Onset[] {
  const start = Math.min(FIRST_YEAR, firstYear - 1);
  const key = `${timeZone} ${start}`;
  const onsets = known.get(key) ?? readOnsets(timeZone, start);
  known.set(key, onsets);
  return onsets;
}

function readOnsets(timeZone: string, startYear: number): Onset[] {
  const offsetAt = offsetReader(timeZone);
  const end = midnightOf(LAST_YEAR + 1, 1, 1);
  let at = midnightOf(startYear, 1, 1);
  let offset = offsetAt(at);
  const changes = [{ instant: at - offset, fromMs: offset, toMs: offset }];
  while (at < end) {
    const next = offsetAt(at + STEP_MS);
    if (next !== offset) changes.push({ instant: changeBetween(offsetAt, at, at + STEP_MS), fromMs: offset, toMs: next });
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
function changeBetween(offsetAt: (instantMs: number) => number, startMs: number, endMs: number): number {
  const before = offsetAt(startMs);
  let low = startMs;
  let high = endMs;
  while (high - low > SECOND_MS) {
    const middle = low + Math.floor((high - low) / SECOND_MS / 2) * SECOND_MS;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function offsetReader(timeZone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  return (instantMs) => {
    const found = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/u.exec(format.format(instantMs));
    if (found === null) return 0;
    const [, sign, hours, minutes, seconds = 0] = found;
    const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
    return sign === "-" ? -size : size;
  };
}
