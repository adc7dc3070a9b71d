import { beforeAll, describe, expect, it } from "vitest";

import { PoliteHours, SECONDS } from "./polite-hours.ts";
import type { Hours } from "./polite-hours.ts";

/** Windows of ten seconds within which the host was asked more often than `most` times. */
function tooBusy({ asked }: Hours, most: number, from: number, to: number): number[] {
  const starts = asked.filter(({ atMs }) => atMs >= from * 1000 && atMs < to * 1000).map(({ atMs }) => atMs);
  let first = 0;
  return starts.filter((atMs, index) => {
    while ((starts[first] ?? 0) <= atMs - 10_000) first += 1;
    return index - first + 1 > most;
  });
}

/** The same world without the host: its pace makes no difference there. */
let alone: Hours;
beforeAll(async () => {
  alone = await new PoliteHours({ feeds: 0, others: 1000, rate: 1 }).play();
}, 60_000);

/** 10,000 hourly feeds on one host, 1,000 on others, six hours: the host throttles for a while, and ticks are missed for half an hour. */
describe.each([
  ["well above its demand", 200, 2200],
  // SQS keeps whole seconds and hands out within another: at three starts a second that is three more.
  ["just above its demand", 3, 36],
])("six hours of a host with 10,000 feeds and a pace %s, %i a second", (_what, rate, most) => {
  const { throttled, missed } = SECONDS;
  let hours: Hours;
  beforeAll(async () => {
    hours = await new PoliteHours({ feeds: 10_000, others: 1000, rate }).play();
  }, 60_000);

  it("the host is asked for what it has, never above 1.1 times its pace in any ten seconds, twice while a backlog drains", () => {
    expect(hours.asked.length).toBeGreaterThan(40_000);
    // Half an hour of missed ticks is three ticks of ten minutes; what was put off drains for as long again.
    const drainedBy = missed.to + 2 * (missed.to - missed.from);
    expect(tooBusy(hours, most, 0, throttled.from)).toEqual([]);
    expect(tooBusy(hours, 20 * rate, throttled.from, drainedBy)).toEqual([]);
    expect(tooBusy(hours, most, drainedBy, SECONDS.end)).toEqual([]);
  });

  it("no request begins more than five seconds after a 429 until the cooldown ends, then one tries", () => {
    const refusals = hours.asked.filter(({ status }) => status === 429);
    expect(refusals.length).toBeGreaterThan(1);
    for (const { atMs, until = 0 } of refusals) {
      expect(hours.asked.filter((one) => one.atMs > atMs + 5000 && one.atMs < until)).toEqual([]);
    }
    // All but the first few, which nobody could know of, were heard by a task that tried alone.
    const tried = refusals.filter(({ atMs }) => atMs > (refusals[0]?.atMs ?? 0) + 5000);
    expect(tried.length).toBeGreaterThan(0);
    for (const { atMs, until = 0 } of tried) {
      expect(hours.asked.filter((one) => Math.abs(one.atMs - atMs) < 1000 && one.atMs < until)).toHaveLength(1);
    }
  });

  it("429s burn no attempt and give up nothing", () => {
    expect(hours.attempts).toBe(0);
    expect(hours.deadLetters).toBe(0);
  });

  it("other hosts start as soon as they would without it, by less than a tenth", () => {
    expect(alone.otherDelays.length).toBeGreaterThan(5000);
    expect(hours.otherDelays.length).toBe(alone.otherDelays.length);
    expect(mean(hours.otherDelays)).toBeLessThan(1.1 * mean(alone.otherDelays));
  });

  it("each feed of the host is imported again once all is well", () => {
    expect(hours.oldestSuccessMs).toBeGreaterThan((SECONDS.end - 2 * 3600) * 1000);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
