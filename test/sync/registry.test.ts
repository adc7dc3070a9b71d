import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { putMember } from "../../lib/sync/change-members.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { crashBefore, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";
import { calendarText, sampleEvents } from "./sources.ts";

const URL = "https://host1.example/calendar.ics";
const AT = "2026-05-06T00:00:00.000Z";
const DRAFT = CalendarDraft.parse({ source: { kind: "url", url: URL } });

function urgentTasks(stage: Stage): ImportTask[] {
  return [...stage.world.urgent.messages.values()].map(({ body }): ImportTask => JSON.parse(body));
}

describe("a new calendar", () => {
  it("is found by workers before it is found by people, and is imported at once", async () => {
    const stage = new Stage();
    const { calendar, checkpoint } = await createCalendar(
      CalendarDraft.parse({ source: { kind: "url", url: URL }, intervalMinutes: 30 }),
      stage.ports,
      stage.context(),
    );
    expect(stage.calls).toEqual([
      "ownerRecords.owner",
      "hosts.host",
      "calendars.putCheckpoint",
      "calendars.putCalendar",
      "ownerRecords.owner",
      "hosts.host",
      "hosts.host",
      "hosts.reserve",
      "urgent.sendUrgent",
    ]);
    expect(calendar).toMatchObject({ calendarId: "id1", name: "host1.example", state: "active", intervalMinutes: 30 });
    expect(checkpoint).toMatchObject({ host: "host1.example", calendarVersion: 0, lastTurn: 0 });
    expect(checkpoint.wheel).toMatch(/^30#\d+#[0-7]$/u);
    expect(urgentTasks(stage)).toMatchObject([{ kind: "import", calendarId: "id1", reason: "created" }]);
  });

  it("of a host that a person paused begins paused, and goes on when its host does", async () => {
    const stage = new Stage();
    await stage.ports.hosts.pauseHost("host1.example", "2026-05-06T00:00:00.000Z");
    const draft = CalendarDraft.parse({ source: { kind: "url", url: URL } });
    const { calendar, checkpoint } = await createCalendar(draft, stage.ports, stage.context());
    expect(calendar).toMatchObject({ state: "paused", pausedBy: "host" });
    expect(checkpoint.wheel).toBeUndefined();
    expect(urgentTasks(stage)).toEqual([]);
    expect(await resumeCalendar(calendar.calendarId, "host", stage.ports)).toBe("resumed");
    expect(stage.checkpoint(calendar.calendarId).wheel).toMatch(/^60#/u);
  });

  it("of an owner that is paused begins paused, and goes on when its owner does", async () => {
    const stage = new Stage();
    await stage.ports.ownerRecords.pauseOwner("default", "2026-05-06T00:00:00.000Z");
    const { calendar, checkpoint } = await createCalendar(DRAFT, stage.ports, stage.context());
    expect(calendar).toMatchObject({ state: "paused", pausedBy: "owner" });
    expect(checkpoint.wheel).toBeUndefined();
    expect(urgentTasks(stage)).toEqual([]);
    expect(await resumeCalendar(calendar.calendarId, "owner", stage.ports)).toBe("resumed");
  });

  it.each([
    ["owner", async ({ ports }: Stage) => await ports.ownerRecords.pauseOwner("default", AT)],
    ["host", async ({ ports }: Stage) => await ports.hosts.pauseHost("host1.example", AT)],
  ] as const)("in the moment of a pause by %s ends paused, whoever was first", async (by, pause) => {
    for (const write of ["calendars.putCheckpoint", "calendars.putCalendar"]) {
      const stage = new Stage();
      // The pause lists what there is before the calendar is there to be listed.
      stage.before(write, async () => await pause(stage));
      const { calendar, checkpoint } = await createCalendar(DRAFT, stage.ports, stage.context());
      expect(calendar).toMatchObject({ state: "paused", pausedBy: by });
      expect(checkpoint.wheel).toBeUndefined();
      expect(stage.world.calendars.metas.get(calendar.calendarId)).toEqual(calendar);
      expect(urgentTasks(stage)).toEqual([]);
    }
  });

  it("in the moment in which its owner is resumed goes on as well", async () => {
    const stage = new Stage();
    await stage.ports.ownerRecords.pauseOwner("default", AT);
    stage.before("calendars.putCalendar", async () => await stage.ports.ownerRecords.endOwnersPause("default"));
    const { calendar, checkpoint } = await createCalendar(DRAFT, stage.ports, stage.context());
    expect(calendar.state).toBe("active");
    expect(checkpoint.wheel).toMatch(/^60#/u);
    expect(urgentTasks(stage)).toHaveLength(1);
  });

  it("in the moment of a pause of its owner that ends before it is paused goes on", async () => {
    const stage = new Stage();
    const { ownerRecords } = stage.ports;
    stage.before("calendars.putCalendar", async () => await ownerRecords.pauseOwner("default", AT));
    // Whoever resumes the owner finds it running.
    stage.before("calendars.replaceCalendar", async () => await ownerRecords.endOwnersPause("default"));
    const { calendar, checkpoint } = await createCalendar(DRAFT, stage.ports, stage.context());
    expect(calendar.state).toBe("active");
    expect(calendar.pausedBy).toBeUndefined();
    expect(checkpoint.wheel).toMatch(/^60#/u);
    expect(stage.world.calendars.metas.get(calendar.calendarId)).toEqual(calendar);
  });

  it("that waits for its turn sends nothing", async () => {
    const stage = new Stage();
    await stage.plant();
    expect(stage.world.urgent.messages.size).toBe(0);
  });

  it("with an address that is none is refused and writes nothing", async () => {
    const stage = new Stage();
    const draft = CalendarDraft.parse({ source: { kind: "url", url: "ftp://host1.example/calendar.ics" } });
    await expect(createCalendar(draft, stage.ports, stage.context())).rejects.toMatchObject({ code: "url-invalid" });
    expect(stage.calls).toEqual([]);
  });

  it("that an app pushes has no host, no place on the wheel and no task", async () => {
    const stage = new Stage();
    const { checkpoint } = await createCalendar(CalendarDraft.parse({ source: { kind: "push" } }), stage.ports, stage.context());
    expect(checkpoint.host).toBeUndefined();
    expect(checkpoint.wheel).toBeUndefined();
    expect(stage.calls).toEqual(["ownerRecords.owner", "calendars.putCheckpoint", "calendars.putCalendar", "ownerRecords.owner"]);
  });
});

describe("a new feed", () => {
  it("has its reverse pointers before its members, its link before its META, and is built last", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const draft = FeedDraft.parse({ name: "Team", members: [{ calendarId }] });
    const { randomBytes } = stage.world;
    const { feed, token } = await createFeed(draft, stage.ports, { ...stage.context(), randomBytes });
    expect(stage.calls).toEqual([
      "feeds.calendars",
      "feeds.putPointers",
      "feeds.putMembers",
      "links.putLink",
      "feeds.putFeed",
      "feeds.putPointers",
      "exports.sendExports",
    ]);
    expect(token.split(".")).toEqual([feed.feedId, expect.stringMatching(/^[\w-]{32}$/u)]);
    expect(JSON.stringify([...stage.world.feeds.links.values()])).not.toContain(token.split(".")[1]);
  });

  it("with a member that is not registered, or another owner's, is refused and writes nothing", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(5, { ownerId: "somebody" });
    const { randomBytes } = stage.world;
    for (const member of ["nobody", calendarId]) {
      stage.settle();
      const draft = FeedDraft.parse({ name: "Team", members: [{ calendarId: member }] });
      const created = createFeed(draft, stage.ports, { ...stage.context(), randomBytes });
      await expect(created).rejects.toMatchObject({ code: "calendar-unknown" });
      expect(stage.calls).toEqual(["feeds.calendars"]);
    }
  });

  it("that names a calendar twice has it once, with the last mask", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const members = [
      { calendarId, mask: "full" },
      { calendarId, mask: "busy" },
    ];
    const { randomBytes } = stage.world;
    const created = await createFeed(FeedDraft.parse({ name: "Team", members }), stage.ports, {
      ...stage.context(),
      randomBytes,
    });
    expect(created.members).toEqual([{ version: 1, calendarId, mask: "busy", position: 0 }]);
  });
});

describe("a calendar that is removed", () => {
  const remove = async (stage: Stage, calendarId: string): Promise<readonly string[]> =>
    await removeCalendar(calendarId, stage.ports, stage.world.newId);

  it.each([
    ["paused", pauseCalendar],
    ["resumed", resumeCalendar],
  ] as const)("stays removed where it was being %s meanwhile", async (_what, turn) => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    if (turn === resumeCalendar) await pauseCalendar(calendarId, "calendar", stage.ports);
    stage.before("calendars.replaceCalendar", async () => await remove(stage, calendarId));
    await expect(turn(calendarId, "calendar", stage.ports)).rejects.toMatchObject({ code: "calendar-unknown" });
    expect(stage.world.calendars.metas.has(calendarId)).toBe(false);
  });

  it("leaves a feed too that it came into meanwhile, by somebody who had seen it before", async () => {
    const stage = new Stage();
    const [one, other] = [await stage.grow(), await stage.grow()];
    const [first, second] = [await stage.feedOf(one.calendarId), await stage.feedOf(other.calendarId)];
    const removed = remove.bind(undefined, stage, one.calendarId);
    let gone: Promise<readonly string[]> | undefined;
    const joined = Promise.withResolvers<undefined>();
    stage.before("feeds.putPointers", async () => {
      stage.before("feeds.deleteMember", async () => await joined.promise);
      gone = removed();
      await stage.world.calendars.load(one.calendarId);
    });
    await putMember({ ...second, ...one }, {}, stage.ports, stage.context());
    joined.resolve(undefined);
    expect(await gone).toEqual([first.feedId, second.feedId]);
    const members = [...stage.world.feeds.members.values()].map((feed) => feed.size);
    expect(members).toEqual([0, 1]);
  });

  it("takes a registration out that has no checkpoint any more", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.world.calendars.checkpoints.delete(calendarId);
    await expect(remove(stage, calendarId)).rejects.toMatchObject({ code: "calendar-unknown" });
    expect(stage.world.calendars.metas.has(calendarId)).toBe(false);
  });

  async function memberOf(stage: Stage, others = 0): Promise<Planted & { readonly feedId: string }> {
    const planted = await stage.grow(3);
    const rest: string[] = [];
    for (let count = 0; count < others; count += 1) rest.push((await stage.grow(2)).calendarId);
    return { ...planted, ...(await stage.feedOf(planted.calendarId, ...rest)) };
  }

  it("leaves nothing behind, and its events leave the feeds", async () => {
    const stage = new Stage();
    const { calendarId, feedId } = await memberOf(stage, 1);
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(5);
    expect(await remove(stage, calendarId)).toEqual([feedId]);
    await stage.exportAll();
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(2);
    expect(stage.world.calendars.checkpoints.has(calendarId)).toBe(false);
    expect(await stage.importTurn(calendarId)).toEqual({ kind: "done", status: "gone" });
  });

  it("leaves a feed without events where it was the last member", async () => {
    const stage = new Stage();
    const { calendarId, feedId } = await memberOf(stage);
    await remove(stage, calendarId);
    await stage.exportAll();
    expect(stage.ics(feedId)).not.toContain("BEGIN:VEVENT");
    expect(stage.ics(feedId)).toContain("END:VCALENDAR");
  });

  it.each(["calendars.feedsOf", "feeds.deleteMember", "exports.sendExports", "calendars.deletePointersAndCheckpoint"])(
    "halfway, before %s, is found by nobody but its owner, and removed whole by the next try",
    async (method) => {
      const stage = new Stage();
      const { calendarId, feedId } = await memberOf(stage, 1);
      stage.disturb(method, crashBefore);
      await expect(remove(stage, calendarId)).rejects.toThrow("crash");
      await expect(syncNow(calendarId, stage.ports, stage.context())).rejects.toMatchObject({ code: "calendar-unknown" });
      expect(stage.world.calendars.metas.get(calendarId)).toMatchObject({ ownerId: "default", state: "removed" });
      expect(await remove(stage, calendarId)).toEqual([feedId]);
      await stage.exportAll();
      expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(2);
      expect(stage.world.calendars.checkpoints.has(calendarId)).toBe(false);
      expect(stage.world.calendars.metas.has(calendarId)).toBe(false);
    },
  );

  it("but for its registration is removed whole by the next try, which finds nothing else", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.disturb("calendars.deleteCalendar", crashBefore);
    await expect(remove(stage, calendarId)).rejects.toThrow("crash");
    await expect(remove(stage, calendarId)).rejects.toMatchObject({ code: "calendar-unknown" });
    expect(stage.world.calendars.metas.has(calendarId)).toBe(false);
  });
});

describe("sync now", () => {
  it("leaves a queued run that can be followed, and a task of the same id", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const run = await syncNow(calendarId, stage.ports, stage.context());
    expect(stage.world.calendars.runs.get(`${calendarId} ${run.runId}`)).toMatchObject({ status: "queued", taskId: run.taskId });
    expect(urgentTasks(stage)).toMatchObject([{ taskId: run.taskId, reason: "sync-now" }]);
    const [task = stage.askedTask(calendarId)] = urgentTasks(stage);
    stage.world.clock.advance(10);
    await stage.import(task);
    expect(stage.world.calendars.runs.get(`${calendarId} ${run.runId}`)).toMatchObject({ status: "unchanged" });
  });

  it("leaves no run that waits for nothing where its asker died before the task was sent", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.disturb("urgent.sendUrgent", crashBefore);
    const { size } = stage.world.calendars.runs;
    await expect(syncNow(calendarId, stage.ports, stage.context())).rejects.toThrow("crash");
    expect(stage.world.calendars.runs.size).toBe(size);
  });

  it("keeps its end where the worker was faster than its asker", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.world.clock.minutes(1);
    stage.before("calendars.putRun", async () => {
      const [task] = urgentTasks(stage);
      if (task !== undefined) await stage.import(task);
    });
    const { runId } = await syncNow(calendarId, stage.ports, stage.context());
    expect(stage.world.calendars.runs.get(`${calendarId} ${runId}`)).toMatchObject({ status: "unchanged" });
  });

  it("of a push calendar or of none is refused", async () => {
    const stage = new Stage();
    const { calendar } = await createCalendar(CalendarDraft.parse({ source: { kind: "push" } }), stage.ports, stage.context());
    await expect(syncNow(calendar.calendarId, stage.ports, stage.context())).rejects.toMatchObject({ code: "source-kind-wrong" });
    await expect(syncNow("nobody", stage.ports, stage.context())).rejects.toMatchObject({ code: "calendar-unknown" });
  });
});

describe("what an app pushes", () => {
  const bytesOf = (count: number): Uint8Array => new TextEncoder().encode(calendarText(sampleEvents(count)));

  async function pushed(stage: Stage, ...counts: readonly number[]): Promise<string> {
    const { calendar } = await createCalendar(CalendarDraft.parse({ source: { kind: "push" } }), stage.ports, stage.context());
    for (const count of counts) await put(stage, calendar.calendarId, count);
    return calendar.calendarId;
  }

  async function put(stage: Stage, calendarId: string, count: number, replace: "guarded" | "all" = "guarded"): Promise<unknown> {
    return await putEvents({ calendarId, bytes: bytesOf(count), contentType: undefined, replace }, stage.ports, stage.context());
  }

  it("is there at once, published and exported", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2);
    const { feedId } = await stage.feedOf(calendarId);
    expect(await put(stage, calendarId, 3)).toEqual({ created: 1, updated: 0, deleted: 0, skipped: 0, calendarVersion: 2 });
    expect(stage.world.published).toMatchObject([{ calendarVersion: 2, kind: "created" }]);
    await stage.exportAll();
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(3);
  });

  it("is written twice within one millisecond, and by a machine whose clock is behind", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2, 3);
    stage.world.clock.advance(-5000);
    expect(await put(stage, calendarId, 4)).toMatchObject({ created: 1, calendarVersion: 3 });
    expect(stage.snapshot(calendarId).events).toHaveLength(4);
  });

  it("and removes more than half is refused unless that is said", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 5);
    await expect(put(stage, calendarId, 2)).rejects.toMatchObject({ code: "removal-refused" });
    expect(stage.snapshot(calendarId).events).toHaveLength(5);
    expect(await put(stage, calendarId, 2, "all")).toMatchObject({ deleted: 3 });
    expect(await put(stage, calendarId, 1)).toMatchObject({ deleted: 1 });
  });

  it("and is the same again writes nothing", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2);
    stage.settle();
    expect(await put(stage, calendarId, 2)).toMatchObject({ created: 0, updated: 0, deleted: 0, calendarVersion: 1 });
    expect(stage.calls).toEqual(["calendars.load"]);
  });

  it("and is no calendar, or for a calendar with a url, is refused", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2);
    const html = { calendarId, bytes: new TextEncoder().encode("<html>"), contentType: undefined, replace: "all" } as const;
    await expect(putEvents(html, stage.ports, stage.context())).rejects.toMatchObject({ code: "body-invalid" });
    const { calendarId: pulled } = await stage.plant();
    await expect(put(stage, pulled, 1)).rejects.toMatchObject({ code: "source-kind-wrong" });
    await expect(put(stage, "nobody", 1)).rejects.toMatchObject({ code: "calendar-unknown" });
  });

  it("is finished by its follow-up where the API died after the commit", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2);
    stage.world.urgent.messages.clear();
    stage.disturb("changes.publish", crashBefore);
    await expect(put(stage, calendarId, 3)).rejects.toThrow("crash");
    const [followUp = stage.askedTask(calendarId)] = urgentTasks(stage);
    const [{ sentAtMs, visibleAtMs } = { sentAtMs: 0, visibleAtMs: 0 }] = stage.world.urgent.messages.values();
    expect(visibleAtMs - sentAtMs).toBe(60_000);
    expect(await stage.import(followUp)).toEqual({ kind: "done", status: "unchanged" });
    expect(stage.world.published).toMatchObject([{ calendarVersion: 1 }, { calendarVersion: 2 }]);
    expect(stage.checkpoint(calendarId).pending).toBeUndefined();
  });

  it("by two at once ends as one after the other", async () => {
    const stage = new Stage();
    const calendarId = await pushed(stage, 2);
    stage.before("calendars.save", async () => await put(stage, calendarId, 3));
    expect(await put(stage, calendarId, 4)).toMatchObject({ created: 1, calendarVersion: 3 });
  });
});
