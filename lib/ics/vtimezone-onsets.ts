/** A zone as the moments at which its offset changes. */
import { DAY_MS } from "./wall.ts";

/** One change. `wallMs` is the wall clock's reading just before it: RFC 5545 3.6.5 writes DTSTART so. Offsets are milliseconds east of UTC. */
export type Onset = { readonly wallMs: number; readonly fromMs: number; readonly toMs: number; readonly daylight: boolean };

/** In order of time, at least one; before the first one its `fromMs` holds. */
export type Onsets = readonly Onset[];

export function instantOf(onset: Onset): number {
  return onset.wallMs - onset.fromMs;
}

/** Offset in force at an instant. */
export function offsetAt(onsets: Onsets, instantMs: number): number {
  let low = 0;
  let high = onsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const onset = onsets[middle];
    if (onset !== undefined && instantOf(onset) <= instantMs) low = middle + 1;
    else high = middle;
  }
  return onsets[low - 1]?.toMs ?? onsets[0]?.fromMs ?? 0;
}

/** Instant of a wall clock's reading. RFC 5545 3.3.5: twice there means the first, never there means the offset before the gap. */
export function instantAt(onsets: Onsets, wallMs: number): number {
  const before = offsetAt(onsets, wallMs - DAY_MS);
  const after = offsetAt(onsets, wallMs + DAY_MS);
  const early = wallMs - Math.max(before, after);
  const late = wallMs - Math.min(before, after);
  if (offsetAt(onsets, early) === wallMs - early) return early;
  return offsetAt(onsets, late) === wallMs - late ? late : wallMs - before;
}

/** Whether two zones have the same offset at every instant from `startMs` to `endMs`. */
export function sameOffsets(one: Onsets, other: Onsets, startMs: number, endMs: number): boolean {
  const moments = [...one, ...other].map(instantOf).filter((moment) => moment > startMs && moment <= endMs);
  return [startMs, ...moments].every((moment) => offsetAt(one, moment) === offsetAt(other, moment));
}
