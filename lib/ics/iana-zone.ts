/** Zones of the IANA database as the runtime knows them; the host's own zone never plays a part. */
import type { Zone } from "./zone.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS, midnightOf, yearOf } from "./wall.ts";

type Change = { readonly atMs: number; readonly offsetMs: number };

const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?/u;
/** The database repeats its last rules for ever; the Gregorian calendar repeats after 400 years. */
const LAST_OWN_YEAR = 2400;
const CYCLE_MS = 146_097 * DAY_MS;
/** A year's changes cost as much as forty questions; a year that is asked for now and then is not worth them. */
const FEW = 12;

/** What the database says does not change while a process runs, so it is kept: a zone by its name in lower case. */
const zones = new Map<string, Zone>();

/** Undefined where the runtime knows no such name; names and links are taken in any case. */
export function ianaZone(name: string): Zone | undefined {
  const key = name.toLowerCase();
  const zone = zones.get(key) ?? makeZone(name);
  // Only known names are kept: a feed can make up any number of others.
  if (zone === undefined) return undefined;
  zones.set(key, zone);
  // The runtime calls Asia/Kolkata by its old name; the name that was asked for stays.
  return zone.id.toLowerCase() === key ? zone : { ...zone, id: name };
}

function makeZone(name: string): Zone | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const years = new Map<number, readonly Change[]>();
  const changesOf = (year: number): readonly Change[] => {
    const known = years.get(year);
    if (known !== undefined) return known;
    const changes = findChanges(format, year);
    years.set(year, changes);
    return changes;
  };
  const asked = new Map<number, number>();
  const offsetAtOwn = (atMs: number): number => {
    const year = yearOf(atMs);
    const times = (asked.get(year) ?? 0) + 1;
    if (times > FEW) return offsetIn(changesOf(year), atMs);
    asked.set(year, times);
    return readOffset(format, atMs);
  };
  return {
    id: format.resolvedOptions().timeZone,
    offsetAt: (instantMs) => {
      let at = instantMs;
      while (yearOf(at) > LAST_OWN_YEAR) at -= CYCLE_MS;
      return offsetAtOwn(at);
    },
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
}

function offsetIn(changes: readonly Change[], atMs: number): number {
  let offset = 0;
  for (const change of changes) {
    if (change.atMs > atMs) break;
    offset = change.offsetMs;
  }
  return offset;
}

/** Offset at the beginning of the year and each change in it, found by halving steps of ten days. */
function findChanges(format: Intl.DateTimeFormat, year: number): readonly Change[] {
  const startMs = midnightOf(year, 1, 1);
  const endMs = midnightOf(year + 1, 1, 1);
  const changes: Change[] = [{ atMs: startMs, offsetMs: readOffset(format, startMs) }];
  for (let fromMs = startMs; fromMs < endMs; fromMs += 10 * DAY_MS) {
    const toMs = Math.min(fromMs + 10 * DAY_MS, endMs);
    const offsetMs = readOffset(format, toMs);
    if (offsetMs !== changes.at(-1)?.offsetMs) changes.push({ atMs: changeBetween(format, fromMs, toMs, offsetMs), offsetMs });
  }
  return changes;
}

function changeBetween(format: Intl.DateTimeFormat, fromMs: number, toMs: number, offsetAfterMs: number): number {
  let low = fromMs;
  let high = toMs;
  while (high - low > SECOND_MS) {
    const middle = low + Math.floor((high - low) / (2 * SECOND_MS)) * SECOND_MS;
    if (readOffset(format, middle) === offsetAfterMs) high = middle;
    else low = middle;
  }
  return high;
}

function readOffset(format: Intl.DateTimeFormat, instantMs: number): number {
  const [, sign, hours, minutes, seconds] = OFFSET.exec(format.format(instantMs)) ?? [];
  if (sign === undefined) return 0;
  const size = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
  return sign === "-" ? -size : size;
}
