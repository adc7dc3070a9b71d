import { describe, expect, it } from "vitest";

import { crashAfter, crashBefore, sentTwice, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

async function suspended(): Promise<Planted & { readonly stage: Stage }> {
  const stage = new Stage();
  const planted = await stage.grow();
  planted.source.manner = { kind: "failing", code: "source-gone" };
  await stage.importTurn(planted.calendarId);
  planted.source.manner = { kind: "well" };
  return { stage, ...planted };
}

function place({ stage, calendarId }: { readonly stage: Stage; readonly calendarId: string }): unknown {
  const { wheel } = stage.checkpoint(calendarId);
  return { state: stage.world.calendars.metas.get(calendarId)?.state, onWheel: wheel !== undefined };
}

describe("a calendar whose source is gone", () => {
  it("is suspended and leaves the wheel, with its events and a letter", async () => {
    const world = await suspended();
    expect(place(world)).toEqual({ state: "suspended", onWheel: false });
    expect(world.stage.snapshot(world.calendarId).events).toHaveLength(5);
    expect(world.stage.world.importDeadLetters.messages.size).toBe(1);
  });

  it("comes back with the first success that somebody asked for", async () => {
    const world = await suspended();
    await world.stage.import(world.stage.askedTask(world.calendarId));
    expect(place(world)).toEqual({ state: "active", onWheel: true });
  });

  it.each([
    ["calendars.enterWheel", crashBefore],
    ["calendars.enterWheel", crashAfter],
    ["calendars.moveState", crashBefore],
  ] as const)("and that was brought back half way, at %s, comes back by the next delivery or turn", async (method, crash) => {
    const { stage, calendarId } = await suspended();
    const task = stage.askedTask(calendarId);
    stage.disturb(method, crash);
    await expect(stage.import(task)).rejects.toThrow("crash");
    stage.world.clock.advance(1000);
    await stage.import(task);
    await stage.importTurn(calendarId);
    expect(place({ stage, calendarId })).toEqual({ state: "active", onWheel: true });
  });

  it("comes back although the answer of the save was lost, and the save was sent again", async () => {
    const { stage, calendarId } = await suspended();
    stage.disturb("calendars.save", sentTwice);
    expect(await stage.import(stage.askedTask(calendarId))).toEqual({ kind: "done", status: "duplicate" });
    expect(place({ stage, calendarId })).toEqual({ state: "active", onWheel: true });
  });

  it("and that a person paused stays off the wheel", async () => {
    const { stage, calendarId } = await suspended();
    const calendar = stage.world.calendars.metas.get(calendarId);
    if (calendar !== undefined) stage.world.calendars.metas.set(calendarId, { ...calendar, state: "paused" });
    await stage.import(stage.askedTask(calendarId));
    expect(place({ stage, calendarId })).toEqual({ state: "paused", onWheel: false });
  });
});
