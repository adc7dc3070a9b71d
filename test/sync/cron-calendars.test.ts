import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { mendCalendar } from "../../lib/sync/mend-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { crashBefore, Stage } from "./stage.ts";

const WORKDAYS = { kind: "cron", expression: "0 9 * * 1-5", zone: "Asia/Seoul" } as const;
/** Thursday, nine in Seoul. */
const DUE = "2026-05-07T00:00:00Z";

function callOf(calendarId: string, dueAt = DUE): { calendarId: string; ownerId: string; reason: "cron"; dueAt: string } {
  return { calendarId, ownerId: "default", reason: "cron", dueAt };
}

async function call(stage: Stage, calendarId: string, dueAt = DUE): Promise<string> {
  return await takeCall(callOf(calendarId, dueAt), stage.ports, stage.world.clock.now());
}

describe("a cron calendar", () => {
  it("has a schedule and no place on the wheel; its interval is what its turns come to", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant(5, { schedule: WORKDAYS });
    expect(stage.world.crons.standing.get(`default.${calendarId}`)).toEqual(WORKDAYS);
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
    expect(stage.world.calendars.metas.get(calendarId)).toMatchObject({ intervalMinutes: 1440, schedule: WORKDAYS });
  });

  it("is imported at its time, and a call that comes twice is a duplicate", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.plant(5, { schedule: WORKDAYS });
    stage.world.clock.nowMs = Date.parse(DUE);
    expect(await call(stage, calendarId)).toBe("sent");
    expect(await call(stage, calendarId)).toBe("sent");
    expect(await stage.workUrgent()).toEqual(["imported", "duplicate"]);
    expect(await call(stage, calendarId)).toBe("duplicate");
    expect(source.served).toHaveLength(1);
    expect(stage.checkpoint(calendarId).lastTurn).toBe(Date.parse(DUE) / 60_000);
  });

  it("whose host has no start soon keeps its turn while it waits: doubled, it is still one", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.plant(5, { schedule: WORKDAYS });
    const { host } = new URL(source.url);
    stage.world.clock.nowMs = Date.parse(DUE);
    stage.world.hosts.stored.set(host, { version: 1, host, nextStartAtMs: stage.world.clock.nowMs + 3_600_000 });
    expect([await call(stage, calendarId), await call(stage, calendarId)]).toEqual(["booked", "booked"]);
    stage.world.clock.advance(3_600_000);
    for (const name of stage.world.reservations.due()) {
      const turn = stage.world.reservations.call(name);
      if (turn !== undefined) await takeCall(turn, stage.ports, stage.world.clock.now());
      if (turn !== undefined) await takeCall(turn, stage.ports, stage.world.clock.now());
      stage.world.reservations.taken(name);
    }
    expect(await stage.workUrgent()).toEqual(["imported", "duplicate"]);
  });

  it("whose host says later is booked again, for its next turn is a day away", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.plant(5, { schedule: WORKDAYS });
    source.manner = { kind: "throttled", seconds: 600 };
    stage.world.clock.nowMs = Date.parse(DUE);
    await call(stage, calendarId);
    expect(await stage.workUrgent()).toEqual(["deferred"]);
    expect([...stage.world.reservations.records.values()]).toMatchObject([{ calendarId, reason: "cron" }]);
  });

  it("that is paused keeps its schedule, whose calls do nothing, and goes on when it is resumed", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant(5, { schedule: WORKDAYS });
    await pauseCalendar(calendarId, "calendar", stage.ports);
    expect(await call(stage, calendarId)).toBe("paused");
    expect(stage.world.urgent.messages.size).toBe(0);
    await resumeCalendar(calendarId, "calendar", stage.ports);
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
    expect(await call(stage, calendarId)).toBe("sent");
  });

  it("that is removed takes its schedule along; one left behind is dropped by its own call", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant(5, { schedule: WORKDAYS });
    stage.disturb("crons.drop", crashBefore);
    await expect(removeCalendar(calendarId, stage.ports, stage.world.newId)).rejects.toThrow("crash");
    expect(stage.world.crons.standing.size).toBe(1);
    expect(await call(stage, calendarId)).toBe("gone");
    expect(stage.world.crons.standing.size).toBe(0);
  });

  it("whose schedule is missing has one again after the daily look, and is not put on the wheel by it", async () => {
    const stage = new Stage();
    stage.disturb("crons.keep", crashBefore);
    await expect(stage.plant(5, { schedule: WORKDAYS })).rejects.toThrow("crash");
    const [calendar] = stage.world.calendars.metas.values();
    if (calendar === undefined) throw new Error("nothing was registered");
    const { calendarId } = calendar;
    const found = { calendarId, calendar, checkpoint: stage.checkpoint(calendarId) };
    const records = { markStale: async (): Promise<void> => await Promise.resolve() };
    expect(await mendCalendar(found, { ...stage.ports, records }, stage.world.clock.now())).toEqual(["keep-schedule"]);
    expect(stage.world.crons.standing.has(`default.${calendarId}`)).toBe(true);
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
  });

  it.each([
    ["schedule-invalid", { schedule: { ...WORKDAYS, expression: "* * * * *" } }],
    ["holidays-missing", { businessDays: { policy: "skip", zone: "Asia/Seoul", holidays: { calendarId: "nobody" } } }],
    ["source-kind-wrong", { schedule: WORKDAYS, source: { kind: "push" } }],
  ])("that cannot be is refused with %s, and nothing is written", async (code, fields) => {
    const stage = new Stage();
    const source = { kind: "url", url: "https://host.example/calendar.ics" };
    const draft = CalendarDraft.parse({ source, ...fields });
    await expect(createCalendar(draft, stage.ports, stage.context())).rejects.toMatchObject({ code });
    expect([stage.world.calendars.metas.size, stage.world.crons.standing.size]).toEqual([0, 0]);
  });
});
