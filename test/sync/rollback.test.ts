import { describe, expect, it } from "vitest";

import type { Run } from "../../lib/contract/run.ts";
import { listVersions } from "../../lib/sync/list-versions.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { calendarText, sampleEvents } from "./sources.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

async function rollBack(stage: Stage, calendarId: string, toVersion?: number): Promise<Run> {
  stage.world.clock.minutes(1);
  return await rollbackCalendar({ calendarId, toVersion }, stage.ports, stage.context());
}

/** Version 1 has e1 to e6; version 2 has e1 to e4 of which e1 has another title, and a new one. */
async function twoVersions(): Promise<Planted & { stage: Stage; feedId: string }> {
  const stage = new Stage();
  const planted = await stage.grow(6);
  const { feedId } = await stage.feedOf(planted.calendarId);
  const [first, ...rest] = sampleEvents(4);
  planted.source.events = [{ uid: first?.uid ?? "", title: "Changed" }, ...rest, ...sampleEvents(1, "New", "n")];
  await stage.importTurn(planted.calendarId);
  await stage.exportAll();
  stage.settle();
  return { ...planted, stage, feedId };
}

describe("a rollback", () => {
  it("brings the version before the present back as a new one; only what differs gets a new revision", async () => {
    const { stage, calendarId, feedId } = await twoVersions();
    const before = new Map(stage.snapshot(calendarId).events.map((event) => [event.uid, event]));
    const run = await rollBack(stage, calendarId);
    expect(run).toMatchObject({ reason: "rollback", status: "imported", created: 2, updated: 1, deleted: 1, calendarVersion: 3 });
    const after = new Map(stage.snapshot(calendarId).events.map((event) => [event.uid, event]));
    expect([...after.keys()]).toEqual(sampleEvents(6).map(({ uid }) => uid));
    expect(after.get("e2@example.org")).toEqual(before.get("e2@example.org"));
    expect(after.get("e1@example.org")?.text).toContain("SUMMARY:Meeting 1");
    expect(after.get("e1@example.org")?.sequence).toBe((before.get("e1@example.org")?.sequence ?? 0) + 1);
    expect(after.get("e6@example.org")?.sequence).toBe(1);
    expect(stage.world.published.map(({ kind }) => kind)).toEqual(["created", "updated", "deleted"]);
    await stage.exportAll();
    expect(stage.ics(feedId)).toContain("SUMMARY:Meeting 6");
    expect(stage.ics(feedId)).not.toContain("New 1");
  });

  it("stands while the source says what it said at the last poll, with validators or without", async () => {
    for (const validators of ["given", "none"] as const) {
      const { stage, calendarId, source } = await twoVersions();
      await rollBack(stage, calendarId);
      source.validators = validators;
      expect(await stage.importTurn(calendarId)).toMatchObject({ status: "unchanged" });
      expect(stage.checkpoint(calendarId)).toMatchObject({ calendarVersion: 3, eventCount: 6 });
    }
  });

  it("gives way to the source's next change, which the guard weighs against what was brought back", async () => {
    const { stage, calendarId, source } = await twoVersions();
    await rollBack(stage, calendarId);
    source.events = sampleEvents(5);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "imported" });
    const run = [...stage.world.calendars.runs.values()].at(-1);
    expect(run).toMatchObject({ status: "imported", deleted: 1, calendarVersion: 4 });
    await rollBack(stage, calendarId, 1);
    source.events = sampleEvents(1);
    expect(await stage.importTurn(calendarId)).toMatchObject({ status: "held" });
  });

  it("to a version by its number; of one that is not kept it names those that are", async () => {
    const { stage, calendarId } = await twoVersions();
    await rollBack(stage, calendarId);
    expect(await rollBack(stage, calendarId, 2)).toMatchObject({ created: 1, updated: 1, deleted: 2, calendarVersion: 4 });
    await expect(rollBack(stage, calendarId, 9)).rejects.toMatchObject({
      code: "version-unknown",
      details: { seen: "9", wanted: "one of 4, 3, 2, 1" },
    });
  });

  it("is refused where there is nothing older, and changes nothing where it is the present one", async () => {
    const stage = new Stage();
    const planted = await stage.plant(3);
    await expect(rollBack(stage, planted.calendarId)).rejects.toMatchObject({ code: "version-unknown" });
    await stage.importTurn(planted.calendarId);
    await expect(rollBack(stage, planted.calendarId)).rejects.toMatchObject({ code: "version-unknown" });
    expect(await rollBack(stage, planted.calendarId, 1)).toMatchObject({ status: "unchanged", calendarVersion: 1 });
    expect(stage.checkpoint(planted.calendarId).calendarVersion).toBe(1);
  });

  it("never takes a snapshot that was stored but not committed", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = sampleEvents(9, "Lost");
    stage.disturb("calendars.save", crashBefore);
    await expect(stage.importTurn(calendarId)).rejects.toThrow("crash");
    source.events = sampleEvents(4);
    await stage.importTurn(calendarId);
    source.events = sampleEvents(5);
    await stage.importTurn(calendarId);
    expect(await stage.ports.objects.snapshots(calendarId)).toHaveLength(4);
    expect((await listVersions(calendarId, stage.ports)).map(({ eventCount }) => eventCount)).toEqual([5, 4, 3]);
    await rollBack(stage, calendarId);
    expect(stage.checkpoint(calendarId).eventCount).toBe(4);
  });

  it("while an attempt fails does not take back how long its source is left alone", async () => {
    const { stage, calendarId } = await twoVersions();
    const at = stage.world.clock.now().toISOString();
    const outcome = { status: "failed", at: at.replace("2026", "2027"), code: "source-timeout" } as const;
    const failed = { failures: 2, notBefore: "2027-01-01T00:00:00.000Z", outcome };
    stage.before("calendars.save", async () => {
      stage.world.calendars.checkpoints.set(calendarId, { ...stage.checkpoint(calendarId), ...failed });
      await Promise.resolve();
    });
    expect(await rollBack(stage, calendarId)).toMatchObject({ status: "imported", calendarVersion: 3 });
    expect(stage.checkpoint(calendarId)).toMatchObject({ ...failed, calendarVersion: 3 });
  });

  it("has its run although its process ended right after the version was told", async () => {
    const { stage, calendarId } = await twoVersions();
    stage.disturb("calendars.clearPending", crashAfter);
    await expect(rollBack(stage, calendarId)).rejects.toThrow("crash");
    const runs = [...stage.world.calendars.runs.values()].filter(({ reason }) => reason === "rollback");
    expect(runs).toEqual([
      expect.objectContaining({ status: "imported", calendarVersion: 3, detail: "version 1 was brought back" }),
    ]);
  });

  it("of an app's own calendar leaves the app its last word: the same PUT again is taken", async () => {
    const stage = new Stage();
    const draft = CalendarDraft.parse({ source: { kind: "push" } });
    const { calendar } = await createCalendar(draft, stage.ports, stage.context());
    const { calendarId } = calendar;
    const put = async (count: number) => {
      stage.world.clock.minutes(1);
      const bytes = new TextEncoder().encode(calendarText(sampleEvents(count)));
      const request = { calendarId, bytes, contentType: undefined, replace: "guarded" } as const;
      return await putEvents(request, stage.ports, stage.context());
    };
    await put(3);
    await put(4);
    await rollBack(stage, calendarId);
    expect(stage.checkpoint(calendarId).eventCount).toBe(3);
    expect(await put(4)).toMatchObject({ created: 1, calendarVersion: 4 });
  });
});

it("the versions that can be brought back are listed newest first", async () => {
  const { stage, calendarId } = await twoVersions();
  expect(await listVersions(calendarId, stage.ports)).toMatchObject([
    { calendarVersion: 2, eventCount: 5, isPresent: true },
    { calendarVersion: 1, eventCount: 6, isPresent: false },
  ]);
  await expect(listVersions("nobody", stage.ports)).rejects.toMatchObject({ code: "calendar-unknown" });
});
