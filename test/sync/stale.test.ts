import { describe, expect, it } from "vitest";

import { slotOf } from "../../lib/core/slots.ts";
import { sampleEvents } from "./sources.ts";
import { Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

const HOUR_MINUTES = 60;

async function published(): Promise<Planted & { stage: Stage; feedId: string }> {
  const stage = new Stage();
  const planted = await stage.grow(3, { name: "Team" });
  const { feedId } = await stage.feedOf(planted.calendarId);
  return { ...planted, stage, feedId };
}

/** A turn every twelve hours, and what it made the feeds do. */
async function turns(stage: Stage, calendarId: string, count: number): Promise<number[]> {
  const exported: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    stage.world.clock.minutes(12 * HOUR_MINUTES);
    await stage.importTurn(calendarId);
    exported.push((await stage.exportAll()).length);
  }
  return exported;
}

function descriptionOf(ics: string): string {
  return /^DESCRIPTION:(.*)$/mu.exec(ics.replaceAll("\r\n ", ""))?.[1]?.trim() ?? "";
}

describe("the description of a feed", () => {
  it("tells of a healthy source when its events last changed, so that polls move no byte", async () => {
    const { stage, calendarId, source, feedId } = await published();
    expect(descriptionOf(stage.ics(feedId))).toBe("Team: last changed 2026-05-06");
    const { etag } = stage.build(feedId);
    source.validators = "none";
    expect(await turns(stage, calendarId, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    await stage.export({ version: 1, kind: "export", taskId: "again", feedId, reason: "changed" });
    expect(stage.build(feedId).etag).toBe(etag);
  });

  it("names a source that failed for a day and why; the feed is built again at that turn and at the recovery alone", async () => {
    const { stage, calendarId, source, feedId } = await published();
    const healthy = stage.ics(feedId);
    source.manner = { kind: "failing", code: "source-not-found" };
    expect(await turns(stage, calendarId, 5)).toEqual([0, 1, 0, 0, 0]);
    expect(descriptionOf(stage.ics(feedId))).toBe("Team: not updated since 2026-05-06 (source-not-found)");
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(3);
    source.manner = { kind: "well" };
    expect(await turns(stage, calendarId, 3)).toEqual([1, 0, 0]);
    expect(stage.ics(feedId)).toBe(healthy);
    expect(stage.checkpoint(calendarId).staleCode).toBeUndefined();
  });

  it("keeps the first reason while the source fails now one way and now another", async () => {
    const { stage, calendarId, source, feedId } = await published();
    source.manner = { kind: "failing", code: "source-not-found" };
    await turns(stage, calendarId, 2);
    source.manner = { kind: "failing", code: "source-gone" };
    expect(await turns(stage, calendarId, 2)).toEqual([0, 0]);
    expect(descriptionOf(stage.ics(feedId))).toContain("source-not-found");
  });

  it("names a host that says later for a day, and a hold that stands for one", async () => {
    const throttled = await published();
    throttled.source.manner = { kind: "throttled", seconds: 60 };
    await turns(throttled.stage, throttled.calendarId, 3);
    expect(descriptionOf(throttled.stage.ics(throttled.feedId))).toContain("(source-throttled)");
    const emptied = await published();
    emptied.source.events = [];
    await turns(emptied.stage, emptied.calendarId, 3);
    expect(descriptionOf(emptied.stage.ics(emptied.feedId))).toContain("(removal-held)");
  });

  it("is built by one task where the recovery brings a new version", async () => {
    const { stage, calendarId, source, feedId } = await published();
    source.manner = { kind: "failing", code: "source-not-found" };
    await turns(stage, calendarId, 2);
    source.manner = { kind: "well" };
    source.events = sampleEvents(4);
    expect(await turns(stage, calendarId, 1)).toEqual([1]);
    expect(descriptionOf(stage.ics(feedId))).toBe("Team: last changed 2026-05-07");
  });
});

describe("a source's REFRESH-INTERVAL", () => {
  const hinted = (minutes: number): string =>
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      `REFRESH-INTERVAL;VALUE=DURATION:PT${minutes}M`,
      "BEGIN:VEVENT",
      "UID:one@example.org",
      "DTSTART:20400101T000000Z",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ].join("\r\n");

  it("moves the calendar to a longer slot, and back when the source takes it back", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.plant(0, { intervalMinutes: 60 });
    source.manner = { kind: "saying", text: hinted(300) };
    await stage.importTurn(calendarId);
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 360));
    source.manner = { kind: "saying", text: hinted(15) };
    await stage.importTurn(calendarId);
    expect(stage.checkpoint(calendarId).wheel).toBe(slotOf(calendarId, 60));
  });

  it("moves nothing where the owner ignores it, nor a calendar that was taken off the wheel meanwhile", async () => {
    const stage = new Stage();
    const ignoring = await stage.plant(0, { policy: { pastEvents: "keep", refreshHint: "ignore" } });
    ignoring.source.manner = { kind: "saying", text: hinted(300) };
    await stage.importTurn(ignoring.calendarId);
    expect(stage.checkpoint(ignoring.calendarId).wheel).toBe(slotOf(ignoring.calendarId, 60));
    const paused = await stage.plant(0);
    paused.source.manner = { kind: "saying", text: hinted(300) };
    stage.before("calendars.moveSlot", async () => await stage.world.calendars.leaveWheel(paused.calendarId));
    await stage.importTurn(paused.calendarId);
    expect(stage.checkpoint(paused.calendarId).wheel).toBeUndefined();
  });

  it("is told to subscribers as far as the calendar follows it", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.plant(0, { intervalMinutes: 60 });
    source.manner = { kind: "saying", text: hinted(300) };
    await stage.importTurn(calendarId);
    const { feedId } = await stage.feedOf(calendarId);
    expect(stage.ics(feedId)).toContain("REFRESH-INTERVAL;VALUE=DURATION:PT6H");
  });
});
