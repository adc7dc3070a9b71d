import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { EventSpread } from "../../lib/contract/event-spread.ts";
import type { SpreadReport } from "../../lib/contract/event-spread.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { spreadEvent } from "../../lib/sync/spread-event.ts";
import { crashBefore, Stage } from "./stage.ts";

const CLOSED = { summary: "Closed", start: "2026-12-24" };

async function push(stage: Stage, draft: object = {}): Promise<string> {
  const whole = CalendarDraft.parse({ ...draft, source: { kind: "push" } });
  stage.world.clock.advance(1000);
  return (await createCalendar(whole, stage.ports, stage.context())).calendar.calendarId;
}

async function spread(stage: Stage, fields: object): Promise<SpreadReport> {
  const asked = { action: "put", uid: "closed", ...("action" in fields ? {} : { event: CLOSED }), ...fields };
  return await spreadEvent(EventSpread.parse(asked), stage.ports, stage.context());
}

/** Every part, one after the other. */
async function spreadAll(stage: Stage, fields: object = {}): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let cursor: string | undefined;
  do {
    const report = await spread(stage, { ...fields, ...(cursor === undefined ? {} : { cursor }) });
    for (const { outcome } of report.items) counts[outcome] = (counts[outcome] ?? 0) + 1;
    cursor = report.cursor;
  } while (cursor !== undefined);
  return counts;
}

function titles(stage: Stage): string[] {
  return [...stage.world.calendars.metas.keys()].filter((calendarId) => stage.checkpoint(calendarId).snapshotKey !== undefined);
}

describe("one event in many calendars", () => {
  it("is put into each push calendar of the owner, part by part, and a second time changes nothing", async () => {
    const stage = new Stage();
    for (let at = 0; at < 45; at += 1) await push(stage);
    await push(stage, { ownerId: "other" });
    await stage.plant();
    expect(await spreadAll(stage)).toEqual({ created: 45 });
    expect(titles(stage)).toHaveLength(45);
    expect(await spreadAll(stage)).toEqual({ unchanged: 45 });
    expect(await spreadAll(stage, { event: { ...CLOSED, summary: "Open" } })).toEqual({ updated: 45 });
    expect(await spreadAll(stage, { action: "withdraw" })).toEqual({ deleted: 45 });
    expect(await spreadAll(stage, { action: "withdraw" })).toEqual({ absent: 45 });
  });

  it("goes by name and metadata, or by ids; who is named and cannot take it is told why", async () => {
    const stage = new Stage();
    const lisbon = await push(stage, { name: "Site Lisbon", metadata: { site: "lisbon", floor: "2" } });
    const porto = await push(stage, { name: "Site Porto", metadata: { site: "porto" } });
    const others = await push(stage, { ownerId: "other" });
    const { calendarId: pulled } = await stage.plant();
    expect((await spread(stage, { filter: { metadata: { site: "lisbon" } } })).items).toMatchObject([{ calendarId: lisbon }]);
    expect((await spread(stage, { filter: { name: "porto" } })).items).toMatchObject([{ calendarId: porto, outcome: "created" }]);
    const named = await spread(stage, { filter: { calendarIds: [lisbon, others, pulled, "nobody"] } });
    expect(named.items).toMatchObject([
      { calendarId: lisbon, outcome: "unchanged" },
      { calendarId: others, outcome: "failed", code: "calendar-unknown" },
      { calendarId: pulled, outcome: "failed", code: "source-kind-wrong" },
      { calendarId: "nobody", outcome: "failed", code: "calendar-unknown" },
    ]);
    await expect(spread(stage, { filter: { calendarIds: [lisbon] }, cursor: "x" })).rejects.toMatchObject({
      code: "query-invalid",
    });
  });

  it("is only told of by a dry run", async () => {
    const stage = new Stage();
    const calendarId = await push(stage);
    await push(stage);
    await spread(stage, { filter: { calendarIds: [calendarId] } });
    const before = [stage.world.objects.writes, stage.world.calendars.writes, stage.world.published.length];
    expect(await spreadAll(stage, { dryRun: true, event: { ...CLOSED, summary: "Open" } })).toEqual({ updated: 1, created: 1 });
    expect(await spreadAll(stage, { dryRun: true, action: "withdraw" })).toEqual({ deleted: 1, absent: 1 });
    expect([stage.world.objects.writes, stage.world.calendars.writes, stage.world.published.length]).toEqual(before);
  });

  it("that a crash left half done is done whole by the same call again", async () => {
    const stage = new Stage();
    for (let at = 0; at < 6; at += 1) await push(stage);
    stage.disturb("calendars.save", crashBefore);
    await expect(spread(stage, {})).rejects.toThrow("crash");
    const counts = await spreadAll(stage);
    expect((counts["created"] ?? 0) + (counts["unchanged"] ?? 0)).toBe(6);
    expect(titles(stage)).toHaveLength(6);
  });

  it("that no calendar can take fails in each, with its code", async () => {
    const stage = new Stage();
    await push(stage);
    const report = await spread(stage, { event: { start: "2026-02-30" } });
    expect(report.items).toMatchObject([{ outcome: "failed", code: "event-invalid" }]);
  });
});
