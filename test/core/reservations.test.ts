import { describe, expect, test } from "vitest";

import type { ImportTask } from "../../lib/contract/task.ts";
import { hasNoTurnSoon, ownTurnOf, putOff, reservedStart, scheduleName } from "../../lib/core/reservations.ts";

const NOW_MS = Date.parse("2026-05-06T01:00:00.500Z");
const TASK: ImportTask = {
  version: 1,
  kind: "import",
  taskId: "2026-05-06T00:59:00.000Z~id1",
  calendarId: "c",
  startAt: "2026-05-06T00:59:00.000Z",
  reason: "sync-now",
};

describe("a task on a one-time schedule", () => {
  test("is called two minutes before its reserved start, on a whole second", () => {
    const reservation = reservedStart(TASK, "owner", NOW_MS + 3_600_000, NOW_MS);
    expect(reservation).toMatchObject({ dueAt: "2026-05-06T01:58:01.000Z", startAt: "2026-05-06T02:00:00.500Z", bookings: 1 });
    expect(ownTurnOf(reservation)).toEqual({
      calendarId: "c",
      taskId: TASK.taskId,
      reason: "sync-now",
      replayOf: undefined,
      startAt: "2026-05-06T02:00:00.500Z",
      bookings: 1,
    });
  });

  test("is never due within a minute, for a schedule in the past is never called", () => {
    expect(putOff(TASK, "owner", "2026-05-06T01:00:01.000Z", NOW_MS).dueAt).toBe("2026-05-06T01:01:01.000Z");
    const later = putOff(TASK, "owner", "2026-05-06T03:00:00.000Z", NOW_MS);
    expect([later.dueAt, later.startAt]).toEqual(["2026-05-06T03:00:00.000Z", undefined]);
  });

  test("counts how often it was put off, and is named by that: a doubled message makes one schedule", () => {
    const first = putOff(TASK, "owner", "2026-05-06T03:00:00.000Z", NOW_MS);
    const doubled = putOff(TASK, "owner", "2026-05-06T03:07:00.000Z", NOW_MS);
    const second = putOff({ ...TASK, bookings: 1 }, "owner", "2026-05-06T05:00:00.000Z", NOW_MS);
    expect(scheduleName(first)).toBe(scheduleName(doubled));
    expect(scheduleName(second)).not.toBe(scheduleName(first));
    expect([first.bookings, second.bookings]).toEqual([1, 2]);
  });

  test("has a name that Scheduler takes, whatever its owner is called", () => {
    expect(scheduleName(putOff(TASK, "o".repeat(40), "2026-05-06T03:00:00.000Z", NOW_MS))).toMatch(/^o{40}\.[\w-]{22}$/u);
  });
});

describe("a deferred task", () => {
  const until = "2026-05-06T01:00:00.000Z";
  test.each([
    ["asked for by a person", undefined, "60#0#0", true],
    ["of an hourly calendar", 1, "60#0#0", false],
    ["of a turn that comes in two hours", 1, "180#0#0", false],
    ["of a daily calendar", 1, "1440#30#0", true],
    ["of a calendar that is off the wheel", 1, undefined, false],
  ])("%s is put back on a schedule: %s", (_what, turn, slot, expected) => {
    expect(hasNoTurnSoon({ ...TASK, ...(turn === undefined ? {} : { turn }) }, slot, until)).toBe(expected);
  });
});
