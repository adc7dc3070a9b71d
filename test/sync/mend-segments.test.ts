import { describe, expect, it } from "vitest";

import type { Letter } from "../../lib/contract/letter.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { Task } from "../../lib/contract/task.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { mendSegments, SEGMENT_COUNT } from "../../lib/sync/mend-segments.ts";
import type { MendPorts, MendReport } from "../../lib/sync/mend-segments.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import { letterOf } from "../aws/records.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { crashBefore, Stage } from "./stage.ts";

const MINUTES_A_DAY = Array.from({ length: 1440 }, (_, minute) => minute);
const HOUR = 60;

function portsOf(stage: Stage): MendPorts {
  const { calendars, feeds, letters } = stage.world;
  return { ...stage.ports, records: new MemorySweep(calendars, feeds, letters) };
}

/** What 1,440 ticks mend, all at the present instant. */
async function mendAll(stage: Stage): Promise<MendReport> {
  const deadline = new Date(stage.world.clock.nowMs + 1);
  return await mendSegments(MINUTES_A_DAY, portsOf(stage), { now: stage.world.clock.now, deadline });
}

function tasksIn(queue: Stage["world"]["exports"]): Task[] {
  return [...queue.messages.values()].map(({ body }): Task => JSON.parse(body));
}

async function age(stage: Stage, calendarId: string, minutes: number): Promise<void> {
  stage.world.clock.minutes(minutes);
  const { checkpoint } = (await stage.world.calendars.load(calendarId)) ?? {};
  expect(checkpoint).toBeDefined();
}

describe("a day of looks", () => {
  it("finds nothing to do where all is well, and writes nothing", async () => {
    const stage = new Stage();
    const [one, two] = [await stage.grow(), await stage.grow()];
    await stage.feedOf(one.calendarId, two.calendarId);
    stage.world.clock.minutes(HOUR);
    const { writes } = stage.world.calendars;
    expect(await mendAll(stage)).toEqual({});
    expect(stage.world.calendars.writes).toBe(writes);
    expect(tasksIn(stage.world.exports)).toEqual([]);
  });

  it("sees every record exactly once", async () => {
    const stage = new Stage();
    for (let count = 0; count < 30; count += 1) await stage.plant();
    const sweep = new MemorySweep(stage.world.calendars, stage.world.feeds, stage.world.letters);
    const seen: string[] = [];
    for (let segment = 0; segment < SEGMENT_COUNT; segment += 1) {
      seen.push(...(await sweep.scanSegment(segment, SEGMENT_COUNT)).calendars.map(({ calendarId }) => calendarId));
    }
    expect(seen.toSorted()).toEqual([...stage.world.calendars.metas.keys()].toSorted());
  });

  it("books a task again of which nothing was heard for three hours after its time", async () => {
    const stage = new Stage();
    const dueAt = stage.world.clock.now().toISOString();
    const waiting = {
      version: 1,
      calendarId: "c",
      ownerId: "o",
      reason: "sync-now",
      bookings: 2,
      dueAt,
      startAt: dueAt,
    } as const;
    const { calendars, feeds, letters } = stage.world;
    const records = new MemorySweep(calendars, feeds, letters);
    records.putOff = [{ ...waiting, taskId: "lost" }];
    const booked: Reservation[] = [];
    const reservations = { book: async (reservation: Reservation) => void booked.push(reservation) };
    const look = async (): Promise<MendReport> => {
      const deadline = new Date(stage.world.clock.nowMs + 1);
      return await mendSegments(
        MINUTES_A_DAY,
        { ...stage.ports, records, reservations },
        { now: stage.world.clock.now, deadline },
      );
    };
    stage.world.clock.minutes(3 * HOUR - 1);
    expect(await look()).toEqual({});
    stage.world.clock.minutes(1);
    expect(await look()).toEqual({ "book-again": 1 });
    const soon = new Date(stage.world.clock.nowMs + 60_000).toISOString();
    expect(booked).toEqual([{ ...waiting, taskId: "lost", dueAt: soon, startAt: undefined }]);
  });

  it("stops at its deadline", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    await stage.world.calendars.leaveWheel(calendarId);
    const context = { now: stage.world.clock.now, deadline: stage.world.clock.now() };
    expect(await mendSegments(MINUTES_A_DAY, portsOf(stage), context)).toEqual({});
  });
});

describe("a lost follow-up", () => {
  it("a commit whose worker died before its exports and changes is finished", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    source.events = source.events.slice(1);
    stage.disturb("exports.sendExports", crashBefore);
    await expect(stage.importTurn(calendarId)).rejects.toThrow("crash");
    expect(stage.checkpoint(calendarId).pending).toMatchObject({ version: 2 });
    expect(await mendAll(stage)).toEqual({});
    stage.world.clock.minutes(15);
    expect(await mendAll(stage)).toEqual({ "finish-commit": 1, "export-feed": 1 });
    const [task] = tasksIn(stage.world.imports);
    expect(task).toMatchObject({ kind: "import", calendarId, reason: "mend", taskId: `${calendarId}!2` });
    const asked = source.served.length;
    if (task?.kind === "import") await stage.import(task);
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
    expect(source.served.length).toBe(asked);
    await stage.exportAll();
    expect(stage.build(feedId).members).toEqual({ [calendarId]: 2 });
    expect(await mendAll(stage)).toEqual({});
  });

  it("a feed whose export never came is built", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    source.events = source.events.slice(1);
    await stage.importTurn(calendarId);
    stage.world.exports.messages.clear();
    stage.world.clock.minutes(15);
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
    await stage.exportAll();
    expect(stage.build(feedId).members).toEqual({ [calendarId]: 2 });
    expect(await mendAll(stage)).toEqual({});
  });

  it("a feed whose first export never came is built", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    await stage.feedOf(calendarId);
    stage.world.feeds.builds.clear();
    stage.world.clock.minutes(15);
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
  });

  it("a feed that another engine built, or whose definition moved on, is built again", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    const build = stage.build(feedId);
    stage.world.feeds.builds.set(feedId, { ...build, renderer: build.renderer - 1 });
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
    stage.world.feeds.builds.set(feedId, { ...build, definition: "another" });
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
    stage.world.feeds.builds.set(feedId, { ...build, members: { ...build.members, gone: 3 } });
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
  });

  it("a replay that nobody answered for a day is open again, and people hear of it", async () => {
    const stage = new Stage();
    const sentAt = stage.world.clock.now().toISOString();
    const history: Letter["history"] = [{ at: sentAt, state: "replaying", who: "me", why: "replayed as t1" }];
    await stage.world.letters.put(letterOf("import-one", { state: "replaying", history }));
    stage.world.clock.minutes(24 * HOUR - 1);
    expect(await mendAll(stage)).toEqual({});
    stage.world.clock.minutes(1);
    expect(await mendAll(stage)).toEqual({ "reopen-letter": 1 });
    expect(stage.letter("import-one")).toMatchObject({ state: "open", history: [{}, { state: "open", who: "tick" }] });
    expect(stage.world.topic.subjects()).toEqual(["Calferry: source-not-found at calendars.example"]);
  });

  it("a look that dies while it opens such a letter leaves none open that nobody was told of", async () => {
    const stage = new Stage();
    await stage.world.letters.put(letterOf("import-one", { state: "replaying", history: [] }));
    stage.world.clock.minutes(24 * HOUR);
    stage.disturb("alerts.put", crashBefore);
    await expect(mendAll(stage)).rejects.toThrow("crash");
    expect(stage.letter("import-one").state).toBe("replaying");
    expect(await mendAll(stage)).toEqual({ "reopen-letter": 1 });
    expect(stage.world.topic.messages).toHaveLength(1);
  });
});

describe("a half-written pair", () => {
  it("a member without its reverse pointer gets it, and its feed is built", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    stage.world.calendars.pointers.clear();
    expect(await mendAll(stage)).toEqual({ "put-pointer": 1, "export-feed": 1 });
    expect(await stage.world.calendars.feedsOf(calendarId)).toEqual([feedId]);
    await stage.exportAll();
    expect(await mendAll(stage)).toEqual({});
  });

  it("an active calendar without a place on the wheel gets it, a paused one with a place loses it", async () => {
    const stage = new Stage();
    const [lost, paused] = [await stage.grow(), await stage.grow()];
    await stage.world.calendars.leaveWheel(lost.calendarId);
    const calendar = stage.world.calendars.metas.get(paused.calendarId);
    if (calendar !== undefined) await stage.world.calendars.putCalendar({ ...calendar, state: "paused" });
    expect(await mendAll(stage)).toEqual({ "enter-wheel": 1, "leave-wheel": 1 });
    expect(stage.checkpoint(lost.calendarId).wheel).toBe(slotOf(lost.calendarId, 60));
    expect(stage.checkpoint(paused.calendarId).wheel).toBeUndefined();
    expect(await mendAll(stage)).toEqual({});
  });

  it("a calendar whose patch ended before it came to its new slot is moved there, one at its feed's own pace stays", async () => {
    const stage = new Stage();
    const [slower, hinted] = [await stage.grow(3, { intervalMinutes: 360 }), await stage.plant(3, { intervalMinutes: 15 })];
    hinted.source.refreshMinutes = 120;
    await stage.importTurn(hinted.calendarId);
    expect(stage.checkpoint(hinted.calendarId)).toMatchObject({ hintMinutes: 120, wheel: slotOf(hinted.calendarId, 120) });
    stage.disturb("calendars.moveSlot", crashBefore);
    const patch = changeCalendar(slower.calendarId, { intervalMinutes: 15 }, stage.ports, stage.context());
    await expect(patch).rejects.toThrow("crash");
    expect(stage.checkpoint(slower.calendarId).wheel).toBe(slotOf(slower.calendarId, 360));
    expect(await mendAll(stage)).toEqual({ "move-slot": 1 });
    expect(stage.checkpoint(slower.calendarId).wheel).toBe(slotOf(slower.calendarId, 15));
    expect(stage.checkpoint(hinted.calendarId).wheel).toBe(slotOf(hinted.calendarId, 120));
    expect(await mendAll(stage)).toEqual({});
  });

  it("a checkpoint without a registration leaves the wheel, and comes back should the registration come", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    const calendar = stage.world.calendars.metas.get(calendarId);
    await stage.world.calendars.deleteCalendar(calendarId);
    expect(await mendAll(stage)).toEqual({ "leave-wheel": 1 });
    expect(await mendAll(stage)).toEqual({});
    if (calendar !== undefined) await stage.world.calendars.putCalendar(calendar);
    expect(await mendAll(stage)).toEqual({ "enter-wheel": 1 });
  });

  it.each(["calendars.feedsOf", "exports.sendExports", "calendars.deletePointersAndCheckpoint", "calendars.deleteCalendar"])(
    "a removal that stopped before %s and was not asked for again is finished",
    async (method) => {
      const stage = new Stage();
      const { calendarId } = await stage.grow(3, { externalId: "room-7" });
      const { feedId } = await stage.feedOf(calendarId);
      stage.disturb(method, crashBefore);
      await expect(removeCalendar(calendarId, stage.ports, stage.world.newId)).rejects.toThrow("crash");
      expect(await mendAll(stage)).toMatchObject({ "finish-removal": 1 });
      const { calendars, externalIds, feeds } = stage.world;
      expect([calendars.metas.size, calendars.checkpoints.size, externalIds.claims.size]).toEqual([0, 0, 0]);
      expect(feeds.members.get(feedId)?.size).toBe(0);
      await stage.exportAll();
      expect(stage.ics(feedId)).not.toContain("BEGIN:VEVENT");
      expect(await mendAll(stage)).toEqual({});
    },
  );

  it("a membership that outlived its calendar goes, and its events leave the feed", async () => {
    const stage = new Stage();
    const [one, two] = [await stage.grow(), await stage.grow()];
    const { feedId } = await stage.feedOf(one.calendarId, two.calendarId);
    await stage.world.calendars.deleteCalendar(one.calendarId);
    expect(await mendAll(stage)).toEqual({ "leave-wheel": 1, "delete-member": 1, "export-feed": 1 });
    await stage.exportAll();
    expect(Object.keys(stage.build(feedId).members)).toEqual([two.calendarId]);
    expect(await mendAll(stage)).toEqual({});
  });

  it("a member whose calendar has lost its checkpoint stays", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    stage.world.calendars.checkpoints.delete(calendarId);
    expect(await mendAll(stage)).toEqual({ "export-feed": 1 });
    expect([...(stage.world.feeds.members.get(feedId)?.keys() ?? [])]).toEqual([calendarId]);
  });
});

describe("a calendar without success", () => {
  it("for a day is stale: people hear of it once, its feed says so, and a success resets it", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    await age(stage, calendarId, 24 * HOUR - 1);
    expect(await mendAll(stage)).toEqual({});
    stage.world.clock.minutes(1);
    expect(await mendAll(stage)).toEqual({ "tell-stale": 1 });
    expect(stage.world.topic.subjects()).toEqual(["Calferry: calendar-stale at host1.example"]);
    expect(stage.world.topic.messages[0]?.text).toContain(`calferry calendar show ${calendarId}`);
    await stage.exportAll();
    expect(stage.ics(feedId)).toContain("not updated since");
    for (let day = 0; day < 5; day += 1) {
      stage.world.clock.minutes(24 * HOUR);
      expect(await mendAll(stage)).toEqual({});
    }
    await stage.importTurn(calendarId);
    expect(stage.checkpoint(calendarId).staleCode).toBeUndefined();
    await stage.exportAll();
    expect(stage.ics(feedId)).not.toContain("not updated since");
    stage.world.clock.minutes(24 * HOUR);
    expect(await mendAll(stage)).toEqual({ "tell-stale": 1 });
  });

  it("for three of its intervals is stale where those are longer than a day", async () => {
    const stage = new Stage();
    await stage.grow(5, { intervalMinutes: 1440 });
    stage.world.clock.minutes(3 * 24 * HOUR - 2);
    expect(await mendAll(stage)).toEqual({});
    stage.world.clock.minutes(2);
    expect(await mendAll(stage)).toEqual({ "tell-stale": 1 });
  });

  it("that never had one is stale a day after it was made", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    stage.world.clock.minutes(24 * HOUR);
    expect(await mendAll(stage)).toEqual({ "tell-stale": 1 });
    expect(stage.checkpoint(calendarId).staleCode).toBe("calendar-stale");
    expect(await mendAll(stage)).toEqual({});
  });

  it("that its own worker found stale is told of all the same", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    stage.world.clock.minutes(25 * HOUR);
    await stage.importTurn(calendarId);
    expect(stage.checkpoint(calendarId).staleCode).toBe("source-not-found");
    expect(await mendAll(stage)).toEqual({ "tell-stale": 1 });
    expect(stage.world.topic.messages[0]?.text).toContain("(source-not-found)");
  });

  it.each([
    ["paused", {}],
    ["removed", { "finish-removal": 1 }],
  ] as const)("that is %s is not stale, for nobody wants one", async (state, mended) => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const calendar = stage.world.calendars.metas.get(calendarId);
    if (calendar !== undefined) await stage.world.calendars.putCalendar({ ...calendar, state });
    await stage.world.calendars.leaveWheel(calendarId);
    stage.world.clock.minutes(48 * HOUR);
    expect(await mendAll(stage)).toEqual(mended);
    expect(stage.world.topic.messages).toEqual([]);
  });

  it("one of a crowd that people have heard of is marked without a further word", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-gone" };
    await stage.importTurn(calendarId);
    await stage.recordAll();
    const group = stage.world.alerts.stored.get("import|source-gone|host1.example");
    expect(group).toBeDefined();
    if (group !== undefined) stage.world.alerts.stored.set(group.group, { ...group, count: 2 });
    stage.world.clock.minutes(25 * HOUR);
    expect(await mendAll(stage)).toMatchObject({ "tell-stale": 1 });
    expect(stage.world.topic.subjects()).toEqual(["Calferry: source-gone at host1.example"]);
    expect(stage.checkpoint(calendarId).staleToldAt).toBe(stage.world.clock.now().toISOString());
  });

  it("is told with its host's others as one, and the alert is forgotten after two quiet days", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const sibling = stage.checkpoint(calendarId);
    for (const id of ["a", "b", "c"]) {
      const calendar = stage.world.calendars.metas.get(calendarId);
      if (calendar !== undefined) await stage.world.calendars.putCalendar({ ...calendar, calendarId: id });
      await stage.world.calendars.putCheckpoint({ ...sibling, calendarId: id, wheel: slotOf(id, 60) });
    }
    stage.world.clock.minutes(25 * HOUR);
    expect(await mendAll(stage)).toEqual({ "tell-stale": 4 });
    expect(stage.world.topic.messages).toHaveLength(1);
    const tend = async (): Promise<unknown> =>
      await tendAlerts(stage.ports, { now: stage.world.clock.now, deadline: new Date(stage.world.clock.nowMs + 1) });
    stage.world.clock.minutes(47 * HOUR);
    expect(await tend()).toMatchObject({ groups: 1, told: 0 });
    stage.world.clock.minutes(HOUR);
    await tend();
    expect(stage.world.alerts.stored.size).toBe(0);
  });
});
