import { describe, expect, it } from "vitest";

import { Stage } from "./stage.ts";
import { sampleEvents } from "./sources.ts";

describe("an import", () => {
  it("of a new calendar commits its events, asks for no export where no feed holds it, and publishes each event", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant(3);
    const end = await stage.importTurn(calendarId);
    expect(end).toEqual({ kind: "done", status: "imported" });
    const counts = { created: 3, updated: 0, deleted: 0, skipped: 0, calendarVersion: 1 };
    expect([...stage.world.calendars.runs.values()]).toMatchObject([{ status: "imported", ...counts }]);
    expect(stage.checkpoint(calendarId)).toMatchObject({
      calendarVersion: 1,
      eventCount: 3,
      failures: 0,
      attempts: 0,
      etag: '"v1"',
    });
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    expect(stage.world.exports.messages.size).toBe(0);
    expect(stage.world.published).toMatchObject([{ calendarVersion: 1, previousVersion: 0, part: 1, parts: 1, kind: "created" }]);
    expect(stage.world.published[0]?.changes?.map(({ uid }) => uid)).toEqual([
      "e1@example.org",
      "e2@example.org",
      "e3@example.org",
    ]);
  });

  it("that finds 304 costs one read and one write, and the host's record that a worker remembers", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const end = await stage.importTurn(calendarId);
    expect(end).toEqual({ kind: "done", status: "unchanged" });
    expect(stage.calls).toEqual(["calendars.load", "hosts.blackoutOf", "hosts.cooldownUntil", "source.fetch", "calendars.save"]);
  });

  it("of the same content under other bytes reads no snapshot and writes none", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.validators = "none";
    source.events = source.events.toReversed();
    const end = await stage.importTurn(calendarId);
    expect(end).toEqual({ kind: "done", status: "unchanged" });
    expect(stage.calls.filter((call) => call.startsWith("objects."))).toEqual([]);
    expect(stage.checkpoint(calendarId)).toMatchObject({ calendarVersion: 1 });
    expect(stage.checkpoint(calendarId).etag).toBeUndefined();
  });

  it("of one edited title publishes exactly one change", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = source.events.with(1, { uid: "e2@example.org", title: "Moved" });
    const end = await stage.importTurn(calendarId);
    expect(end).toMatchObject({ status: "imported" });
    const counts = { created: 0, updated: 1, deleted: 0, calendarVersion: 2 };
    expect([...stage.world.calendars.runs.values()].at(-1)).toMatchObject({ status: "imported", ...counts });
    expect(stage.world.published).toHaveLength(1);
    expect(stage.world.published[0]).toMatchObject({
      kind: "updated",
      calendarVersion: 2,
      previousVersion: 1,
      changes: [{ uid: "e2@example.org", sequence: 1 }],
    });
  });

  it("with events created and deleted publishes one message for each kind, numbered", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(4);
    source.events = [...source.events.slice(1), { uid: "new@example.org", title: "Something else" }];
    await stage.importTurn(calendarId);
    expect(stage.world.published.map(({ kind, part, parts }) => ({ kind, part, parts }))).toEqual([
      { kind: "created", part: 1, parts: 2 },
      { kind: "deleted", part: 2, parts: 2 },
    ]);
  });

  it("sends one export task for each feed that holds the calendar, and lets a feed settle", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const one = await stage.feedOf(calendarId);
    const other = await stage.feedOf(calendarId);
    source.events = sampleEvents(4);
    await stage.importTurn(calendarId);
    const tasks = [...stage.world.exports.messages.values()];
    expect(tasks.map(({ body }): unknown => JSON.parse(body))).toEqual(
      [one, other].map(({ feedId }) => ({
        version: 1,
        kind: "export",
        taskId: `${feedId}<${calendarId}@2`,
        feedId,
        calendarId,
        calendarVersion: 2,
        reason: "commit",
      })),
    );
    expect(tasks.map((task) => task.visibleAtMs - task.sentAtMs)).toEqual([15_000, 15_000]);
  });

  it("of a first version exports at once, for somebody waits", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant(3);
    await stage.feedOf(calendarId);
    await stage.importTurn(calendarId);
    expect([...stage.world.exports.messages.values()].map((task) => task.visibleAtMs - task.sentAtMs)).toEqual([0]);
  });

  it("sends the validators of the last good copy, and none that another engine or policy stored", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    stage.world.calendars.checkpoints.set(calendarId, { ...stage.checkpoint(calendarId), engineKey: "0:keep" });
    await stage.importTurn(calendarId);
    expect(source.served.at(-1)?.kind).toBe("complete");
    await stage.importTurn(calendarId);
    expect(source.served.at(-1)?.kind).toBe("unchanged");
  });

  it("prunes after a commit and not after a turn without one", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    await stage.importTurn(calendarId);
    expect(stage.calls).not.toContain("objects.prune");
    source.events = sampleEvents(6);
    await stage.importTurn(calendarId);
    expect(stage.calls).toContain("objects.prune");
  });
});

describe("a task that has nothing to do", () => {
  it("for a turn that was done asks nobody", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    const task = stage.turnTask(calendarId);
    await stage.import(task);
    stage.settle();
    expect(await stage.import(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(await stage.import({ ...task, turn: (task.turn ?? 0) - 1 })).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.calls).toEqual(["calendars.load", "calendars.load"]);
  });

  it("for a calendar that is gone, or half of it, ends as gone", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    expect(await stage.importTurn("nobody")).toEqual({ kind: "done", status: "gone" });
    stage.world.calendars.metas.delete(calendarId);
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "gone" });
  });

  it.each(["paused", "suspended"] as const)("for a %s calendar leaves it be, unless somebody asked", async (state) => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    const calendar = stage.world.calendars.metas.get(calendarId);
    if (calendar !== undefined) stage.world.calendars.metas.set(calendarId, { ...calendar, state });
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "paused" });
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "imported" });
  });

  it("before the calendar's notBefore waits for a later turn, while somebody who asks may cut our own back-off short", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "deferred", failure: { code: "host-cooling-down" } });
    source.manner = { kind: "well" };
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "unchanged" });
  });
});

describe("what somebody asked for", () => {
  it("can be followed by its task id to its end", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const task = stage.askedTask(calendarId);
    await stage.import(task);
    expect(stage.world.calendars.runs.get(`${calendarId} ${task.taskId}`)).toMatchObject({
      status: "unchanged",
      reason: "sync-now",
    });
  });

  it("says what its first delivery did where the message came twice", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.events = sampleEvents(7);
    const task = stage.askedTask(calendarId);
    expect(await stage.import(task)).toMatchObject({ status: "imported" });
    stage.world.clock.minutes(1);
    expect(await stage.import(task)).toMatchObject({ status: "unchanged" });
    const run = stage.world.calendars.runs.get(`${calendarId} ${task.taskId}`);
    expect(run).toMatchObject({ status: "imported", created: 2, calendarVersion: 2 });
  });

  it("leaves a run that says deferred while the host cools down", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 600 };
    await stage.importTurn(calendarId);
    const task = stage.askedTask(calendarId);
    expect(await stage.import(task)).toMatchObject({ status: "deferred" });
    const run = stage.world.calendars.runs.get(`${calendarId} ${task.taskId}`);
    expect(run).toMatchObject({ status: "deferred", code: "host-cooling-down" });
  });

  it("leaves a run that says duplicate where a later fetch was faster", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const task = stage.askedTask(calendarId);
    stage.before("calendars.save", async () => await stage.importTurn(calendarId));
    expect(await stage.import(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.world.calendars.runs.get(`${calendarId} ${task.taskId}`)).toMatchObject({ status: "duplicate" });
  });
});
