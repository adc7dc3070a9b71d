import { describe, expect, it } from "vitest";

import { slotOf } from "../../lib/core/slots.ts";
import { sendTurn } from "../../lib/sync/send-turn.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { crashAfter, Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

/** Plays what Scheduler would call by now. */
async function callDue(stage: Stage): Promise<string[]> {
  const ends: string[] = [];
  for (const name of stage.world.reservations.due()) {
    const turn = stage.world.reservations.call(name);
    if (turn !== undefined) ends.push(await sendTurn(turn, stage.ports, stage.world.clock.now()));
    stage.world.reservations.taken(name);
  }
  return ends;
}

/** Works whatever the urgent lane has, and gives how it ended. */
async function workUrgent(stage: Stage): Promise<string[]> {
  const ends: string[] = [];
  const { urgent, clock } = stage.world;
  while (urgent.messages.size > 0) {
    clock.nowMs = Math.max(clock.nowMs, urgent.nextVisibleAtMs());
    const delivery = urgent.receive();
    if (delivery === undefined) continue;
    const end = await stage.import(JSON.parse(delivery.body));
    ends.push(end.kind === "retry" ? "retry" : end.status);
    urgent.acknowledge(delivery.messageId);
  }
  return ends;
}

describe("a task that somebody asked for", () => {
  it("and whose host says later is put on a one-time schedule, and ends under its own id", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 600 };
    stage.world.clock.advance(1000);
    const run = await syncNow(calendarId, stage.ports, stage.context());
    expect(await workUrgent(stage)).toEqual(["deferred"]);
    expect(stage.checkpoint(calendarId)).toMatchObject({ attempts: 0, deferrals: 1 });
    expect([...stage.world.reservations.records.keys()]).toEqual([run.taskId]);
    expect(await callDue(stage)).toEqual([]);
    source.manner = { kind: "well" };
    stage.world.clock.advance(13 * 60_000);
    expect(await callDue(stage)).toEqual(["sent"]);
    expect(await workUrgent(stage)).toEqual(["unchanged"]);
    expect(stage.world.calendars.runs.get(`${calendarId} ${run.runId}`)).toMatchObject({ status: "unchanged" });
    expect([...stage.world.reservations.records.keys()]).toEqual([]);
  });

  it("while its host cools down asks nobody and is put off as well", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const asked = source.served.length;
    await stage.world.hosts.coolDown(new URL(source.url).host, new Date(stage.world.clock.nowMs + HOUR_MS).toISOString());
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "deferred" });
    // And the next one by the calendar's own notBefore.
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "deferred" });
    expect(source.served.length).toBe(asked);
    expect(stage.world.reservations.schedules.size).toBe(2);
  });

  it("is booked before its turn is closed: a crash between the two loses nothing", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 600 };
    stage.disturb("reservations.book", crashAfter);
    const task = stage.askedTask(calendarId);
    await expect(stage.import(task)).rejects.toThrow("crash");
    expect(await stage.import(task)).toMatchObject({ status: "deferred" });
    expect(stage.world.reservations.schedules.size).toBe(1);
  });

  it("waits on a schedule where its host has no start within a quarter of an hour", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const { host } = new URL(source.url);
    stage.world.hosts.stored.set(host, { version: 1, host, nextStartAtMs: stage.world.clock.nowMs + HOUR_MS });
    const other = await syncNow(calendarId, stage.ports, stage.context());
    expect(stage.world.urgent.messages.size).toBe(0);
    expect(stage.world.reservations.records.get(other.taskId)).toMatchObject({ bookings: 1 });
    stage.world.clock.advance(HOUR_MS - 100_000);
    expect(await callDue(stage)).toEqual(["sent"]);
    expect(await workUrgent(stage)).toEqual(["unchanged"]);
    expect(source.served.at(-1)?.atMs).toBeGreaterThanOrEqual(stage.world.clock.nowMs);
  });
});

describe("a turn whose host says later", () => {
  it("waits for the next turn where that comes soon, for a schedule of its own where it does not", async () => {
    const stage = new Stage();
    const hourly = await stage.grow(5, { intervalMinutes: 60 });
    const daily = await stage.grow(5, { intervalMinutes: 1440 });
    for (const { source } of [hourly, daily]) source.manner = { kind: "throttled", seconds: 60 };
    expect(await stage.importTurn(hourly.calendarId)).toMatchObject({ status: "deferred" });
    expect(stage.world.reservations.schedules.size).toBe(0);
    expect(await stage.importTurn(daily.calendarId)).toMatchObject({ status: "deferred" });
    expect([...stage.world.reservations.records.values()]).toMatchObject([{ calendarId: daily.calendarId, reason: "tick" }]);
  });

  it("for 24 hours and three turns is a dead letter, and burns no attempt; one answer ends the count and the letter", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 60 };
    const statuses: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const end = await stage.importTurn(calendarId);
      statuses.push(end.kind === "done" ? end.status : end.kind);
      stage.world.clock.advance(10 * HOUR_MS);
    }
    expect(statuses).toEqual(["deferred", "deferred", "deferred", "failed"]);
    expect(stage.checkpoint(calendarId)).toMatchObject({ attempts: 0, failures: 0, deferrals: 4 });
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ code: "deferred-too-long", state: "open" });
    source.manner = { kind: "well" };
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.checkpoint(calendarId).deferrals).toBeUndefined();
    expect(stage.letter(`import-${calendarId}`).state).toBe("resolved");
  });
});

describe("410", () => {
  async function suspended(): Promise<{
    stage: Stage;
    calendarId: string;
    source: Awaited<ReturnType<Stage["grow"]>>["source"];
  }> {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-gone" };
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "failed", failure: { code: "source-gone" } });
    return { stage, calendarId, source };
  }
  const stateOf = (stage: Stage, calendarId: string): unknown => stage.world.calendars.metas.get(calendarId)?.state;

  it("suspends the calendar: off the wheel, one letter, the last good copy stands", async () => {
    const { stage, calendarId } = await suspended();
    expect(stateOf(stage, calendarId)).toBe("suspended");
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
    expect(stage.snapshot(calendarId).events).toHaveLength(5);
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ code: "source-gone", state: "open" });
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "paused" });
  });

  it("is over as soon as a sync-now succeeds", async () => {
    const { stage, calendarId, source } = await suspended();
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "failed" });
    expect(stateOf(stage, calendarId)).toBe("suspended");
    source.manner = { kind: "well" };
    expect(await stage.import(stage.askedTask(calendarId))).toMatchObject({ status: "unchanged" });
    expect(stateOf(stage, calendarId)).toBe("active");
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 60));
  });

  it("that crosses a success saved meanwhile suspends nothing", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-gone" };
    stage.before("calendars.moveState", async () => {
      source.manner = { kind: "well" };
      await stage.import(stage.askedTask(calendarId));
    });
    await stage.importTurn(calendarId);
    expect(stateOf(stage, calendarId)).toBe("active");
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 60));
  });

  it("whose worker dies before the wheel is left is settled by the next turn", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-gone" };
    stage.disturb("calendars.moveState", crashAfter);
    await expect(stage.importTurn(calendarId)).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId).wheel).toBeDefined();
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "paused" });
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
  });
});
