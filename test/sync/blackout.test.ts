import { describe, expect, it } from "vitest";

import type { Blackout } from "../../lib/contract/blackout.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

/** From one to five in the morning. */
const WINDOW: Blackout = [
  { kind: "weekly", days: ["SU", "MO", "TU", "WE", "TH", "FR", "SA"], from: "01:00", to: "05:00", zone: "UTC" },
];
const OPEN_MS = Date.parse("2026-05-07T05:00:00Z");

function close(stage: Stage, { source }: Planted): void {
  const { host } = new URL(source.url);
  stage.world.hosts.stored.set(host, { version: 1, host, blackout: WINDOW });
}

/** At an instant of that day. */
function goTo(stage: Stage, time: string): void {
  stage.world.clock.nowMs = Date.parse(`2026-05-07T${time}Z`);
}

/** The tick at the calendar's own minute next after an hour of that day. */
async function tickAfter(
  stage: Stage,
  { calendarId }: Planted,
  hour: number,
  minutes: 60 | 1440,
): Promise<{ sent: number; waiting: number }> {
  const [, phase = 0] = slotOf(calendarId, minutes).split("#").map(Number);
  stage.world.clock.nowMs = Date.parse("2026-05-07T00:00:00Z") + (minutes === 60 ? hour * 60 + phase : phase) * 60_000;
  const minute = stage.world.clock.nowMs / 60_000;
  stage.world.cursor.covered = minute - 1;
  const deadline = new Date(stage.world.clock.nowMs + 35_000);
  const { sent, waiting } = await runTick(stage.ports, { now: stage.world.clock.now, deadline });
  return { sent, waiting };
}

describe("in a host's window", () => {
  it("a tick skips turns whose next one comes soon after it", async () => {
    const stage = new Stage();
    const planted = await stage.grow(5, { intervalMinutes: 60 });
    close(stage, planted);
    expect(await tickAfter(stage, planted, 2, 60)).toEqual({ sent: 0, waiting: 1 });
    expect(await tickAfter(stage, planted, 6, 60)).toEqual({ sent: 1, waiting: 0 });
  });

  it("a daily turn is deferred to its end by the worker, which asks nobody and spends no attempt", async () => {
    const stage = new Stage();
    const planted = await stage.grow(5, { intervalMinutes: 1440 });
    await stage.world.calendars.putCheckpoint({ ...stage.checkpoint(planted.calendarId), wheel: "1440#121#0" });
    close(stage, planted);
    goTo(stage, "02:00:00");
    const asked = planted.source.served.length;
    expect(await stage.importTurn(planted.calendarId)).toMatchObject({ status: "deferred", failure: { code: "host-blackout" } });
    expect(planted.source.served.length).toBe(asked);
    expect(stage.checkpoint(planted.calendarId)).toMatchObject({ attempts: 0, failures: 0 });
    expect(stage.checkpoint(planted.calendarId).deferrals).toBeUndefined();
    const [booked] = stage.world.reservations.records.values();
    const dueMs = Date.parse(booked?.dueAt ?? "");
    expect(dueMs).toBeGreaterThanOrEqual(OPEN_MS);
    expect(dueMs).toBeLessThanOrEqual(OPEN_MS + 61_000);
    // No host said "later": others may ask as soon as it opens.
    expect(stage.world.hosts.stored.get(new URL(planted.source.url).host)?.cooldownUntil).toBeUndefined();
  });

  it("a sync that somebody asks for takes a start after it, and a cron time too", async () => {
    const stage = new Stage();
    const planted = await stage.grow(5, { schedule: { kind: "cron", expression: "0 3 * * *", zone: "UTC" } });
    close(stage, planted);
    goTo(stage, "03:00:00");
    await syncNow(planted.calendarId, stage.ports, stage.context());
    const call = { calendarId: planted.calendarId, ownerId: "default", reason: "cron", dueAt: "2026-05-07T03:00:00Z" } as const;
    expect(await takeCall(call, stage.ports, stage.world.clock.now())).toBe("booked");
    expect(stage.world.urgent.messages.size).toBe(0);
    const starts = [...stage.world.reservations.records.values()].map(({ startAt = "" }) => Date.parse(startAt) - OPEN_MS);
    expect(starts).toHaveLength(2);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...starts)).toBeLessThanOrEqual(62_000);
  });

  it("a week long no letter is opened", async () => {
    const stage = new Stage();
    const planted = await stage.grow(5, { intervalMinutes: 1440 });
    const { host } = new URL(planted.source.url);
    const blackout: Blackout = [{ kind: "once", from: "2026-05-06T00:00:00Z", to: "2026-05-13T00:00:00Z" }];
    stage.world.hosts.stored.set(host, { version: 1, host, blackout });
    for (let day = 0; day < 6; day += 1) {
      expect(await stage.importTurn(planted.calendarId)).toMatchObject({ status: "deferred" });
      stage.world.clock.advance(86_400_000);
    }
    expect(stage.world.importDeadLetters.messages.size).toBe(0);
  });
});
