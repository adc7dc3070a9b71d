import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import { CalendarPatch } from "../../lib/contract/calendar.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { findCalendar } from "../../lib/sync/find-calendar.ts";
import { mendCalendar } from "../../lib/sync/mend-calendar.ts";
import type { FoundCalendar } from "../../lib/sync/mend-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { refreshCalendar } from "../../lib/sync/refresh-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { sampleEvents } from "./sources.ts";
import { crashBefore, Stage } from "./stage.ts";

async function change(stage: Stage, calendarId: string, patch: object): Promise<Calendar> {
  stage.world.clock.advance(1000);
  return (await changeCalendar(calendarId, CalendarPatch.parse(patch), stage.ports, stage.context())).calendar;
}

async function named(stage: Stage, externalId: string, ownerId = "default"): Promise<string> {
  const draft = CalendarDraft.parse({ ownerId, externalId, source: { kind: "push" } });
  return (await createCalendar(draft, stage.ports, stage.context())).calendar.calendarId;
}

const ELSEWHERE = "https://elsewhere.example/other.ics";

/** Its registration names another address, its checkpoint knows the old one still. */
async function movedHalf(): Promise<{ stage: Stage; found: FoundCalendar }> {
  const stage = new Stage();
  const { calendarId } = await stage.grow(5);
  stage.world.sources.add(ELSEWHERE, sampleEvents(6));
  stage.disturb("editor.forgetSource", crashBefore);
  await expect(change(stage, calendarId, { source: { url: ELSEWHERE } })).rejects.toThrow("crash");
  return { stage, found: { calendarId, calendar: stage.calendar(calendarId), checkpoint: stage.checkpoint(calendarId) } };
}

describe("a calendar that its owner changes", () => {
  it("has what the patch says; what it does not say stays, null removes", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(5, { name: "Old", metadata: { room: "7", floor: "2" } });
    const policy = { pastEvents: "mirror", userAgent: "Robot/1" };
    const first = await change(stage, calendarId, {
      name: "New",
      metadata: { floor: null, team: "a" },
      policy,
      externalId: "order-1",
    });
    expect(first).toMatchObject({ name: "New", metadata: { room: "7", team: "a" }, externalId: "order-1" });
    expect(first.policy).toEqual({ pastEvents: "mirror", refreshHint: "follow", userAgent: "Robot/1" });
    const second = await change(stage, calendarId, {
      externalId: null,
      policy: { userAgent: null },
      metadata: { room: null, team: null },
    });
    expect(second).not.toHaveProperty("externalId");
    expect(second).not.toHaveProperty("metadata");
    expect(second.policy).toEqual({ pastEvents: "mirror", refreshHint: "follow" });
    expect(second.name).toBe("New");
  });

  it("goes to the slot of its new interval, and off the wheel where a schedule says its turns", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    await change(stage, calendarId, { intervalMinutes: 15 });
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 15));
    await change(stage, calendarId, { schedule: { kind: "cron", expression: "0 8 * * 1-5", zone: "Europe/Lisbon" } });
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
    expect(stage.world.crons.standing.size).toBe(1);
    await change(stage, calendarId, { schedule: { kind: "interval" }, intervalMinutes: 30 });
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 30));
    expect(stage.world.crons.standing.size).toBe(0);
  });

  it("stays off the wheel while it is paused, and is put at its new slot when it goes on", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    await pauseCalendar(calendarId, "calendar", stage.ports);
    await change(stage, calendarId, { intervalMinutes: 15 });
    expect(stage.checkpoint(calendarId).wheel).toBeUndefined();
    await resumeCalendar(calendarId, "calendar", stage.ports);
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 15));
  });

  it("with another address is asked there in full and at once, without the old one's validators and secret", async () => {
    const stage = new Stage();
    const auth = { kind: "header" as const, name: "X-Key", value: "s3cret" };
    const { calendarId } = await stage.grow(5);
    await change(stage, calendarId, { source: { auth } });
    await stage.importTurn(calendarId);
    stage.world.sources.add(ELSEWHERE, sampleEvents(6));
    const after = await change(stage, calendarId, { source: { url: ELSEWHERE } });
    expect(after.source).toEqual({ kind: "url", url: ELSEWHERE });
    expect(stage.checkpoint(calendarId)).toMatchObject({ host: "elsewhere.example", failures: 0 });
    for (const field of ["etag", "lastModified", "contentHash"]) expect(stage.checkpoint(calendarId)).not.toHaveProperty(field);
    const tasks = [...stage.world.urgent.messages.values()].map(({ body }) => JSON.parse(body));
    expect(tasks.filter(({ reason }) => reason === "changed")).toHaveLength(2);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "imported" });
    expect([...stage.world.calendars.runs.values()].at(-1)).toMatchObject({ status: "imported", created: 1 });
  });

  it("with another address drops what was still being fetched from the old one", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(5);
    source.events = sampleEvents(3);
    stage.world.sources.add(ELSEWHERE, sampleEvents(6));
    stage.before("calendars.save", async () => await change(stage, calendarId, { source: { url: ELSEWHERE } }));
    expect(await stage.importTurn(calendarId)).toMatchObject({ kind: "retry", failure: { code: "commit-lost" } });
    expect(stage.snapshot(calendarId).events).toHaveLength(5);
  });

  it("with another address does not take for its word what came late from the old one, though another import was between", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(5);
    source.events = sampleEvents(4);
    const elsewhere = stage.world.sources.add(ELSEWHERE, sampleEvents(6));
    const turn = stage.turnTask(calendarId);
    stage.before("calendars.save", async () => {
      await stage.import(stage.askedTask(calendarId));
      // As it stands while the mover is still about to forget the old one.
      stage.disturb("editor.forgetSource", crashBefore);
      await change(stage, calendarId, { source: { url: ELSEWHERE } }).catch(() => undefined);
    });
    expect(await stage.import(turn)).toMatchObject({ kind: "retry", failure: { code: "commit-lost" } });
    await stage.importTurn(calendarId);
    expect(elsewhere.served.map(({ kind }) => kind)).toEqual(["complete"]);
    expect(stage.snapshot(calendarId).events).toHaveLength(6);
  });

  it("that was moved by somebody who died half way is made good by the sweep, or by the same patch again", async () => {
    const [swept, patched] = [await movedHalf(), await movedHalf()];
    const ports = { ...swept.stage.ports, records: { markStale: async () => undefined } };
    expect(await mendCalendar(swept.found, ports, swept.stage.world.clock.now())).toEqual(["finish-move"]);
    await change(patched.stage, patched.found.calendarId, { source: { url: ELSEWHERE } });
    for (const { stage, found } of [swept, patched]) {
      expect(stage.checkpoint(found.calendarId)).toMatchObject({ host: "elsewhere.example", failures: 0 });
      expect(stage.checkpoint(found.calendarId)).not.toHaveProperty("etag");
    }
  });

  it("moved by two at once is its last mover's: its pace is kept by that host", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(5);
    stage.world.sources.add(ELSEWHERE, sampleEvents(6));
    stage.world.sources.add("https://third.example/other.ics", sampleEvents(6));
    const last = { source: { url: "https://third.example/other.ics" } };
    stage.before("editor.forgetSource", async () => await change(stage, calendarId, last));
    await change(stage, calendarId, { source: { url: ELSEWHERE } });
    expect(stage.calendar(calendarId).source).toMatchObject(last.source);
    expect(stage.checkpoint(calendarId).host).toBe("third.example");
  });

  it("moved by somebody who loses each time has forgotten nothing", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(5);
    const { host, etag } = stage.checkpoint(calendarId);
    stage.disturb("editor.changeCalendar", crashBefore);
    await expect(change(stage, calendarId, { source: { url: ELSEWHERE } })).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId)).toMatchObject({ host, etag });
  });

  it("moved away from a source that is gone is not given up for the old one's word", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(5);
    source.manner = { kind: "failing", code: "source-gone" };
    stage.world.sources.add(ELSEWHERE, sampleEvents(6));
    stage.before("calendars.moveState", async () => await change(stage, calendarId, { source: { url: ELSEWHERE } }));
    await stage.importTurn(calendarId);
    expect(stage.calendar(calendarId).state).toBe("active");
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 60));
  });

  it("that its source has given up is polled again at another address", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    await stage.ports.calendars.moveState(calendarId, "active", "suspended");
    await stage.ports.calendars.leaveWheel(calendarId);
    stage.world.sources.add(ELSEWHERE, sampleEvents(5));
    expect((await change(stage, calendarId, { source: { url: ELSEWHERE } })).state).toBe("active");
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 60));
  });

  it("is changed whole where a crash left half, by the same patch again", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.disturb("calendars.moveSlot", crashBefore);
    await expect(change(stage, calendarId, { intervalMinutes: 15 })).rejects.toThrow("crash");
    await change(stage, calendarId, { intervalMinutes: 15 });
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 15));
  });

  it("by two at once has what both said", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.before("editor.changeCalendar", async () => await change(stage, calendarId, { metadata: { a: "1" } }));
    expect(await change(stage, calendarId, { metadata: { b: "2" } })).toMatchObject({ metadata: { a: "1", b: "2" } });
  });

  it("is refused what it cannot be, and then nothing of it changed", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const pushId = await named(stage, "push");
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`key-${at}`, "x"]));
    const wrong = [
      [calendarId, { source: { url: "ftp://x.example" }, name: "New" }, "url-invalid"],
      [calendarId, { metadata: many }, "body-invalid"],
      [calendarId, { externalId: "push" }, "external-id-taken"],
      [calendarId, { schedule: { kind: "cron", expression: "61 8 * * *", zone: "UTC" } }, "schedule-invalid"],
      [pushId, { source: { url: ELSEWHERE } }, "source-kind-wrong"],
      ["nobody", { name: "New" }, "calendar-unknown"],
    ] as const;
    const before = structuredClone(stage.world.calendars.metas);
    for (const [id, patch, code] of wrong) await expect(change(stage, id, patch)).rejects.toMatchObject({ code });
    expect(stage.world.calendars.metas).toEqual(before);
  });
});

describe("an app's own name of a calendar", () => {
  it("is one calendar's of an owner; who registers it again is told which", async () => {
    const stage = new Stage();
    const calendarId = await named(stage, "room-7");
    await expect(named(stage, "room-7")).rejects.toMatchObject({ code: "external-id-taken", details: { calendarId } });
    const others = await named(stage, "room-7", "other");
    expect((await findCalendar("default", "room-7", stage.ports))?.calendar.calendarId).toBe(calendarId);
    expect((await findCalendar("other", "room-7", stage.ports))?.calendar.calendarId).toBe(others);
    expect(await findCalendar("nobody", "room-7", stage.ports)).toBeUndefined();
  });

  it("is one calendar's where two register it at once", async () => {
    const stage = new Stage();
    const made = await Promise.allSettled([named(stage, "room-7"), named(stage, "room-7"), named(stage, "room-7")]);
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(stage.world.calendars.metas.size).toBe(1);
  });

  it("is free again after the calendar was removed, or was named otherwise", async () => {
    const stage = new Stage();
    const first = await named(stage, "room-7");
    await change(stage, first, { externalId: "room-8" });
    const second = await named(stage, "room-7");
    await removeCalendar(second, stage.ports, () => "task");
    await named(stage, "room-7");
    expect(stage.world.externalIds.claims.size).toBe(2);
  });

  it("that is given back to it while its old one is still let go of stays its own", async () => {
    const stage = new Stage();
    const first = await named(stage, "room-7");
    stage.before("externalIds.release", async () => await change(stage, first, { externalId: "room-7" }));
    await change(stage, first, { externalId: "room-8" });
    expect(stage.calendar(first).externalId).toBe("room-7");
    await expect(named(stage, "room-7")).rejects.toMatchObject({ code: "external-id-taken" });
  });

  it("that a crash left taken without a calendar is free again after two minutes", async () => {
    const stage = new Stage();
    stage.disturb("calendars.putCheckpoint", crashBefore);
    await expect(named(stage, "room-7")).rejects.toThrow("crash");
    await expect(named(stage, "room-7")).rejects.toMatchObject({ code: "external-id-taken" });
    stage.world.clock.minutes(3);
    const calendarId = await named(stage, "room-7");
    expect((await findCalendar("default", "room-7", stage.ports))?.calendar.calendarId).toBe(calendarId);
  });
});

describe("a refresh", () => {
  it("forgets what the source said and imports again, with a run to follow", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
    const run = await refreshCalendar(calendarId, stage.ports, stage.context());
    expect(run).toMatchObject({ status: "queued", calendarId });
    for (const field of ["etag", "lastModified", "contentHash"]) expect(stage.checkpoint(calendarId)).not.toHaveProperty(field);
    stage.calls.length = 0;
    expect(await stage.import(stage.askedTask(calendarId, { taskId: run.taskId }))).toMatchObject({ status: "unchanged" });
    expect(stage.calls).toContain("objects.getSnapshot");
    expect(stage.world.calendars.runs.get(`${calendarId} ${run.runId}`)).toMatchObject({ status: "unchanged" });
    await expect(refreshCalendar(await named(stage, "push"), stage.ports, stage.context())).rejects.toMatchObject({
      code: "source-kind-wrong",
    });
  });

  it("is answered in full although an import that was under way writes the old validators again", async () => {
    for (const manner of [{ kind: "well" }, { kind: "failing", code: "source-timeout" }] as const) {
      const stage = new Stage();
      const { calendarId, source } = await stage.grow();
      source.manner = manner;
      stage.before("calendars.save", async () => await refreshCalendar(calendarId, stage.ports, stage.context()));
      await stage.importTurn(calendarId);
      source.manner = { kind: "well" };
      await stage.importTurn(calendarId);
      await stage.importTurn(calendarId);
      expect(source.served.map(({ kind }) => kind).slice(-2)).toEqual(["complete", "unchanged"]);
    }
  });
});
