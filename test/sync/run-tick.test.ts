import { describe, expect, it } from "vitest";

import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { emptyCheckpoint } from "../../lib/core/registry.ts";
import { minuteOf, nextTurn, slotOf } from "../../lib/core/slots.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import type { TickReport } from "../../lib/sync/run-tick.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";

const DEADLINE_MS = 50_000;

async function tick(stage: Stage): Promise<TickReport> {
  const { clock } = stage.world;
  return await runTick(stage.ports, { now: clock.now, deadline: new Date(clock.nowMs + DEADLINE_MS) });
}

/** Registers so many calendars of one interval at one host on the wheel, all due at the same minute: the clock's next. */
function crowd(stage: Stage, host: string, count: number, minute: number): string[] {
  const ids: string[] = [];
  for (let number = 0; ids.length < count; number += 1) {
    const calendarId = `${host}-${number}`;
    const wheel = slotOf(calendarId, 5);
    if (nextTurn(wheel, minute - 1) !== minute) continue;
    const checkpoint: Checkpoint = { ...emptyCheckpoint(calendarId), host, wheel };
    void stage.world.calendars.putCheckpoint(checkpoint);
    ids.push(calendarId);
  }
  return ids;
}

function sent(stage: Stage): ImportTask[] {
  return [...stage.world.imports.messages.values()].map(({ body }): ImportTask => JSON.parse(body));
}

/** Seconds after the clock at which each task may start, and those that SQS keeps it for. */
function starts(stage: Stage): readonly (readonly [seconds: number, delay: number])[] {
  return [...stage.world.imports.messages.values()].map(({ body, sentAtMs, visibleAtMs }) => {
    const task: ImportTask = JSON.parse(body);
    return [(Date.parse(task.startAt) - stage.world.clock.nowMs) / 1000, (visibleAtMs - sentAtMs) / 1000] as const;
  });
}

function now(stage: Stage): number {
  return minuteOf(stage.world.clock.now());
}

describe("a tick", () => {
  it("sends each due calendar once, named by its turn, and moves the cursor", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    const [calendarId = ""] = crowd(stage, "one.example", 1, now(stage));
    const turn = now(stage);
    expect(await tick(stage)).toEqual({ outcome: "done", minutes: 1, sent: 1, waiting: 0, paceExceeded: {} });
    const startAt = stage.world.clock.now().toISOString();
    const task = { version: 1, kind: "import", taskId: `${calendarId}@${turn}`, calendarId, turn, startAt, reason: "tick" };
    expect(sent(stage)).toEqual([task]);
    expect(stage.world.cursor).toEqual({ covered: turn, claimedUntil: undefined });
  });

  it("that is doubled sends nothing, for the cursor has moved", async () => {
    const stage = new Stage();
    crowd(stage, "one.example", 1, now(stage));
    await tick(stage);
    const { size } = stage.world.imports.messages;
    expect(await tick(stage)).toMatchObject({ outcome: "done", minutes: 0, sent: 0 });
    expect(stage.world.imports.messages.size).toBe(size);
  });

  it("that meets another's live claim leaves, and one that meets a dead claim goes on", async () => {
    const stage = new Stage();
    const until = new Date(stage.world.clock.nowMs + 1).toISOString();
    stage.world.cursor.claimedUntil = until;
    expect(await tick(stage)).toMatchObject({ outcome: "claimed-elsewhere", minutes: 0 });
    expect(stage.world.cursor).toEqual({ claimedUntil: until });
    stage.world.clock.advance(1);
    expect(await tick(stage)).toMatchObject({ outcome: "done", minutes: 10 });
  });

  it("owes what the missed ones left, at most ten minutes at a time, and each calendar once", async () => {
    const stage = new Stage();
    const minute = now(stage);
    stage.world.cursor.covered = minute - 25;
    crowd(stage, "one.example", 1, minute - 24);
    const minutes: number[] = [];
    for (let round = 0; round < 3; round += 1) minutes.push((await tick(stage)).minutes);
    expect(minutes).toEqual([10, 10, 5]);
    // Five-minute turns more than five minutes old are as good as the newest one.
    expect(sent(stage).map(({ turn }) => turn)).toEqual([minute - 4]);
  });

  it("that runs out of time covers what it did and leaves the rest to the next", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 10;
    const deadline = new Date(stage.world.clock.nowMs + 30_000);
    stage.before("cursor.cover", async () => await Promise.resolve(stage.world.clock.advance(30_000)));
    const report = await runTick(stage.ports, { now: stage.world.clock.now, deadline });
    expect(report).toMatchObject({ outcome: "out-of-time", minutes: 1 });
    expect(stage.world.cursor.claimedUntil).toBeUndefined();
    expect(await tick(stage)).toMatchObject({ outcome: "done", minutes: 9 });
  });

  it.each([
    ["before", crashBefore, 1],
    ["after", crashAfter, 2],
  ] as const)("that dies %s sending sends the minute again once its claim is dead", async (_when, crash, copies) => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    const [calendarId] = crowd(stage, "one.example", 1, now(stage));
    const turn = now(stage);
    stage.disturb("imports.sendImports", crash);
    await expect(tick(stage)).rejects.toThrow("crash");
    expect(await tick(stage)).toMatchObject({ outcome: "claimed-elsewhere" });
    stage.world.clock.minutes(1);
    await tick(stage);
    const ids = sent(stage).map(({ taskId }) => taskId);
    expect(ids.filter((id) => id === `${calendarId}@${turn}`)).toHaveLength(copies);
  });

  it("leaves out a calendar whose time has not come", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    const [calendarId = ""] = crowd(stage, "one.example", 1, now(stage));
    const checkpoint = stage.checkpoint(calendarId);
    stage.world.calendars.checkpoints.set(calendarId, { ...checkpoint, notBefore: "2026-05-06T01:00:00.001Z" });
    expect(await tick(stage)).toMatchObject({ sent: 0, waiting: 1 });
  });
});

describe("the pace of a host", () => {
  it("spreads a crowd over its seconds, ten starts a write", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    crowd(stage, "one.example", 12, now(stage));
    await tick(stage);
    const expected = Array.from({ length: 12 }, (_, second) => [second, second]);
    expect(starts(stage)).toEqual(expected);
    expect(stage.calls.filter((call) => call === "hosts.reserve")).toHaveLength(2);
    expect(stage.world.hosts.stored.get("one.example")?.nextStartAtMs).toBe(stage.world.clock.nowMs + 12_000);
  });

  it("costs a host with one task no write", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    crowd(stage, "one.example", 1, now(stage));
    crowd(stage, "other.example", 1, now(stage));
    await tick(stage);
    expect(starts(stage)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(stage.calls).not.toContain("hosts.reserve");
  });

  it("slower than one start a second is written down for one task too, for ticks may follow each other closely", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    stage.world.hosts.stored.set("slow.example", { version: 1, host: "slow.example", startsPerSecond: 0.01 });
    crowd(stage, "slow.example", 1, now(stage));
    crowd(stage, "slow.example", 1, now(stage) + 1);
    await tick(stage);
    stage.world.clock.minutes(1);
    await tick(stage);
    // The second is a minute later, so that it waits for the other forty seconds.
    expect(starts(stage)).toEqual([
      [-60, 0],
      [40, 40],
    ]);
  });

  it("holds over all the minutes that one tick owes", async () => {
    const stage = new Stage();
    const minute = now(stage);
    stage.world.cursor.covered = minute - 4;
    for (let back = 0; back < 4; back += 1) crowd(stage, "one.example", 1, minute - back);
    await tick(stage);
    expect(starts(stage).map(([seconds]) => seconds)).toEqual([0, 1, 2, 3]);
    expect(stage.calls.filter((call) => call === "hosts.hosts")).toHaveLength(1);
  });

  it("begins after what others have reserved, and after the host's cooldown", async () => {
    const stage = new Stage();
    const { nowMs } = stage.world.clock;
    stage.world.cursor.covered = now(stage) - 1;
    crowd(stage, "busy.example", 1, now(stage));
    crowd(stage, "cold.example", 1, now(stage));
    stage.world.hosts.stored.set("busy.example", { version: 1, host: "busy.example", nextStartAtMs: nowMs + 7000 });
    const cooldownUntil = new Date(nowMs + 90_000).toISOString();
    stage.world.hosts.stored.set("cold.example", { version: 1, host: "cold.example", cooldownUntil });
    await tick(stage);
    expect(starts(stage).toSorted(([one], [other]) => one - other)).toEqual([
      [7, 7],
      [90, 90],
    ]);
  });

  it("is the host's own where it has one", async () => {
    const stage = new Stage();
    stage.world.cursor.covered = now(stage) - 1;
    crowd(stage, "slow.example", 3, now(stage));
    stage.world.hosts.stored.set("slow.example", { version: 1, host: "slow.example", startsPerSecond: 0.1 });
    await tick(stage);
    expect(starts(stage).map(([seconds]) => seconds)).toEqual([0, 10, 20]);
  });

  it("lets a lost reservation look again and take later starts", async () => {
    const stage = new Stage();
    const { nowMs } = stage.world.clock;
    stage.world.cursor.covered = now(stage) - 1;
    crowd(stage, "one.example", 2, now(stage));
    const other = async (): Promise<unknown> =>
      await stage.world.hosts.reserve({ version: 1, host: "one.example" }, nowMs + 60_000);
    stage.before("hosts.reserve", other);
    await tick(stage);
    expect(starts(stage).map(([seconds]) => seconds)).toEqual([60, 61]);
  });

  it("counts what it cannot start within a quarter of an hour, and the next turns begin with others", async () => {
    const stage = new Stage();
    const ids = crowd(stage, "slow.example", 20, now(stage));
    stage.world.hosts.stored.set("slow.example", { version: 1, host: "slow.example", startsPerSecond: 0.02 });
    const seen = new Set<string>();
    let exceeded = 0;
    stage.world.cursor.covered = now(stage) - 1;
    for (let turn = 0; turn < 60; turn += 1) {
      const { paceExceeded } = await tick(stage);
      exceeded += paceExceeded["slow.example"] ?? 0;
      stage.world.clock.minutes(1);
    }
    for (const { calendarId } of sent(stage)) seen.add(calendarId);
    expect(exceeded).toBeGreaterThan(0);
    expect([...seen].toSorted()).toEqual(ids.toSorted());
    // One in 50 seconds, for an hour and the quarter that is sent ahead.
    const startsAtMs = sent(stage)
      .map(({ startAt }) => Date.parse(startAt))
      .toSorted((one, other) => one - other);
    expect(startsAtMs.length).toBeGreaterThan(80);
    expect(startsAtMs.every((startMs, index) => index === 0 || startMs - (startsAtMs[index - 1] ?? 0) >= 50_000)).toBe(true);
  });
});
