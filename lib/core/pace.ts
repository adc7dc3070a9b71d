/** One host's pace for the whole stack: how starts are reserved and who waits. */
import type { Host } from "../contract/host.ts";
import { startOutside } from "./blackout.ts";

/** Starts a second for a host that nobody wrote a policy for. */
const DEFAULT_STARTS_PER_SECOND = 1;

/** Hosts that serve very many calendars have a pace of their own, as data. */
const GIANTS: Readonly<Record<string, number>> = {
  "calendar.google.com": 10,
  "outlook.office365.com": 5,
  "outlook.live.com": 5,
  "p01-caldav.icloud.com": 5,
  "calendar.yahoo.com": 2,
};

/** SQS takes no delay above this; a start further away is not sent. */
const DELAY_LIMIT_SECONDS = 900;

export function startsPerSecond(host: Host): number {
  return host.startsPerSecond ?? GIANTS[host.host] ?? DEFAULT_STARTS_PER_SECOND;
}

/** Starts for `count` tasks of one host, UTC milliseconds, and the first start that stays free. */
export type Reservation = { readonly startsAtMs: readonly number[]; readonly nextStartAtMs: number };

/** Reserves starts one after another at the host's pace, none before now, none during its cooldown or in one of its windows. */
export function reserveStarts(host: Host, count: number, nowMs: number): Reservation {
  const gapMs = 1000 / startsPerSecond(host);
  const cooldownMs = host.cooldownUntil === undefined ? 0 : Date.parse(host.cooldownUntil);
  let nextMs = Math.max(nowMs, host.nextStartAtMs ?? 0, cooldownMs);
  const startsAtMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startMs = startOutside(host, nextMs);
    startsAtMs.push(Math.round(startMs));
    nextMs = startMs + gapMs;
  }
  return { startsAtMs, nextStartAtMs: Math.round(nextMs) };
}

/** As many of `count` starts as SQS can delay a message to, none before `earliestMs`: whatever lies further away stays free for others. */
export function reserveNear(host: Host, count: number, nowMs: number, earliestMs = nowMs): Reservation {
  const { startsAtMs } = reserveStarts(host, count, earliestMs);
  const near = startsAtMs.filter((startAtMs) => delaySeconds(startAtMs, nowMs) !== undefined);
  return reserveStarts(host, near.length, earliestMs);
}

/**
 * Where in a list of `count` the minute begins: anywhere, and unrelated to where the same list began an hour or a day before, so that whoever
 * did not fit into the pace is among the first soon. The finalizer of MurmurHash3, public domain: each bit of the minute moves half of the answer's.
 */
export function beginningOf(minute: number, count: number): number {
  let mixed = Math.imul(minute ^ (minute >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return count === 0 ? 0 : ((mixed ^ (mixed >>> 16)) >>> 0) % count;
}

/** Whole seconds from now to a start, or undefined where it is too far away to be sent. */
export function delaySeconds(startAtMs: number, nowMs: number): number | undefined {
  const seconds = secondsUntil(startAtMs, nowMs);
  return seconds > DELAY_LIMIT_SECONDS ? undefined : seconds;
}

/** Whole seconds from now to a start, none where it is over. */
export function secondsUntil(startAtMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((startAtMs - nowMs) / 1000));
}
