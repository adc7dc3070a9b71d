/** UTC-OFFSET values, RFC 5545 3.3.14, in milliseconds east of UTC. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./wall.ts";

const OFFSET = /^([+-]?)(\d{1,2})(\d\d)(\d\d)?$/u;

/** Tolerates a missing sign and one digit of hours. */
export function readOffset(text: string): number | undefined {
  const found = OFFSET.exec(text.trim());
  if (found === null) return undefined;
  const [, sign, hours, minutes, seconds = 0] = found;
  const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
  if (size >= DAY_MS) return undefined;
  return sign === "-" ? -size : size;
}

/** `+0200`, with seconds only where there are some. */
export function writeOffset(offsetMs: number): string {
  const size = Math.abs(offsetMs);
  const pair = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const seconds = (size % MINUTE_MS) / SECOND_MS;
  const sign = offsetMs < 0 ? "-" : "+";
  return `${sign}${pair(size / HOUR_MS)}${pair((size % HOUR_MS) / MINUTE_MS)}${seconds === 0 ? "" : pair(seconds)}`;
}
