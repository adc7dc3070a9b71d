/** DURATION values, RFC 5545 3.3.6: days and weeks are nominal, hours and below exact. A T in the wrong place is tolerated. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./wall.ts";

export type Duration = { readonly nominalMs: number; readonly exactMs: number };

const DURATION = /^([+-])?PT?(?:(\d+)W)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/iu;
const LONGEST_MS = 40_000 * DAY_MS;

/** Undefined where the value is none, or longer than a century. */
export function readDuration(value: string): Duration | undefined {
  const match = DURATION.exec(value.trim());
  if (match === null) return undefined;
  const [, sign, weeks, days, hours, minutes, seconds] = match;
  if ([weeks, days, hours, minutes, seconds].every((part) => part === undefined)) return undefined;
  const nominalMs = (Number(weeks ?? 0) * 7 + Number(days ?? 0)) * DAY_MS;
  const exactMs = Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS + Number(seconds ?? 0) * SECOND_MS;
  if (nominalMs + exactMs > LONGEST_MS) return undefined;
  return sign === "-" ? { nominalMs: 0 - nominalMs, exactMs: 0 - exactMs } : { nominalMs, exactMs };
}
