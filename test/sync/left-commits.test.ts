import { describe, expect, it } from "vitest";

import type { Run } from "../../lib/contract/run.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";
import { sampleEvents } from "./sources.ts";

function runOf(stage: Stage, calendarId: string, runId: string): Run | undefined {
  return stage.world.calendars.runs.get(`${calendarId} ${runId}`);
}

describe("a sync that somebody asked for and whose worker was killed after its commit", () => {
  it.each([
    ["calendars.save", crashAfter],
    ["exports.sendExports", crashBefore],
    ["changes.publish", crashAfter],
    ["calendars.clearPending", crashAfter],
    ["calendars.putRun", crashBefore],
  ] as const)("says what it imported, killed at %s", async (method, crash) => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(5);
    const task = stage.askedTask(calendarId);
    stage.disturb(method, crash);
    await expect(stage.import(task)).rejects.toThrow("crash");
    stage.world.clock.minutes(1);
    expect(await stage.import(task)).toMatchObject({ kind: "done", status: "unchanged" });
    const counts = { calendarVersion: 2, created: 2, updated: 0, deleted: 0, skipped: 0 };
    expect(runOf(stage, calendarId, task.taskId)).toMatchObject({
      status: "imported",
      taskId: task.taskId,
      reason: "sync-now",
      ...counts,
    });
  });

  it("says so still where the source fails by the second delivery", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(5);
    const task = stage.askedTask(calendarId);
    stage.disturb("changes.publish", crashBefore);
    await expect(stage.import(task)).rejects.toThrow("crash");
    stage.world.clock.minutes(1);
    source.manner = { kind: "failing", code: "source-not-found" };
    expect(await stage.import(task)).toMatchObject({ status: "failed" });
    expect(runOf(stage, calendarId, task.taskId)).toMatchObject({ status: "imported", created: 2 });
  });

  it("says so where the next turn finishes it before it comes again", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(5);
    const task = stage.askedTask(calendarId);
    stage.disturb("changes.publish", crashBefore);
    await expect(stage.import(task)).rejects.toThrow("crash");
    stage.world.clock.minutes(1);
    await stage.importTurn(calendarId);
    await stage.import(task);
    expect(runOf(stage, calendarId, task.taskId)).toMatchObject({ status: "imported", created: 2 });
  });
});

it("a rollback whose process was killed after its commit has its run", async () => {
  const stage = new Stage();
  const { calendarId, source } = await stage.grow(3);
  source.events = sampleEvents(5);
  await stage.importTurn(calendarId);
  stage.disturb("changes.publish", crashBefore);
  stage.world.clock.minutes(1);
  const choice = { calendarId, toVersion: 1 };
  await expect(rollbackCalendar(choice, stage.ports, stage.context())).rejects.toThrow("crash");
  stage.world.clock.minutes(1);
  await stage.importTurn(calendarId);
  const runs = [...stage.world.calendars.runs.values()].filter(({ reason }) => reason === "rollback");
  expect(runs).toMatchObject([{ status: "imported", deleted: 2, calendarVersion: 3 }]);
});
