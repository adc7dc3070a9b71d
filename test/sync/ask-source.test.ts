import { describe, expect, it } from "vitest";

import type { TaskEnd } from "../../lib/core/runs.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { crashBefore, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

const OVER_MS = 61_000;

/** Two calendars of one host that has just finished cooling down. */
async function cooled(): Promise<{ stage: Stage; host: string; one: Planted; other: Planted }> {
  const stage = new Stage();
  const [one, other] = [await stage.grow(), await stage.grow()];
  const { host } = new URL(one.source.url);
  const { calendars, sources } = stage.world;
  const { source } = stage.calendar(other.calendarId);
  const url = `https://${host}/other.ics`;
  sources.byUrl.set(url, other.source);
  calendars.metas.set(other.calendarId, { ...stage.calendar(other.calendarId), source: { ...source, kind: "url", url } });
  calendars.checkpoints.set(other.calendarId, { ...stage.checkpoint(other.calendarId), host });
  await stage.world.hosts.coolDown(host, new Date(stage.world.clock.nowMs + OVER_MS).toISOString());
  stage.world.clock.advance(OVER_MS);
  return { stage, host, one, other };
}

function short(end: TaskEnd): string {
  return end.kind === "retry" ? `retry in ${end.delaySeconds} s: ${end.failure.code}` : end.status;
}

describe("after a cooldown", () => {
  it("one task tries, the others wait for what it hears", async () => {
    const { stage, one, other } = await cooled();
    const waiting: string[] = [];
    const task = stage.turnTask(other.calendarId);
    stage.before("source.fetch", async () => void waiting.push(short(await stage.import(task))));
    expect(short(await stage.importTurn(one.calendarId))).toBe("unchanged");
    expect(waiting).toEqual(["retry in 60 s: host-cooling-down"]);
    expect(stage.world.hosts.stored.get(new URL(one.source.url).host)?.cooldownUntil).toBeUndefined();
    expect(short(await stage.import(task))).toBe("unchanged");
    expect(stage.checkpoint(other.calendarId).attempts).toBe(0);
  });

  it("a host that still says later to the one is asked by no other", async () => {
    const { stage, one, other } = await cooled();
    one.source.manner = { kind: "throttled", seconds: 600 };
    const asked = other.source.served.length;
    expect(short(await stage.importTurn(one.calendarId))).toBe("deferred");
    expect(short(await stage.importTurn(other.calendarId))).toBe("deferred");
    expect(other.source.served.length).toBe(asked);
  });

  it("two that come at once: one tries", async () => {
    const { stage, one, other } = await cooled();
    const ends: string[] = [];
    const task = stage.turnTask(other.calendarId);
    stage.before("hosts.claimProbe", async () => void ends.push(short(await stage.import(task))));
    ends.push(short(await stage.importTurn(one.calendarId)));
    expect(ends).toEqual(["unchanged", "retry in 60 s: host-cooling-down"]);
  });

  it("a worker that dies while it tries leaves it to the next one, half a minute later", async () => {
    const { stage, one, other } = await cooled();
    stage.disturb("source.fetch", crashBefore);
    await expect(stage.importTurn(one.calendarId)).rejects.toThrow("crash");
    const task = stage.askedTask(other.calendarId);
    expect(short(await stage.import(task))).toBe("retry in 60 s: host-cooling-down");
    stage.world.clock.advance(60_000);
    expect(short(await stage.import(task))).toBe("unchanged");
  });
});

describe("a task that is received more than a minute after its start", () => {
  it("goes back once, spread over its lateness, and asks nobody and costs no attempt", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const asked = source.served.length;
    const task = stage.turnTask(calendarId);
    stage.world.clock.minutes(20);
    const receive = async (receives: number): Promise<string> =>
      short(
        await importCalendar(task, stage.ports, {
          ...stage.context(),
          random: () => 0.5,
          signal: new AbortController().signal,
          attempts: 5,
          receives,
        }),
      );
    expect(await receive(1)).toBe("retry in 600 s: task-late");
    expect([source.served.length, stage.checkpoint(calendarId).attempts]).toEqual([asked, 0]);
    stage.world.clock.minutes(10);
    expect(await receive(2)).toBe("unchanged");
  });
});
