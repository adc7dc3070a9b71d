import { describe, expect, it } from "vitest";

import type { Run } from "../../lib/contract/run.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";
import { sampleEvents } from "./sources.ts";
import type { Source } from "./sources.ts";

function runOf(stage: Stage, calendarId: string, runId: string): Run | undefined {
  return stage.world.calendars.runs.get(`${calendarId} ${runId}`);
}

type Killed = { readonly stage: Stage; readonly calendarId: string; readonly source: Source; readonly task: ImportTask };

/** Somebody asked for two new events, the worker that imports them is killed there, and a minute goes by. */
async function killedAt(...[method, crash]: Parameters<Stage["disturb"]>): Promise<Killed> {
  const stage = new Stage();
  const { calendarId, source } = await stage.grow(3);
  source.events = sampleEvents(5);
  const task = stage.askedTask(calendarId);
  stage.disturb(method, crash);
  await expect(stage.import(task)).rejects.toThrow("crash");
  stage.world.clock.minutes(1);
  return { stage, calendarId, source, task };
}

describe("a sync that somebody asked for and whose worker was killed after its commit", () => {
  it.each([
    ["calendars.save", crashAfter],
    ["exports.sendExports", crashBefore],
    ["changes.publish", crashAfter],
    ["calendars.clearPending", crashAfter],
    ["calendars.putRun", crashBefore],
  ] as const)("says what it imported, killed at %s", async (method, crash) => {
    const { stage, calendarId, task } = await killedAt(method, crash);
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
    const { stage, calendarId, source, task } = await killedAt("changes.publish", crashBefore);
    source.manner = { kind: "failing", code: "source-not-found" };
    expect(await stage.import(task)).toMatchObject({ status: "failed" });
    expect(runOf(stage, calendarId, task.taskId)).toMatchObject({ status: "imported", created: 2 });
  });

  it("says so where the next turn finishes it before it comes again", async () => {
    const { stage, calendarId, task } = await killedAt("changes.publish", crashBefore);
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

it.each([
  ["feeds.flip", crashAfter],
  ["letters.put", crashBefore],
  ["changes.publish", crashBefore],
] as const)("a feed's letter is resolved by the next delivery where its builder was killed at %s", async (method, crash) => {
  const stage = new Stage();
  const { calendarId } = await stage.grow(3);
  const { feedId } = await stage.feedOf(calendarId);
  stage.world.feeds.builds.delete(feedId);
  const task = { version: 1, kind: "export", taskId: "x", feedId, calendarId, calendarVersion: 1, reason: "commit" } as const;
  stage.world.exportDeadLetters.send(JSON.stringify(task));
  expect(await stage.recordAll(stage.world.exportDeadLetters)).toEqual(["opened"]);
  stage.world.clock.minutes(1);
  stage.disturb(method, crash);
  await expect(stage.export(task)).rejects.toThrow("crash");
  stage.world.clock.minutes(1);
  expect(await stage.export(task)).toEqual({ kind: "done", status: "duplicate" });
  expect(stage.letter(`export-${feedId}`)).toMatchObject({ state: "resolved" });
});
