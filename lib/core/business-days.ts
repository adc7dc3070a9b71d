/** Business days: neither weekend nor holiday; and what becomes of a turn on another day. */
import { WEEKDAYS } from "../contract/schedule.ts";
import type { BusinessDays } from "../contract/schedule.ts";
import { instantOf, UTC } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { DAY_MS, startOfDay } from "../ics/wall.ts";
import { localDay } from "./wall-clock.ts";

/** Days are `2026-05-06`. */
export type WorkWeek = { readonly weekend: BusinessDays["weekend"]; readonly holidays: ReadonlySet<string> };

/** A year of holidays is a mistake, and nothing is to look for ever. */
const LOOKED_AT = 366;

export function isBusinessDay(day: string, { weekend, holidays }: WorkWeek): boolean {
  const weekday = WEEKDAYS[new Date(day).getUTCDay()];
  return !holidays.has(day) && weekday !== undefined && !weekend.includes(weekday);
}

/** The first business day after the day, or before it; undefined where there is none within a year. */
export function nearestBusinessDay(day: string, way: "next" | "previous", week: WorkWeek): string | undefined {
  const step = way === "next" ? 1 : -1;
  for (let days = 1; days <= LOOKED_AT; days += 1) {
    const found = addDays(day, days * step);
    if (isBusinessDay(found, week)) return found;
  }
  return undefined;
}

/** The last business day of the day's month; undefined where it has none. */
export function lastBusinessDay(day: string, week: WorkWeek): string | undefined {
  const month = day.slice(0, "2026-05".length);
  const ultimo = addDays(`${addDays(`${month}-28`, 4).slice(0, "2026-05".length)}-01`, -1);
  if (isBusinessDay(ultimo, week)) return ultimo;
  const found = nearestBusinessDay(ultimo, "previous", week);
  return found?.startsWith(month) === true ? found : undefined;
}

export type TurnOnDay =
  | { readonly kind: "stands" }
  /** `dayEndMs`: the midnight after it. */
  | { readonly kind: "skipped"; readonly day: string; readonly dayEndMs: number }
  | { readonly kind: "moved"; readonly day: string; readonly toMs: number };

/** What the policy makes of a turn. Moved, it keeps its local time; one that the clocks skip then is read with the offset before. */
export function turnOnDay(atMs: number, businessDays: BusinessDays, holidays: ReadonlySet<string>): TurnOnDay {
  const zone: Zone = ianaZone(businessDays.zone) ?? UTC;
  const week: WorkWeek = { weekend: businessDays.weekend, holidays };
  const day = localDay(zone, atMs);
  if (isBusinessDay(day, week)) return { kind: "stands" };
  const next = businessDays.policy === "skip" ? undefined : nearestBusinessDay(day, "next", week);
  if (next === undefined) return { kind: "skipped", day, dayEndMs: instantOf(zone, Date.parse(addDays(day, 1))) };
  const wallMs = atMs + zone.offsetAt(atMs);
  return { kind: "moved", day, toMs: instantOf(zone, Date.parse(next) + wallMs - startOfDay(wallMs)) };
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, "2026-05-06".length);
}
