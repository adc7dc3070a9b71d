/** Wall time in a zone and instants, for people who plan by the clock on their wall. */
import { instantOf } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";

/** The instant at which the zone's clocks show this time, the first of two; undefined where they skip it. */
export function wallClock(zone: Zone, wallMs: number): number | undefined {
  const atMs = instantOf(zone, wallMs);
  return atMs + zone.offsetAt(atMs) === wallMs ? atMs : undefined;
}

/** `2026-05-06` on the zone's calendars. */
export function localDay(zone: Zone, atMs: number): string {
  return localTime(zone, atMs).slice(0, "2026-05-06".length);
}

/** `2026-05-06T09:00` on the zone's clocks. */
export function localTime(zone: Zone, atMs: number): string {
  return new Date(atMs + zone.offsetAt(atMs)).toISOString().slice(0, "2026-05-06T09:00".length);
}
