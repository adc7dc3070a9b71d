import { describe, expect, it } from "vitest";

import { FeedPatch, MemberList } from "../../lib/contract/feed.ts";
import type { Member, MemberPut } from "../../lib/contract/feed.ts";
import type { ExportTask } from "../../lib/contract/task.ts";
import { changeFeed } from "../../lib/sync/change-feed.ts";
import { putMember, removeMember, setMembers } from "../../lib/sync/change-members.ts";
import { mendSegments, SEGMENT_COUNT } from "../../lib/sync/mend-segments.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { crashBefore, Stage } from "./stage.ts";

type World = { readonly stage: Stage; readonly ids: readonly string[]; readonly feedId: string; readonly token: string };

/** A feed of the first of `count` calendars, which have 2, 3, 4... events. */
async function published(count = 1): Promise<World> {
  const stage = new Stage();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await stage.grow(index + 2)).calendarId);
  return { stage, ids, ...(await stage.feedOf(ids[0] ?? "")) };
}

const eventsIn = (stage: Stage, feedId: string): number => stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)?.length ?? 0;
const tasksOf = (stage: Stage): { task: ExportTask; delaySeconds: number }[] =>
  [...stage.world.exports.messages.values()].map(({ body, sentAtMs, visibleAtMs }) => ({
    task: JSON.parse(body),
    delaySeconds: (visibleAtMs - sentAtMs) / 1000,
  }));

async function set({ stage, feedId }: World, ...members: readonly unknown[]): Promise<readonly Member[]> {
  return await setMembers(feedId, MemberList.parse({ members }).members, stage.ports, stage.context());
}
async function put({ stage, feedId }: World, calendarId: string, how: MemberPut = {}): Promise<readonly Member[]> {
  return await putMember({ feedId, calendarId }, how, stage.ports, stage.context());
}
async function patch({ stage, feedId }: World, change: unknown): Promise<unknown> {
  return await changeFeed(feedId, FeedPatch.parse(change), stage.ports, stage.context());
}

/** A day's ticks at once, and the builds that they ask for. */
async function look(stage: Stage): Promise<void> {
  const { calendars, feeds, letters, clock } = stage.world;
  stage.settle();
  const ports = { ...stage.ports, records: new MemorySweep(calendars, feeds, letters) };
  const minutes = Array.from({ length: SEGMENT_COUNT }, (_, minute) => minute);
  await mendSegments(minutes, ports, { now: clock.now, deadline: new Date(clock.nowMs + 1) });
  await stage.exportAll();
}

describe("a feed that is changed", () => {
  it("is built again at once, and once more where its caller died on the way", async () => {
    const world = await published();
    await patch(world, { name: "Choir", color: "teal" });
    expect(tasksOf(world.stage)).toMatchObject([
      { delaySeconds: 60, task: { feedId: world.feedId, reason: "changed" } },
      { delaySeconds: 0, task: { feedId: world.feedId, reason: "changed" } },
    ]);
    expect(world.stage.calls).toEqual(["feeds.load", "exports.sendExports", "feeds.saveFeed", "exports.sendExports"]);
    await world.stage.exportAll();
    expect(world.stage.ics(world.feedId)).toContain("NAME:Choir\r\nX-WR-CALNAME:Choir");
  });

  it("many times in a row is built as it stands at last; the follow-ups cost a read each", async () => {
    const world = await published();
    const { stage, feedId } = world;
    for (const name of ["A", "B", "C"]) await patch(world, { name });
    const ends = await stage.exportAll();
    expect(ends.map((end) => end.kind === "done" && end.status)).toEqual([
      "exported",
      ...Array.from({ length: 5 }, () => "duplicate"),
    ]);
    expect(stage.ics(feedId)).toContain("NAME:C\r\n");
    await patch(world, { name: "D" });
    const tasks = tasksOf(stage).map(({ task }) => task);
    await stage.exportAll();
    stage.settle();
    for (const task of tasks) expect(await stage.export(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.calls).toEqual(["feeds.build", "feeds.build"]);
  });

  it("by what it says already writes and sends nothing", async () => {
    const world = await published();
    await patch(world, { name: "Team", policy: { class: "guard" } });
    expect(world.stage.calls).toEqual(["feeds.load"]);
  });

  it("loses by null what it had", async () => {
    const world = await published();
    await patch(world, { color: "teal", policy: { pastDays: 30, futureDays: 60 }, filters: { allDay: "drop" } });
    await patch(world, { color: null, policy: { pastDays: null }, filters: null });
    const meta = world.stage.world.feeds.metas.get(world.feedId);
    expect([meta?.color, meta?.filters, meta?.policy.pastDays, meta?.policy.futureDays]).toEqual([
      undefined,
      undefined,
      undefined,
      60,
    ]);
  });

  it("shows to Google, too, that its policy moved: SEQUENCE and LAST-MODIFIED go up, and only then", async () => {
    const world = await published();
    const { stage, feedId } = world;
    await patch(world, { name: "Other" });
    await stage.exportAll();
    expect(stage.ics(feedId)).toContain("SEQUENCE:0");
    await patch(world, { policy: { class: "as-is" } });
    await stage.exportAll();
    expect(stage.ics(feedId)).toContain("SEQUENCE:1");
    const stamp = stage.world.clock
      .now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/gu, "");
    expect(stage.ics(feedId)).toContain(`LAST-MODIFIED:${stamp}`);
  });

  it("by two at once has both changes", async () => {
    const world = await published();
    world.stage.before("feeds.saveFeed", async () => await patch(world, { color: "teal" }));
    await patch(world, { name: "Choir" });
    expect(world.stage.world.feeds.metas.get(world.feedId)).toMatchObject({ name: "Choir", color: "teal", revision: 2 });
    await world.stage.exportAll();
    expect(world.stage.ics(world.feedId)).toContain("NAME:Choir");
    world.stage.before("feeds.saveFeed", async () => await removeFeed(world.feedId, world.stage.ports, world.stage.context()));
    await expect(patch(world, { name: "Late" })).rejects.toMatchObject({ code: "feed-unknown" });
    expect(world.stage.world.feeds.metas.get(world.feedId)?.state).toBe("removed");
  });

  it("that is unknown is refused", async () => {
    const world = await published();
    await expect(patch({ ...world, feedId: "nobody" }, { name: "x" })).rejects.toMatchObject({ code: "feed-unknown" });
  });
});

describe("the members of a feed", () => {
  it("are set all at once: pointers first, members last; away the other way", async () => {
    const world = await published(3);
    const [one = "", two = "", three = ""] = world.ids;
    const members = await set(world, { calendarId: three, mask: "busy" }, { calendarId: two });
    expect(members.map(({ calendarId, mask, position }) => [calendarId, mask, position])).toEqual([
      [three, "busy", 0],
      [two, "full", 1],
    ]);
    expect(world.stage.calls).toEqual([
      "feeds.load",
      "feeds.calendars",
      "exports.sendExports",
      "feeds.putPointers",
      "feeds.putMembers",
      "feeds.updateMembers",
      "feeds.deleteMembers",
      "feeds.deletePointers",
      "feeds.load",
      "feeds.putPointers",
      "feeds.putPointers",
      "feeds.calendars",
      "feeds.deleteMembers",
      "feeds.deletePointers",
      "exports.sendExports",
    ]);
    await world.stage.exportAll();
    expect(eventsIn(world.stage, world.feedId)).toBe(7);
    expect(await world.stage.world.calendars.feedsOf(one)).toEqual([]);
    expect(await world.stage.world.calendars.feedsOf(two)).toEqual([world.feedId]);
  });

  it("are put in at a place, moved, masked, and taken out", async () => {
    const world = await published(3);
    const [one = "", two = "", three = ""] = world.ids;
    const order = (members: readonly Member[]): string[] => members.map(({ calendarId }) => calendarId);
    expect(order(await put(world, two))).toEqual([one, two]);
    expect(order(await put(world, three, { position: 0, mask: "titles" }))).toEqual([three, one, two]);
    expect(order(await put(world, three, { position: 199 }))).toEqual([one, two, three]);
    expect((await put(world, three, {}))[2]).toMatchObject({ mask: "titles", position: 2 });
    const left = await removeMember({ feedId: world.feedId, calendarId: one }, world.stage.ports, world.stage.context());
    expect(left.map(({ calendarId, position }) => [calendarId, position])).toEqual([
      [two, 0],
      [three, 1],
    ]);
    await world.stage.exportAll();
    expect(eventsIn(world.stage, world.feedId)).toBe(7);
  });

  it("have filters of their own, which a put without them leaves and null takes away", async () => {
    const world = await published(1);
    const [one = ""] = world.ids;
    await put(world, one, { filters: { keywords: { exclude: ["Event 1"] } } });
    await put(world, one, { mask: "titles" });
    expect(world.stage.world.feeds.members.get(world.feedId)?.get(one)).toMatchObject({
      mask: "titles",
      filters: { keywords: {} },
    });
    const [member] = await put(world, one, { filters: null });
    expect(member?.filters).toBeUndefined();
  });

  it("whose mask changed go out with a higher SEQUENCE, so that a title that was shown goes", async () => {
    const world = await published(1);
    const [one = ""] = world.ids;
    await put(world, one, { mask: "titles" });
    await put(world, one, { mask: "busy" });
    await world.stage.exportAll();
    expect(world.stage.ics(world.feedId)).toContain("SEQUENCE:2");
  });

  it("of another owner, or none, are refused and nothing is written", async () => {
    const world = await published(1);
    const foreign = (await world.stage.grow(2, { ownerId: "somebody" })).calendarId;
    for (const calendarId of [foreign, "nobody"]) {
      world.stage.settle();
      await expect(put(world, calendarId)).rejects.toMatchObject({ code: "calendar-unknown" });
      await expect(set(world, { calendarId })).rejects.toMatchObject({ code: "calendar-unknown" });
      expect(world.stage.calls).toEqual(["feeds.load", "feeds.calendars", "feeds.load", "feeds.calendars"]);
    }
    const gone = removeMember({ feedId: world.feedId, calendarId: "nobody" }, world.stage.ports, world.stage.context());
    await expect(gone).rejects.toMatchObject({ code: "member-unknown" });
  });

  it("are at most two hundred", async () => {
    const world = await published(1);
    const many = Array.from(
      { length: 200 },
      (_, position) => ({ version: 1, calendarId: `c${position}`, mask: "full", position }) as const,
    );
    await world.stage.world.feeds.putMembers(world.feedId, many);
    await world.stage.world.feeds.deleteMember(world.feedId, world.ids[0] ?? "");
    await expect(put(world, world.ids[0] ?? "")).rejects.toMatchObject({ code: "members-full" });
    expect(MemberList.safeParse({ members: [...many, { calendarId: "x" }] }).success).toBe(false);
  });

  it.each(["feeds.putMembers", "feeds.deleteMembers", "exports.sendExports"])(
    "half changed by a crash before %s end as the next try says",
    async (method) => {
      const world = await published(2);
      const [one = "", two = ""] = world.ids;
      world.stage.disturb(method, crashBefore);
      await expect(set(world, { calendarId: two })).rejects.toThrow("crash");
      await set(world, { calendarId: two });
      await world.stage.exportAll();
      expect(eventsIn(world.stage, world.feedId)).toBe(3);
      expect(await world.stage.world.calendars.feedsOf(one)).toEqual([]);
    },
  );
});

describe("a calendar that was taken out by somebody who died on the way", () => {
  it("points to the feed no longer once an import has been told to it", async () => {
    const world = await published(2);
    const [one = "", two = ""] = world.ids;
    const { stage, feedId } = world;
    await put(world, two);
    await stage.exportAll();
    stage.disturb("feeds.deletePointers", crashBefore);
    await expect(set(world, { calendarId: two })).rejects.toThrow("crash");
    await set(world, { calendarId: two });
    expect(await stage.world.calendars.feedsOf(one)).toEqual([feedId]);
    const task = {
      version: 1,
      kind: "export",
      taskId: "t",
      feedId,
      calendarId: one,
      calendarVersion: 9,
      reason: "commit",
    } as const;
    await stage.export(task);
    expect(await stage.world.calendars.feedsOf(one)).toEqual([]);
    expect(await stage.world.calendars.feedsOf(two)).toEqual([feedId]);
    expect(eventsIn(stage, feedId)).toBe(3);
  });
});

describe("a feed with a horizon ahead", () => {
  it("is built again by the daily look, so that what comes nearer comes in", async () => {
    const world = await published();
    const { stage, feedId } = world;
    await patch(world, { policy: { futureDays: 1 } });
    await stage.exportAll();
    const before = stage.build(feedId);
    await look(stage);
    expect(stage.build(feedId).definition).toBe(before.definition);
    stage.world.clock.minutes(1440);
    await look(stage);
    expect(stage.build(feedId).definition).not.toBe(before.definition);
  });
});

describe("a feed that is removed", () => {
  const remove = async ({ stage, feedId }: World): Promise<void> => await removeFeed(feedId, stage.ports, stage.context());
  const askedOf = async ({ stage, token }: World): Promise<number> =>
    (await serveFeed(token, { method: "GET" }, stage.ports, stage.world.clock.now())).status;
  const isEmpty = ({ stage, feedId }: World): boolean => {
    const { feeds, objects } = stage.world;
    const left =
      [...feeds.links.values()].filter((link) => link.feedId === feedId).length + (feeds.members.get(feedId)?.size ?? 0);
    return (
      left === 0 && !feeds.builds.has(feedId) && ![...objects.stored.keys()].some((key) => key.startsWith(`feeds/${feedId}/`))
    );
  };

  it("answers nobody from now on, and its bytes are deleted", async () => {
    const world = await published();
    expect(await askedOf(world)).toBe(200);
    await remove(world);
    expect(await askedOf(world)).toBe(404);
    expect(isEmpty(world)).toBe(true);
    expect(await world.stage.world.calendars.feedsOf(world.ids[0] ?? "")).toEqual([]);
    await expect(patch(world, { name: "x" })).rejects.toMatchObject({ code: "feed-unknown" });
  });

  it("leaves nothing, also where a build was under way", async () => {
    const world = await published();
    const { stage, feedId } = world;
    stage.before("feeds.flip", async () => await remove(world));
    await stage.export({ version: 1, kind: "export", taskId: "late", feedId, reason: "changed" });
    stage.world.clock.minutes(16);
    await stage.exportAll();
    expect(isEmpty(world)).toBe(true);
    expect(stage.world.feeds.metas.has(feedId)).toBe(false);
  });

  it.each(["feeds.deleteLinks", "feeds.deletePointers", "feeds.deleteMembers", "feeds.deleteBuild", "objects.deleteFeedObjects"])(
    "half, by a crash before %s, is cleared away by its follow-up",
    async (method) => {
      const world = await published();
      world.stage.disturb(method, crashBefore);
      await expect(remove(world)).rejects.toThrow("crash");
      world.stage.world.clock.minutes(2);
      await world.stage.exportAll();
      expect(await askedOf(world)).toBe(404);
      expect(isEmpty(world)).toBe(true);
    },
  );

  it("half, and its follow-up lost, is cleared away by the daily look", async () => {
    const world = await published();
    const { stage, feedId } = world;
    stage.disturb("feeds.deleteLinks", crashBefore);
    await expect(remove(world)).rejects.toThrow("crash");
    stage.world.exports.messages.clear();
    stage.world.clock.minutes(20);
    await look(stage);
    expect(isEmpty(world)).toBe(true);
    expect(stage.world.feeds.metas.has(feedId)).toBe(false);
  });
});
