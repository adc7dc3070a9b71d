import { describe, expect, it } from "vitest";

import { refreshCalendar } from "../../lib/sync/refresh-calendar.ts";
import { crashAfter, crashBefore, sentTwice, Stage } from "./stage.ts";
import { sampleEvents } from "./sources.ts";

describe("a lost race", () => {
  it("decides again where its fetch began later than the one that won", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const early = stage.askedTask(calendarId);
    let late: unknown;
    // The early fetch reads four events; while it has not saved, a later one begins, reads five, and loses the race to write.
    source.events = sampleEvents(4);
    stage.before("calendars.save", async () => {
      source.events = sampleEvents(5);
      const task = stage.askedTask(calendarId);
      stage.before(
        "calendars.save",
        async () => await Promise.resolve(stage.world.calendars.save(...earlySave(stage, calendarId))),
      );
      late = await stage.import(task);
    });
    const end = await stage.import(early);
    expect(late).toMatchObject({ status: "imported" });
    const imported = [...stage.world.calendars.runs.values()].filter(({ status }) => status === "imported");
    expect(imported.at(-1)).toMatchObject({ calendarVersion: 3, created: 2 });
    expect(end).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.snapshot(calendarId).events).toHaveLength(5);
  });

  it("does nothing where a fetch that began later has won", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(4);
    stage.before("calendars.save", async () => {
      source.events = sampleEvents(5);
      await stage.importTurn(calendarId);
    });
    expect(await stage.import(stage.askedTask(calendarId))).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.snapshot(calendarId).events).toHaveLength(5);
    expect(stage.checkpoint(calendarId).calendarVersion).toBe(2);
  });

  it("gives no validators back that somebody had forgotten while it asked", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const refresh = async (): Promise<void> => void (await refreshCalendar(calendarId, stage.ports, stage.context()));
    stage.before("calendars.save", refresh);
    // "As before" says nothing to whoever wants it read anew.
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ kind: "retry", failure: { code: "commit-lost" } });
    expect(stage.checkpoint(calendarId).etag).toBeUndefined();
    expect(source.served.at(-1)?.kind).toBe("unchanged");
    expect(await stage.workUrgent()).toEqual(["unchanged"]);
    expect(source.served.at(-1)?.kind).toBe("complete");
    source.manner = { kind: "failing", code: "source-timeout" };
    stage.before("calendars.save", refresh);
    await stage.import(stage.askedTask(calendarId));
    expect(stage.checkpoint(calendarId)).toMatchObject({ outcome: { status: "failed" }, calendarVersion: 1 });
    expect(stage.checkpoint(calendarId).etag).toBeUndefined();
  });

  it("is tried again later where it is lost time after time", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(4);
    const task = stage.askedTask(calendarId);
    const touch = async (): Promise<void> => {
      const checkpoint = stage.checkpoint(calendarId);
      const next = { ...checkpoint, calendarVersion: checkpoint.calendarVersion + 1 };
      stage.world.calendars.checkpoints.set(calendarId, next);
    };
    for (let round = 0; round < 3; round += 1) stage.before("calendars.save", touch);
    expect(await stage.import(task)).toMatchObject({ kind: "retry", failure: { code: "commit-lost" } });
    expect(await stage.import(task)).toMatchObject({ kind: "done", status: "imported" });
  });

  it("is no race where the table took the save and its answer was lost: what was promised is done", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    await stage.feedOf(calendarId);
    source.events = sampleEvents(4);
    stage.disturb("calendars.save", sentTwice);
    expect(await stage.importTurn(calendarId)).toMatchObject({ kind: "done" });
    expect(stage.checkpoint(calendarId)).toMatchObject({ calendarVersion: 2 });
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    expect(stage.world.published).toHaveLength(1);
    expect(stage.world.exports.messages.size).toBe(1);
  });
});

/** What an early fetch of four events would commit, as another worker does it. */
function earlySave(stage: Stage, calendarId: string): Parameters<Stage["world"]["calendars"]["save"]> {
  const checkpoint = stage.checkpoint(calendarId);
  const began = new Date(stage.world.clock.nowMs - 1).toISOString();
  const { calendarVersion } = checkpoint;
  return [
    { ...checkpoint, calendarVersion: calendarVersion + 1, fetchedAt: began },
    { calendarVersion, turn: undefined, fetchBegan: began },
  ];
}

describe("a crash", () => {
  it("before the commit leaves everything as it was, and the next delivery does it all", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(4);
    const task = stage.turnTask(calendarId);
    const before = stage.checkpoint(calendarId);
    stage.disturb("calendars.save", crashBefore);
    await expect(stage.import(task)).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId)).toEqual(before);
    expect(await stage.import(task)).toMatchObject({ status: "imported" });
    expect([...stage.world.calendars.runs.values()].at(-1)).toMatchObject({ status: "imported", created: 1 });
  });

  it.each([
    ["calendars.save", crashAfter],
    ["exports.sendExports", crashBefore],
    ["exports.sendExports", crashAfter],
    ["objects.getChanges", crashBefore],
    ["changes.publish", crashBefore],
    ["changes.publish", crashAfter],
    ["calendars.clearPending", crashBefore],
  ] as const)("after the commit, at %s, is finished by the next delivery", async (method, crash) => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const { feedId } = await stage.feedOf(calendarId);
    source.events = sampleEvents(4);
    const task = stage.turnTask(calendarId);
    stage.disturb(method, crash);
    await expect(stage.import(task)).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId).pending).toMatchObject({ version: 2 });
    expect(await stage.import(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    expect(stage.world.published.map(({ calendarVersion }) => calendarVersion)).toContain(2);
    expect((await stage.exportAll()).at(0)).toMatchObject({ status: "exported" });
    expect(stage.build(feedId).members).toEqual({ [calendarId]: 2 });
  });

  it("between two published messages goes on with the second", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(4);
    source.events = [...source.events.slice(1), { uid: "new@example.org", title: "Something else" }];
    const task = stage.turnTask(calendarId);
    stage.disturb("calendars.saveCursor", crashAfter);
    await expect(stage.import(task)).rejects.toThrow("crash");
    await stage.import(task);
    expect(stage.world.published.map(({ kind }) => kind)).toEqual(["created", "deleted"]);
  });

  it("after the commit is finished by the next turn where the message never comes back", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(4);
    stage.disturb("changes.publish", crashBefore);
    await expect(stage.importTurn(calendarId)).rejects.toThrow("crash");
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.world.published).toMatchObject([{ calendarVersion: 2 }]);
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
  });

  it("never removes what a later commit promised", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(4);
    stage.before("calendars.clearPending", async () => {
      source.events = sampleEvents(5);
      stage.disturb("changes.publish", crashBefore);
      await expect(stage.importTurn(calendarId)).rejects.toThrow("crash");
    });
    stage.before("calendars.clearPending", async () => await Promise.resolve());
    await stage.importTurn(calendarId);
    expect(stage.checkpoint(calendarId).pending?.version ?? 2).toBeGreaterThanOrEqual(2);
    await stage.importTurn(calendarId);
    expect(new Set(stage.world.published.map(({ calendarVersion }) => calendarVersion))).toEqual(new Set([2, 3]));
  });
});

describe("a task that only puts something off", () => {
  it("takes nothing back that a success saved meanwhile", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const at = new Date(stage.world.clock.nowMs + 999).toISOString();
    stage.before("source.fetch", async () => {
      const checkpoint = stage.checkpoint(calendarId);
      const { calendarVersion } = checkpoint;
      const success = { ...checkpoint, fetchedAt: at, lastSuccessAt: at };
      await stage.world.calendars.save(success, { calendarVersion, turn: undefined, fetchBegan: at });
      source.manner = { kind: "throttled", seconds: 600 };
    });
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "deferred" });
    const { outcome, fetchedAt, lastSuccessAt } = stage.checkpoint(calendarId);
    expect({ status: outcome?.status, fetchedAt, lastSuccessAt }).toEqual({
      status: "deferred",
      fetchedAt: at,
      lastSuccessAt: at,
    });
  });
});
