import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Countdown } from "../../lib/http/countdown.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("a time limit is over after its time, and not before", () => {
  const { signal } = new Countdown(1000);
  vi.advanceTimersByTime(999);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.aborted).toBe(true);
});

test("time that somebody waits for others does not count, however it ends", async () => {
  const countdown = new Countdown(1000);
  vi.advanceTimersByTime(400);
  await countdown.without(async () => void (await Promise.resolve(vi.advanceTimersByTime(9000))));
  await expect(countdown.without(async () => await Promise.reject(new Error("gone")))).rejects.toThrow("gone");
  vi.advanceTimersByTime(599);
  expect(countdown.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(countdown.signal.aborted).toBe(true);
});

test("a stopped one is never over", () => {
  const countdown = new Countdown(1000);
  countdown.stop();
  vi.advanceTimersByTime(5000);
  expect(countdown.signal.aborted).toBe(false);
});
