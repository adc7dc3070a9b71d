import { describe, expect, it } from "vitest";

import type { Hold } from "../../lib/contract/checkpoint.ts";
import { calendarText, sampleEvents } from "./sources.ts";
import { crashAfter, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

const TWELVE_HOURS = 720;

/** Ten events, of which the source gives one now; the calendar holds that since. */
async function heldStage(): Promise<Planted & { readonly stage: Stage }> {
  const stage = new Stage();
  const planted = await stage.grow(10);
  planted.source.manner = { kind: "saying", text: calendarText(sampleEvents(1)) };
  await stage.importTurn(planted.calendarId);
  return { stage, ...planted };
}

async function turns(stage: Stage, calendarId: string, count: number): Promise<string[]> {
  const ends: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    stage.world.clock.minutes(TWELVE_HOURS);
    const end = await stage.importTurn(calendarId);
    ends.push(end.kind === "done" ? end.status : end.kind);
  }
  return ends;
}

function hold(stage: Stage, calendarId: string): Hold | undefined {
  return stage.world.calendars.holds.get(calendarId);
}

describe("a hold", () => {
  it("is applied by its third confirmation over at least a day", async () => {
    const { stage, calendarId } = await heldStage();
    expect(await turns(stage, calendarId, 3)).toEqual(["held", "held", "imported"]);
    expect(stage.snapshot(calendarId).events).toHaveLength(1);
    expect(hold(stage, calendarId)).toBeUndefined();
  });

  it("is ended by a sound body, and the next loss begins anew", async () => {
    const { stage, calendarId, source } = await heldStage();
    const suspicious = source.manner;
    await turns(stage, calendarId, 2);
    source.manner = { kind: "well" };
    expect(await turns(stage, calendarId, 1)).toEqual(["unchanged"]);
    expect(hold(stage, calendarId)).toBeUndefined();
    source.manner = suspicious;
    expect(await turns(stage, calendarId, 1)).toEqual(["held"]);
    expect(hold(stage, calendarId)).toMatchObject({ confirmations: 0 });
  });

  it("that a worker could not end, for it died, counts as ended", async () => {
    const { stage, calendarId, source } = await heldStage();
    const suspicious = source.manner;
    await turns(stage, calendarId, 2);
    source.manner = { kind: "well" };
    stage.disturb("calendars.save", crashAfter);
    await expect(turns(stage, calendarId, 1)).rejects.toThrow("crash");
    source.manner = suspicious;
    expect(await turns(stage, calendarId, 1)).toEqual(["held"]);
    expect(hold(stage, calendarId)).toMatchObject({ confirmations: 0 });
  });

  it("that a slow worker puts back after a sound body counts as ended", async () => {
    const { stage, calendarId, source } = await heldStage();
    const suspicious = source.manner;
    await turns(stage, calendarId, 1);
    stage.before("calendars.putHold", async () => {
      source.manner = { kind: "well" };
      await stage.importTurn(calendarId);
      source.manner = suspicious;
    });
    stage.world.clock.minutes(TWELVE_HOURS);
    await stage.import(stage.askedTask(calendarId));
    expect(await turns(stage, calendarId, 1)).toEqual(["held"]);
    expect(stage.snapshot(calendarId).events).toHaveLength(10);
    expect(hold(stage, calendarId)).toMatchObject({ confirmations: 0 });
  });

  it("that a later fetch opened stays where a slower worker comes with its own", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(10);
    source.manner = { kind: "saying", text: calendarText(sampleEvents(1)) };
    let opened: string | undefined;
    stage.before("calendars.putHold", async () => {
      stage.world.clock.minutes(1);
      await stage.importTurn(calendarId);
      opened = hold(stage, calendarId)?.holdId;
    });
    await stage.import(stage.askedTask(calendarId));
    expect(opened).toBeDefined();
    expect(hold(stage, calendarId)?.holdId).toBe(opened);
    expect(stage.checkpoint(calendarId).outcome?.status).toBe("held");
  });

  it("whose worker died before it was noted stands all the same", async () => {
    const { stage, calendarId } = await heldStage();
    stage.disturb("calendars.putHold", crashAfter);
    await expect(turns(stage, calendarId, 1)).rejects.toThrow("crash");
    expect(await turns(stage, calendarId, 2)).toEqual(["held", "imported"]);
  });
});
