import { describe, expect, it } from "vitest";

import type { FailureCode } from "../../lib/contract/code.ts";
import { crashAfter, Stage } from "./stage.ts";
import { calendarText, sampleEvents } from "./sources.ts";
import type { Manner } from "./sources.ts";

const TURNS_ASIDE = 30;

/** One turn with all its attempts, as SQS brings the message back. */
async function wholeTurn(stage: Stage, calendarId: string): Promise<readonly string[]> {
  const task = stage.turnTask(calendarId);
  const ends: string[] = [];
  for (let receive = 0; receive < 12; receive += 1) {
    const end = await stage.import(task);
    ends.push(end.kind === "retry" ? "retry" : end.status);
    if (end.kind === "done") break;
  }
  return ends;
}

describe("nothing is lost of 300 events, and the exported feed stays, when the source answers with", () => {
  const whole = calendarText(sampleEvents(300));
  const answers: readonly (readonly [name: string, manner: Manner, status: string, code: string])[] = [
    ["a DNS failure", { kind: "failing", code: "source-dns" }, "failed", "source-dns"],
    ["a time-out", { kind: "failing", code: "source-timeout" }, "failed", "source-timeout"],
    ["no connection", { kind: "failing", code: "source-connect" }, "failed", "source-connect"],
    ["a bad certificate", { kind: "failing", code: "source-tls" }, "failed", "source-tls"],
    ["401", { kind: "failing", code: "source-unauthorized" }, "failed", "source-unauthorized"],
    ["403", { kind: "failing", code: "source-forbidden" }, "failed", "source-forbidden"],
    ["404", { kind: "failing", code: "source-not-found" }, "failed", "source-not-found"],
    ["410", { kind: "failing", code: "source-gone" }, "failed", "source-gone"],
    ["429", { kind: "throttled", seconds: 60 }, "deferred", "source-throttled"],
    ["500", { kind: "failing", code: "source-server-error" }, "failed", "source-server-error"],
    ["206", { kind: "failing", code: "source-incomplete" }, "failed", "source-incomplete"],
    ["HTML", { kind: "saying", text: "<!doctype html><title>Sign in</title>" }, "failed", "not-icalendar"],
    ["nothing", { kind: "saying", text: "" }, "failed", "not-icalendar"],
    ["a truncated calendar", { kind: "saying", text: whole.slice(0, whole.length / 2) }, "failed", "not-icalendar"],
    ["a calendar without events", { kind: "saying", text: calendarText([]) }, "held", "removal-held"],
    ["5 events", { kind: "saying", text: calendarText(sampleEvents(5)) }, "held", "removal-held"],
  ];

  it.each(answers)("%s", async (_name, manner, status, code) => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(300);
    const { feedId } = await stage.feedOf(calendarId);
    const before = { build: stage.build(feedId), snapshot: stage.snapshot(calendarId), ics: stage.ics(feedId) };
    source.manner = manner;
    await wholeTurn(stage, calendarId);
    stage.world.clock.minutes(TURNS_ASIDE);
    await stage.exportAll();
    expect(stage.snapshot(calendarId)).toEqual(before.snapshot);
    expect(stage.build(feedId)).toEqual(before.build);
    expect(stage.ics(feedId)).toBe(before.ics);
    expect(stage.world.published).toEqual([]);
    expect(stage.checkpoint(calendarId)).toMatchObject({ calendarVersion: 1, eventCount: 300, outcome: { status, code } });
  });
});

it("a source that falls from 15 events to 1 loses none", async () => {
  const stage = new Stage();
  const { calendarId, source } = await stage.grow(15);
  source.events = sampleEvents(1);
  await stage.importTurn(calendarId);
  expect(stage.snapshot(calendarId).events).toHaveLength(15);
  expect(stage.checkpoint(calendarId).outcome).toMatchObject({ status: "held" });
});

describe("a transient failure", () => {
  const TRANSIENT: readonly FailureCode[] = ["source-dns", "source-timeout", "source-server-error"];

  it.each(TRANSIENT)("%s becomes a dead letter at the fifth attempt, and the turn ends", async (code) => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code };
    expect(await wholeTurn(stage, calendarId)).toEqual(["retry", "retry", "retry", "retry", "failed"]);
    const { attempts, failures, lastTurn, outcome } = stage.checkpoint(calendarId);
    expect({ attempts, failures, lastTurn }).toEqual({ attempts: 0, failures: 1, lastTurn: stage.world.clock.nowMs / 60_000 });
    expect(outcome).toMatchObject({ status: "failed", code });
    expect(await stage.recordAll()).toEqual(["opened"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({
      state: "open",
      code,
      attempts: 5,
      count: 1,
      host: "host1.example",
    });
  });

  it("counts its attempts and keeps the turn open until it is given up", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const { lastTurn } = stage.checkpoint(calendarId);
    source.manner = { kind: "failing", code: "source-timeout" };
    const end = await stage.importTurn(calendarId);
    // Half of the full jitter's most, 2 x 2^1 seconds.
    expect(end).toMatchObject({ kind: "retry", delaySeconds: 2, failure: { code: "source-timeout" } });
    expect(stage.checkpoint(calendarId)).toMatchObject({ attempts: 1, failures: 0, lastTurn });
  });

  it("is forgotten by the attempt that succeeds", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const task = stage.turnTask(calendarId);
    source.manner = { kind: "failing", code: "source-timeout" };
    await stage.import(task);
    source.manner = { kind: "well" };
    stage.world.clock.advance(2000);
    expect(await stage.import(task)).toMatchObject({ status: "unchanged" });
    expect(stage.checkpoint(calendarId)).toMatchObject({ attempts: 0, failures: 0, outcome: { status: "unchanged" } });
    expect(stage.world.importDeadLetters.messages.size).toBe(0);
  });
});

describe("a permanent failure", () => {
  it("is a dead letter at once, and the calendar backs off by doubling", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(5, { intervalMinutes: 60 });
    source.manner = { kind: "failing", code: "source-not-found" };
    expect(await wholeTurn(stage, calendarId)).toEqual(["failed"]);
    const waits: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const { notBefore = "" } = stage.checkpoint(calendarId);
      waits.push((Date.parse(notBefore) - stage.world.clock.nowMs) / 60_000);
      stage.world.clock.nowMs = Date.parse(notBefore);
      await wholeTurn(stage, calendarId);
    }
    // Half an interval early, so that the turn at the wait's end is not missed by seconds.
    expect(waits).toEqual([90, 210, 450]);
    expect(stage.checkpoint(calendarId).failures).toBe(4);
    expect(await stage.recordAll()).toEqual(["opened", "opened", "opened", "opened"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ count: 4, attempts: 4 });
  });

  it("whose worker dies between the letter and the save is given up again, into the same letter", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    const task = stage.turnTask(calendarId);
    stage.disturb("deadLetters.giveUp", crashAfter);
    await expect(stage.import(task)).rejects.toThrow("crash");
    expect(await stage.import(task)).toMatchObject({ status: "failed" });
    expect(await stage.recordAll()).toEqual(["opened", "opened"]);
    expect([...stage.world.letters.stored.keys()]).toEqual([`import-${calendarId}`]);
  });
});

describe("a host that says later", () => {
  it("is left alone until then by every calendar, without an attempt or a letter", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 600 };
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "deferred", failure: { code: "source-throttled" } });
    const { attempts, failures, notBefore } = stage.checkpoint(calendarId);
    // What it asked for and half of the fifth that jitter may add.
    const until = new Date(stage.world.clock.nowMs + 660_000).toISOString();
    expect({ attempts, failures, notBefore }).toEqual({ attempts: 0, failures: 0, notBefore: until });
    expect(stage.world.hosts.stored.get("host1.example")?.cooldownUntil).toBe(until);
    const asked = source.served.length;
    await stage.importTurn(calendarId);
    await stage.import(stage.askedTask(calendarId));
    expect(source.served.length).toBe(asked);
    expect(stage.world.importDeadLetters.messages.size).toBe(0);
  });

  it("is asked again after it, and the calendar goes on as if nothing had been", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 600 };
    await stage.importTurn(calendarId);
    source.manner = { kind: "well" };
    stage.world.clock.minutes(11);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.checkpoint(calendarId).notBefore).toBeUndefined();
  });

  it("does not grow its cooldown by those who only heard of it", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const until = "2026-05-06T02:00:00.000Z";
    await stage.world.hosts.coolDown("host1.example", until);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "deferred", failure: { code: "host-cooling-down" } });
    expect(stage.world.hosts.stored.get("host1.example")?.cooldownUntil).toBe(until);
    expect(stage.checkpoint(calendarId).notBefore).toBe("2026-05-06T02:05:48.000Z");
  });
});
