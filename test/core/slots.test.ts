import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { INTERVALS_MINUTES } from "../../lib/contract/slot.ts";
import { effectiveInterval, intervalOf, minutesOwed, minuteOf, nextTurn, slotOf, slotsDue } from "../../lib/core/slots.ts";

test("a minute counts from the epoch, seconds aside", () => {
  expect(minuteOf(new Date("1970-01-01T00:00:00Z"))).toBe(0);
  expect(minuteOf(new Date("1970-01-01T00:02:59.999Z"))).toBe(2);
});

test("a calendar's slot has its interval, and phase and shard from the hash of its id", () => {
  const digest = createHash("sha256").update("cal1").digest();
  const [phase, shard] = [digest.readUInt32BE(0) % 60, digest.readUInt32BE(4) % 8];
  expect(slotOf("cal1", 60)).toBe(`60#${phase}#${shard}`);
  expect(intervalOf(slotOf("cal1", 60))).toBe(60);
  expect(intervalOf("1440#1439#7")).toBe(1440);
});

test("phases and shards are spread over all there are", () => {
  const slots = Array.from({ length: 2000 }, (_, index) => slotOf(`cal${index}`, 10).split("#"));
  expect(new Set(slots.map(([, phase]) => phase)).size).toBe(10);
  expect(new Set(slots.map(([, , shard]) => shard)).size).toBe(8);
});

test("at each minute every interval is due in one phase and all shards", () => {
  const due = slotsDue(1443, 1443);
  expect(due).toHaveLength(INTERVALS_MINUTES.length * 8);
  expect(due.slice(0, 9)).toEqual(["5#3#0", "5#3#1", "5#3#2", "5#3#3", "5#3#4", "5#3#5", "5#3#6", "5#3#7", "10#3#0"]);
  expect(due.at(-1)).toBe("1440#3#7");
});

test("an interval that was missed more than once is due once, at the later minute", () => {
  const intervals = (minute: number, tick: number): Set<number> => new Set(slotsDue(minute, tick).map(intervalOf));
  expect(intervals(995, 1000).has(5)).toBe(false);
  expect(intervals(996, 1000).has(5)).toBe(true);
  expect(intervals(990, 1000)).toEqual(new Set(INTERVALS_MINUTES.slice(2)));
});

test("a tick owes the minutes since the cursor, at most ten, the oldest first", () => {
  expect(minutesOwed(99, 100)).toEqual([100]);
  expect(minutesOwed(97, 100)).toEqual([98, 99, 100]);
  expect(minutesOwed(50, 100)).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
  expect(minutesOwed(undefined, 100)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
});

test("a tick that comes twice or late by the clock owes nothing", () => {
  expect(minutesOwed(100, 100)).toEqual([]);
  expect(minutesOwed(101, 100)).toEqual([]);
});

test("a gap over a day counts as a day", () => {
  expect(minutesOwed(0, 5000)[0]).toBe(5000 - 1440 + 1);
  expect(minutesOwed(5000 - 1440, 5000)[0]).toBe(5000 - 1440 + 1);
  expect(minutesOwed(5000 - 1439, 5000)[0]).toBe(5000 - 1439 + 1);
});

test("the next turn is the first minute after this one with the slot's phase", () => {
  expect(nextTurn("10#3#0", 12)).toBe(13);
  expect(nextTurn("10#3#0", 13)).toBe(23);
  expect(nextTurn("10#3#0", 14)).toBe(23);
  expect(nextTurn("10#3#0", 2)).toBe(3);
  expect(nextTurn("10#9#0", 0)).toBe(9);
});

test("the interval is the smallest on the list that neither owner nor feed asks to be longer", () => {
  expect(effectiveInterval(15, undefined)).toBe(15);
  expect(effectiveInterval(15, 10)).toBe(15);
  expect(effectiveInterval(15, 16)).toBe(30);
  expect(effectiveInterval(15, 30)).toBe(30);
  expect(effectiveInterval(60, 100_000)).toBe(1440);
  expect(effectiveInterval(1440, 5)).toBe(1440);
});
