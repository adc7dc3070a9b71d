import { describe, expect, it } from "vitest";

import type { BusinessDays } from "../../lib/contract/schedule.ts";
import { readHolidays } from "../../lib/sync/read-holidays.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

const DAILY = { kind: "cron", expression: "0 9 * * *", zone: "Asia/Seoul" } as const;

function holiday(day: string, title: string): string[] {
  return [
    "BEGIN:VEVENT",
    `UID:${day}`,
    "DTSTAMP:20260101T000000Z",
    `DTSTART;VALUE=DATE:${day}`,
    `SUMMARY:${title}`,
    "END:VEVENT",
  ];
}

const HOLIDAYS = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//holidays//EN",
  ...holiday("20260522", "Bridge day"),
  ...holiday("20260525", "Buddha's birthday"),
  ...holiday("20260603", "Election"),
  "END:VCALENDAR",
  "",
].join("\r\n");

/** A calendar of the Friday before and the Monday after a weekend, and what goes by it. */
async function withHolidays(
  policy: BusinessDays["policy"],
  fields: object = {},
): Promise<{ stage: Stage; planted: Planted; days: BusinessDays }> {
  const stage = new Stage();
  const holidays = await stage.plant(0);
  holidays.source.manner = { kind: "saying", text: HOLIDAYS };
  await stage.importTurn(holidays.calendarId);
  const days: BusinessDays = { weekend: ["SA", "SU"], policy, zone: "Asia/Seoul", holidays: { calendarId: holidays.calendarId } };
  const planted = await stage.grow(5, { businessDays: days, ...fields });
  return { stage, planted, days };
}

/** A cron call at nine in Seoul of that day of May, and the end of its task. */
async function nineOf(day: string, { stage, planted }: { stage: Stage; planted: Planted }): Promise<string | undefined> {
  const dueAt = `2026-05-${day}T00:00:00Z`;
  stage.world.clock.nowMs = Date.parse(dueAt);
  const { calendarId } = planted;
  await takeCall({ calendarId, ownerId: "default", reason: "cron", dueAt }, stage.ports, stage.world.clock.now());
  return (await stage.workUrgent()).at(-1);
}

describe("a calendar that goes by business days", () => {
  it("skips its turns on other days: one write a day, no run, and the tick sends no more of them", async () => {
    const { stage, planted } = await withHolidays("skip");
    stage.world.clock.nowMs = Date.parse("2026-05-22T03:00:00Z");
    const asked = planted.source.served.length;
    stage.settle();
    expect(await stage.importTurn(planted.calendarId)).toEqual({ kind: "done", status: "skipped" });
    expect(planted.source.served.length).toBe(asked);
    // Beside its own the checkpoint of the holidays, whose copy the turn before has read.
    expect(stage.calls).toEqual(["calendars.load", "calendars.load", "calendars.save"]);
    expect(stage.checkpoint(planted.calendarId)).toMatchObject({
      notBefore: "2026-05-22T15:00:00.000Z",
      outcome: { status: "skipped", code: "not-business-day" },
    });
    stage.world.clock.nowMs = Date.parse("2026-05-25T15:00:00Z");
    expect(await stage.importTurn(planted.calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.checkpoint(planted.calendarId).notBefore).toBeUndefined();
  });

  it("that skips takes back no attempt that failed meanwhile", async () => {
    const { stage, planted } = await withHolidays("skip");
    const { calendarId } = planted;
    stage.world.clock.nowMs = Date.parse("2026-05-22T03:00:00Z");
    const outcome = { status: "failed", at: "2026-05-22T03:00:01.000Z", code: "source-timeout" } as const;
    const failed = { failures: 2, notBefore: "2026-05-23T00:00:00.000Z", outcome };
    stage.before("calendars.save", async () => {
      stage.world.calendars.checkpoints.set(calendarId, { ...stage.checkpoint(calendarId), ...failed });
      await Promise.resolve();
    });
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "skipped" });
    expect(stage.checkpoint(calendarId)).toMatchObject(failed);
  });

  it("that skips is not stale over a long weekend, and a person may sync it all the same", async () => {
    const { stage, planted } = await withHolidays("skip");
    stage.world.clock.nowMs = Date.parse("2026-05-22T03:00:00Z");
    await stage.importTurn(planted.calendarId);
    stage.world.clock.nowMs = Date.parse("2026-05-25T03:00:00Z");
    await stage.importTurn(planted.calendarId);
    expect(stage.checkpoint(planted.calendarId).staleCode).toBeUndefined();
    await syncNow(planted.calendarId, stage.ports, stage.context());
    expect(await stage.workUrgent()).toEqual(["unchanged"]);
  });

  it("moves a weekly cron turn to the next business day at the same local time; there it is the turn of that minute", async () => {
    const world = await withHolidays("next", { schedule: { ...DAILY, expression: "0 9 * * 5" } });
    const { stage, planted } = world;
    expect(await nineOf("22", world)).toBe("skipped");
    const [booked] = stage.world.reservations.records.values();
    const movedMs = Date.parse("2026-05-26T00:00:00Z");
    expect(booked).toMatchObject({ dueAt: "2026-05-26T00:00:00.000Z", turn: movedMs / 60_000, reason: "cron" });
    stage.world.clock.nowMs = movedMs;
    for (const name of stage.world.reservations.due()) {
      const turn = stage.world.reservations.call(name);
      if (turn !== undefined) await takeCall(turn, stage.ports, stage.world.clock.now());
    }
    expect(await stage.workUrgent()).toEqual(["unchanged"]);
    expect(stage.checkpoint(planted.calendarId).lastTurn).toBe(movedMs / 60_000);
  });

  it("books nothing where it has a turn of its own at that time, and two turns that move to one are one", async () => {
    const daily = await withHolidays("next", { schedule: DAILY });
    expect([await nineOf("22", daily), await nineOf("23", daily)]).toEqual(["skipped", "skipped"]);
    expect(daily.stage.world.reservations.records.size).toBe(0);
    const fridays = await withHolidays("next", { schedule: { ...DAILY, expression: "0 9 * * 5,6" } });
    expect([await nineOf("22", fridays), await nineOf("23", fridays)]).toEqual(["skipped", "skipped"]);
    expect(fridays.stage.world.reservations.schedules.size).toBe(1);
  });

  it("moves a reservation as well, or skips it with a run that says so", async () => {
    for (const [policy, status] of [
      ["next", "deferred"],
      ["skip", "skipped"],
    ] as const) {
      const { stage, planted } = await withHolidays(policy);
      stage.world.clock.nowMs = Date.parse("2026-05-22T03:00:00Z");
      const task = stage.askedTask(planted.calendarId, { reason: "reservation" });
      expect(await stage.import(task)).toMatchObject({ status });
      expect(stage.world.calendars.runs.get(`${planted.calendarId} ${task.taskId}`)).toMatchObject({
        status,
        code: "not-business-day",
      });
      const [booked] = stage.world.reservations.records.values();
      expect(booked?.dueAt).toBe(policy === "next" ? "2026-05-26T03:00:01.000Z" : undefined);
    }
  });

  it("whose holidays are stale goes by the last good copy, and the answer says so", async () => {
    const { stage, days } = await withHolidays("skip");
    const holidays = stage.checkpoint(days.holidays?.calendarId ?? "");
    await stage.world.calendars.putCheckpoint({ ...holidays, staleCode: "source-not-found" });
    const known = await readHolidays(days, "2026-05-22", stage.ports);
    expect([...known.days].toSorted()).toEqual(["2026-05-22", "2026-05-25", "2026-06-03"]);
    expect(known.doubt).toMatchObject({ code: "source-not-found", since: holidays.lastSuccessAt });
    const missing = await readHolidays({ holidays: { calendarId: "nobody" } }, "2026-05-22", stage.ports);
    expect(missing).toEqual({ days: new Set(), doubt: { code: "holidays-missing" } });
  });

  it("without holidays costs no read more than one without business days", async () => {
    const stage = new Stage();
    const planted = await stage.grow(5, { businessDays: { weekend: ["SU"], policy: "skip", zone: "UTC" } });
    stage.world.clock.nowMs = Date.parse("2026-05-22T03:00:00Z");
    stage.settle();
    await stage.importTurn(planted.calendarId);
    expect(stage.calls.filter((call) => call === "calendars.load" || call.startsWith("objects"))).toEqual(["calendars.load"]);
  });
});
