/** A time zone: offsets from UTC, and the way from wall time to instant. */
import { DAY_MS } from "./wall.ts";

export type Zone = {
  readonly id: string;
  /** Milliseconds that the wall clock is ahead of UTC at an instant. */
  readonly offsetAt: (instantMs: number) => number;
};

export const UTC: Zone = { id: "UTC", offsetAt: () => 0 };

/**
 * RFC 5545 3.3.5: a time that occurs twice is the first of the two; one that does not occur is read
 * with the offset before the gap.
 */
export function instantOf(zone: Zone, wallMs: number): number {
  const before = zone.offsetAt(wallMs - DAY_MS);
  const after = zone.offsetAt(wallMs + DAY_MS);
  const first = wallMs - before;
  if (before === after || zone.offsetAt(first) === before) return first;
  const second = wallMs - after;
  return zone.offsetAt(second) === after ? second : first;
}
