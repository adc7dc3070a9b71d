/** The wheel: where a calendar stands and which places are due at a minute. */
import { createHash } from "node:crypto";

import { INTERVALS_MINUTES, SHARD_COUNT } from "../contract/slot.ts";
import type { IntervalMinutes } from "../contract/slot.ts";

const MINUTES_A_DAY = 1440;
/** Minutes one tick covers at most, so that its work stays bounded after an outage. */
const OWED_LIMIT = 10;

/** Minutes since the epoch, whole. */
export function minuteOf(instant: Date): number {
  return Math.floor(instant.getTime() / 60_000);
}

/** `<interval>#<phase>#<shard>`: the calendar's place on the wheel. */
export function slotOf(calendarId: string, intervalMinutes: IntervalMinutes): string {
  const digest = createHash("sha256").update(calendarId).digest();
  return slotKey(intervalMinutes, digest.readUInt32BE(0) % intervalMinutes, digest.readUInt32BE(4) % SHARD_COUNT);
}

/** Minutes between two turns of a slot. */
export function intervalOf(slot: string): number {
  return Number(slot.slice(0, slot.indexOf("#")));
}

/** Every slot due at the minute `minute`, when the tick runs at `tickMinute`: an interval missed more than once is due once. */
export function slotsDue(minute: number, tickMinute: number): string[] {
  return INTERVALS_MINUTES.filter((interval) => minute > tickMinute - interval).flatMap((interval) =>
    Array.from({ length: SHARD_COUNT }, (_, shard) => slotKey(interval, minute % interval, shard)),
  );
}

/** Minutes a tick at `tickMinute` owes, oldest first. `covered` is the cursor; a stack that never ticked owes the last ten. */
export function minutesOwed(covered: number | undefined, tickMinute: number): number[] {
  const oldest = covered === undefined ? tickMinute - OWED_LIMIT : Math.max(covered, tickMinute - MINUTES_A_DAY);
  const count = Math.min(OWED_LIMIT, Math.max(0, tickMinute - oldest));
  return Array.from({ length: count }, (_, index) => oldest + 1 + index);
}

/** First minute after `minute` at which the slot is due. */
export function nextTurn(slot: string, minute: number): number {
  const [interval = 1, phase = 0] = slot.split("#").map(Number);
  const behind = (((minute - phase) % interval) + interval) % interval;
  return minute + interval - behind;
}

/** The smallest interval on the list that is not below what owner and feed ask for; the feed's hint is cut at a day. */
export function effectiveInterval(ownersMinutes: IntervalMinutes, hintMinutes: number | undefined): IntervalMinutes {
  const wanted = Math.max(ownersMinutes, Math.min(hintMinutes ?? 0, MINUTES_A_DAY));
  return INTERVALS_MINUTES.find((interval) => interval >= wanted) ?? MINUTES_A_DAY;
}

function slotKey(interval: IntervalMinutes, phase: number, shard: number): string {
  return `${interval}#${phase}#${shard}`;
}
