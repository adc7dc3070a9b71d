import { describe, expect, it } from "vitest";

import type { Hold } from "../../lib/contract/checkpoint.ts";
import type { Run } from "../../lib/contract/run.ts";
import { CalendarPatch } from "../../lib/contract/calendar.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { showHold } from "../../lib/sync/show-hold.ts";
import type { HoldDetails } from "../../lib/contract/hold-view.ts";
import { sampleEvents } from "./sources.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

const DAY_MINUTES = 1440;

/** Ten events of which the source now gives one, and a feed of them. */
async function heldStage(): Promise<Planted & { stage: Stage; hold: Hold; feedId: string }> {
  const stage = new Stage();
  const planted = await stage.grow(10);
  const { feedId } = await stage.feedOf(planted.calendarId);
  planted.source.events = sampleEvents(1);
  await stage.importTurn(planted.calendarId);
  return { ...planted, stage, feedId, hold: holdOf(stage, planted.calendarId) };
}

function holdOf(stage: Stage, calendarId: string): Hold {
  const hold = stage.world.calendars.holds.get(calendarId);
  if (hold === undefined) throw new Error(`no hold of ${calendarId}`);
  return hold;
}

async function approve(stage: Stage, { calendarId, holdId }: Pick<Hold, "calendarId" | "holdId">): Promise<Run> {
  stage.world.clock.minutes(1);
  return await approveHold({ calendarId, holdId }, stage.ports, stage.context());
}

async function reject(stage: Stage, { calendarId, holdId }: Pick<Hold, "calendarId" | "holdId">): Promise<Run> {
  stage.world.clock.minutes(1);
  return await rejectHold({ calendarId, holdId }, stage.ports, stage.context());
}

async function show(stage: Stage, calendarId: string): Promise<HoldDetails | undefined> {
  return await showHold(calendarId, stage.ports, stage.world.clock.now());
}

describe("a hold of a calendar that was moved", () => {
  it("is nobody's to apply any more: it was another address's word", async () => {
    const { stage, calendarId, hold } = await heldStage();
    stage.world.clock.minutes(1);
    const url = "https://elsewhere.example/other.ics";
    stage.world.sources.add(url, sampleEvents(10));
    await changeCalendar(calendarId, CalendarPatch.parse({ source: { url } }), stage.ports, stage.context());
    expect(await show(stage, calendarId)).toBeUndefined();
    await expect(approve(stage, hold)).rejects.toMatchObject({ code: "hold-unknown" });
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
  });

  it("that a late worker put back is nobody's either, and goes with the next import", async () => {
    const { stage, calendarId, hold } = await heldStage();
    stage.world.clock.minutes(1);
    const url = "https://elsewhere.example/other.ics";
    stage.world.sources.add(url, sampleEvents(10));
    await changeCalendar(calendarId, CalendarPatch.parse({ source: { url } }), stage.ports, stage.context());
    // It began to ask after all that, with the address as it had read it before.
    await stage.world.calendars.putHold({ ...hold, lastConfirmedAt: stage.world.clock.now().toISOString() });
    expect(await show(stage, calendarId)).toBeUndefined();
    await expect(approve(stage, hold)).rejects.toMatchObject({ code: "hold-unknown" });
    await stage.importTurn(calendarId);
    expect(stage.world.calendars.holds.has(calendarId)).toBe(false);
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
  });
});

describe("a hold that opens", () => {
  it("raises one alert that names the calendar and the loss, and none while it is confirmed", async () => {
    const { stage, calendarId } = await heldStage();
    const alerts = (): unknown[] => [...stage.world.alerts.stored.values()];
    const wanted = {
      kind: "hold",
      code: "removal-held",
      calendarId,
      count: 1,
      reason: expect.stringContaining("dropped 9 events"),
    };
    expect(alerts()).toEqual([expect.objectContaining(wanted)]);
    await stage.importTurn(calendarId);
    expect(alerts()).toEqual([expect.objectContaining({ ...wanted, revision: 1 })]);
  });
});

describe("a hold that is approved", () => {
  it("is applied at once, like every import: new version, exports, changes, a run", async () => {
    const { stage, calendarId, feedId, hold } = await heldStage();
    stage.settle();
    const run = await approve(stage, hold);
    expect(run).toMatchObject({ reason: "approve", status: "imported", deleted: 9, created: 0, calendarVersion: 2 });
    expect(stage.world.calendars.holds.size).toBe(0);
    expect(stage.checkpoint(calendarId)).toMatchObject({ calendarVersion: 2, eventCount: 1, outcome: { status: "imported" } });
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    expect(stage.world.published.map(({ kind, changes }) => [kind, changes?.length])).toEqual([["deleted", 9]]);
    await stage.exportAll();
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(1);
    expect(stage.world.calendars.runs.get(`${calendarId} ${run.runId}`)).toEqual(run);
  });

  it("leaves the source's validators behind, so that the next poll finds nothing new", async () => {
    const { stage, calendarId, hold } = await heldStage();
    await approve(stage, hold);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.checkpoint(calendarId).calendarVersion).toBe(2);
  });

  it.each([
    ["approved", approve],
    ["rejected", reject],
  ] as const)("that is %s while an attempt fails does not take back how long its source is left alone", async (_, decide) => {
    const { stage, calendarId, hold } = await heldStage();
    const at = stage.world.clock.now().toISOString();
    const outcome = { status: "failed", at: at.replace("2026", "2027"), code: "source-timeout" } as const;
    const failed = { failures: 2, notBefore: "2027-01-01T00:00:00.000Z", outcome };
    stage.before("calendars.save", async () => {
      stage.world.calendars.checkpoints.set(calendarId, { ...stage.checkpoint(calendarId), ...failed });
      await Promise.resolve();
    });
    await decide(stage, hold);
    expect(stage.checkpoint(calendarId)).toMatchObject(failed);
    expect(stage.world.calendars.holds.size).toBe(0);
  });

  it("is refused under the id of an older hold, and nothing changes", async () => {
    const { stage, calendarId, hold } = await heldStage();
    await reject(stage, hold);
    await stage.importTurn(calendarId);
    const newer = holdOf(stage, calendarId);
    expect(newer.holdId).not.toBe(hold.holdId);
    await expect(approve(stage, hold)).rejects.toMatchObject({
      code: "hold-unknown",
      details: { seen: `"${hold.holdId}"`, wanted: `"${newer.holdId}"` },
    });
    expect(stage.checkpoint(calendarId).calendarVersion).toBe(1);
  });

  it("is refused where no hold stands", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    await expect(approve(stage, { calendarId, holdId: `${calendarId}.x` })).rejects.toMatchObject({ code: "hold-unknown" });
    await expect(approve(stage, { calendarId: "nobody", holdId: "nobody.x" })).rejects.toMatchObject({
      code: "calendar-unknown",
    });
  });

  it("is refused where a sound fetch has ended it and only its removal is missing", async () => {
    const { stage, calendarId, source, hold } = await heldStage();
    source.events = sampleEvents(11);
    stage.before("calendars.endHold", async () => {
      await expect(approve(stage, hold)).rejects.toMatchObject({ code: "hold-unknown" });
      await expect(reject(stage, hold)).rejects.toMatchObject({ code: "hold-unknown" });
    });
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "imported" });
    expect(stage.snapshot(calendarId).events).toHaveLength(11);
  });

  it("has its run although the process ended right after the version was told", async () => {
    const { stage, calendarId, hold } = await heldStage();
    stage.disturb("objects.prune", crashBefore);
    await expect(approve(stage, hold)).rejects.toThrow("crash");
    const runs = [...stage.world.calendars.runs.values()].filter(({ reason }) => reason === "approve");
    expect(runs).toEqual([expect.objectContaining({ calendarId, status: "imported", calendarVersion: 2 })]);
  });

  it("is finished by the follow-up task where the process ended right after the write, and that asks no source", async () => {
    const { stage, calendarId, source, hold, feedId } = await heldStage();
    stage.disturb("calendars.save", crashAfter);
    await expect(approve(stage, hold)).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId).pending).toBeDefined();
    const asked = source.served.length;
    expect(await stage.import(stage.askedTask(calendarId, { reason: "mend" }))).toMatchObject({ status: "unchanged" });
    expect(source.served.length).toBe(asked);
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    await stage.exportAll();
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(1);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    expect(stage.world.calendars.holds.size).toBe(0);
  });

  it("does not hide that the source has failed since", async () => {
    const { stage, calendarId, source, hold } = await heldStage();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    await approve(stage, hold);
    expect(stage.checkpoint(calendarId)).toMatchObject({
      eventCount: 1,
      failures: 1,
      outcome: { status: "failed", code: "source-not-found" },
    });
  });
});

describe("a hold that is rejected", () => {
  it("is dropped: the last good copy stands and nothing is exported or published", async () => {
    const { stage, calendarId, hold } = await heldStage();
    stage.settle();
    expect(await reject(stage, hold)).toMatchObject({ reason: "reject", status: "unchanged" });
    expect(stage.world.calendars.holds.size).toBe(0);
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
    expect(stage.world.published).toEqual([]);
    expect(stage.world.exports.messages.size).toBe(0);
  });

  it("comes back as a new hold at the next poll, and time never applies what a person refused", async () => {
    const { stage, calendarId, hold } = await heldStage();
    await reject(stage, hold);
    for (let day = 0; day < 5; day += 1) {
      stage.world.clock.minutes(DAY_MINUTES);
      expect(await stage.importTurn(calendarId)).toMatchObject({ status: "held" });
    }
    expect(holdOf(stage, calendarId)).toMatchObject({ confirmations: 4, isRefused: true });
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
    expect(await show(stage, calendarId)).toMatchObject({ appliesAfter: undefined });
    expect(await approve(stage, holdOf(stage, calendarId))).toMatchObject({ deleted: 9 });
  });

  it("stays refused where a worker that was confirming it puts it back", async () => {
    const { stage, calendarId, hold } = await heldStage();
    await reject(stage, hold);
    await stage.world.calendars.putHold({ ...hold, confirmations: 9, openedAt: "2026-01-01T00:00:00.000Z" });
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "held" });
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
  });

  it("has a run wherever its process ended, once it was asked for again", async () => {
    for (const call of ["calendars.save", "calendars.putRun", "calendars.endHold"]) {
      const { stage, hold } = await heldStage();
      stage.disturb(call, crashAfter);
      await expect(reject(stage, hold)).rejects.toThrow("crash");
      await reject(stage, hold).catch(() => undefined);
      expect(stage.world.calendars.holds.size).toBe(0);
      expect([...stage.world.calendars.runs.values()].some(({ reason }) => reason === "reject")).toBe(true);
    }
  });

  it("ends with the source's next sound answer", async () => {
    const { stage, calendarId, source, hold } = await heldStage();
    await reject(stage, hold);
    await stage.importTurn(calendarId);
    source.events = sampleEvents(11);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "imported" });
    expect([...stage.world.calendars.runs.values()].at(-1)).toMatchObject({ status: "imported", created: 1, deleted: 0 });
    expect(stage.world.calendars.holds.size).toBe(0);
  });

  it("wins over an import under way that would confirm it", async () => {
    const { stage, calendarId, hold } = await heldStage();
    stage.before("source.fetch", async () => await reject(stage, hold));
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "duplicate" });
    expect(stage.checkpoint(calendarId)).toMatchObject({ refusedHash: hold.contentHash, outcome: { status: "unchanged" } });
  });
});

describe("a hold that is looked at", () => {
  it("tells the numbers and the first events that would go, by their start", async () => {
    const { stage, calendarId, hold } = await heldStage();
    const details = await show(stage, calendarId);
    expect(details).toMatchObject({ holdId: hold.holdId, presentCount: 10, eventCount: 1, removedCount: 9, confirmations: 0 });
    expect(details?.appliesAfter).toBe(new Date(Date.parse(hold.openedAt) + DAY_MINUTES * 60_000).toISOString());
    const starts = details?.removed.map(({ start = "" }) => start) ?? [];
    expect(starts).toHaveLength(9);
    expect(starts).toEqual(starts.toSorted());
    expect(details?.removed).toContainEqual(expect.objectContaining({ uid: "e2@example.org", summary: "Meeting 2" }));
  });

  it("is undefined where none stands", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    expect(await show(stage, calendarId)).toBeUndefined();
  });
});

it("a held body keeps the charset of its answer", async () => {
  const { hold } = await heldStage();
  expect(hold.contentType).toBe("text/calendar");
});
