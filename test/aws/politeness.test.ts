import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf } from "./records.ts";

const OVER = "2026-05-06T01:00:00.000Z";
const LEASE = "2026-05-06T01:00:30.000Z";

let engine: TableEngine;
let table: RecordTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
});
afterAll(async () => engine.stop());

describe("a host's cooldown in the table", () => {
  test("is claimed once when it is over, and ends where the claim still stands", async () => {
    const [one, other] = [new HostTable(table), new HostTable(table)];
    await one.coolDown("probed.example", OVER);
    expect(await other.cooldownUntil("probed.example")).toBe(OVER);
    expect([await one.claimProbe("probed.example", OVER, LEASE), await other.claimProbe("probed.example", OVER, LEASE)]).toEqual([
      true,
      false,
    ]);
    expect(await other.cooldownUntil("probed.example")).toBe(LEASE);
    await one.endCooldown("probed.example", OVER);
    expect((await one.host("probed.example")).cooldownUntil).toBe(LEASE);
    await one.endCooldown("probed.example", LEASE);
    expect(await one.host("probed.example")).toEqual({ version: 1, host: "probed.example" });
  });

  test("is not ended by a probe once the host has said later again", async () => {
    const hosts = new HostTable(table);
    await hosts.coolDown("again.example", OVER);
    await hosts.claimProbe("again.example", OVER, LEASE);
    await hosts.coolDown("again.example", "2026-05-06T02:00:00.000Z");
    await hosts.endCooldown("again.example", LEASE);
    expect((await hosts.host("again.example")).cooldownUntil).toBe("2026-05-06T02:00:00.000Z");
  });
});

test("skipped turns are noted beside what else a host's record holds", async () => {
  const hosts = new HostTable(table);
  await hosts.reserve({ version: 1, host: "busy.example" }, 5000);
  await hosts.noteExcess("busy.example", { exceededSince: OVER, exceededAt: LEASE, exceededCount: 7, exceededToldAt: undefined });
  expect(await hosts.host("busy.example")).toEqual({
    version: 1,
    host: "busy.example",
    nextStartAtMs: 5000,
    exceededSince: OVER,
    exceededAt: LEASE,
    exceededCount: 7,
  });
});

describe("a calendar whose source is gone, in the table", () => {
  const gone = { status: "failed", at: OVER, code: "source-gone" } as const;

  test("moves its state only from the one that was read", async () => {
    const calendars = new CalendarTable(table);
    await calendars.putCalendar(calendarOf("state", { state: "paused" }));
    await calendars.putCheckpoint(checkpointOf("state"));
    await calendars.moveState("state", "active", "suspended");
    expect((await calendars.load("state"))?.calendar.state).toBe("paused");
    await calendars.moveState("state", "paused", "active");
    expect((await calendars.load("state"))?.calendar).toEqual(calendarOf("state", { state: "active" }));
    await calendars.moveState("nobody", "active", "suspended");
    expect(await calendars.load("nobody")).toBeUndefined();
  });

  test("is replaced only in the state that was read, and never after its removal", async () => {
    const calendars = new CalendarTable(table);
    await calendars.putCalendar(calendarOf("replaced"));
    await calendars.putCheckpoint(checkpointOf("replaced"));
    const [active, paused] = [calendarOf("replaced"), calendarOf("replaced", { state: "paused" })];
    expect(await calendars.replaceCalendar(paused, calendarOf("replaced", { state: "suspended" }))).toBe("lost");
    expect((await calendars.load("replaced"))?.calendar.state).toBe("active");
    expect(await calendars.replaceCalendar(paused, active)).toBe("saved");
    expect((await calendars.load("replaced"))?.calendar).toEqual({ ...paused, edition: 1 });
    expect(await calendars.replaceCalendar(active, paused)).toBe("lost");
    await calendars.deleteCalendar("replaced");
    expect(await calendars.replaceCalendar(active, { ...paused, edition: 1 })).toBe("lost");
    expect(await calendars.load("replaced")).toBeUndefined();
  });

  test("leaves the wheel only while its last outcome still is the 410", async () => {
    const calendars = new CalendarTable(table);
    await calendars.putCalendar(calendarOf("wheel"));
    const checkpoint = { ...checkpointOf("wheel"), wheel: "60#1#2", outcome: { ...gone, code: "source-timeout" } };
    await calendars.putCheckpoint(checkpoint);
    await calendars.leaveWheelFor("wheel", "source-gone");
    expect((await calendars.load("wheel"))?.checkpoint.wheel).toBe("60#1#2");
    await calendars.putCheckpoint({ ...checkpoint, outcome: gone });
    await calendars.leaveWheelFor("wheel", "source-gone");
    expect((await calendars.load("wheel"))?.checkpoint.wheel).toBeUndefined();
  });
});
