import { expect, test } from "vitest";

import type { ImportTask } from "../../lib/contract/task.ts";
import { oneOffTaskId, runOf } from "../../lib/core/runs.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";

const [BEGAN, ENDED] = ["2026-05-06T01:00:00.000Z", "2026-05-06T01:00:02.000Z"];
const TURN: ImportTask = {
  version: 1,
  kind: "import",
  taskId: "task1",
  calendarId: "cal1",
  turn: 29_640_000,
  startAt: BEGAN,
  reason: "tick",
};
const { turn: _turn, ...ONE_OFF } = TURN;
const done = (status: Extract<TaskEnd, { kind: "done" }>["status"]): TaskEnd => ({ kind: "done", status });

test("a turn's run sorts by the time it began; one that was asked for is found by its task", () => {
  expect(runOf(TURN, done("imported"), BEGAN, ENDED)).toEqual({
    version: 1,
    runId: `${BEGAN}~29640000`,
    calendarId: "cal1",
    taskId: "task1",
    reason: "tick",
    status: "imported",
    startedAt: BEGAN,
    endedAt: ENDED,
  });
  const taskId = oneOffTaskId(BEGAN, "x1");
  expect(taskId).toBe(`${BEGAN}~x1`);
  expect(runOf({ ...ONE_OFF, taskId }, done("unchanged"), BEGAN, ENDED).runId).toBe(taskId);
});

test("a run names the failure, also of a task that will be tried again", () => {
  const failure = { code: "source-dns", reason: "no such host" } as const;
  const named = { status: "failed", code: "source-dns", detail: "no such host" };
  expect(runOf(TURN, { kind: "done", status: "failed", failure }, BEGAN, ENDED)).toMatchObject(named);
  expect(runOf(TURN, { kind: "retry", delaySeconds: 4, failure }, BEGAN, ENDED)).toMatchObject(named);
  expect(runOf(TURN, done("held"), BEGAN, ENDED)).not.toHaveProperty("code");
});

test("a task that found nothing to do is a duplicate; one of a paused calendar says so", () => {
  const statuses = ["gone", "paused", "exported", "duplicate", "deferred", "held"] as const;
  expect(statuses.map((status) => runOf(TURN, done(status), BEGAN, ENDED).status)).toEqual([
    "duplicate",
    "skipped",
    "duplicate",
    "duplicate",
    "deferred",
    "held",
  ]);
  expect(runOf(TURN, done("paused"), BEGAN, ENDED).detail).toBe("its calendar is paused; resume it, and ask again");
});
