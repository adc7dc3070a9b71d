import { describe, expect, it } from "vitest";

import { MemberList } from "../../lib/contract/feed.ts";
import type { Member, MemberPut } from "../../lib/contract/feed.ts";
import { putMember, removeMember, setMembers } from "../../lib/sync/change-members.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import { crashBefore, Stage } from "./stage.ts";

type World = { readonly stage: Stage; readonly ids: readonly string[]; readonly feedId: string };

/** A feed of the first of `count` calendars, which have 2, 3, 4... events. */
async function published(count: number): Promise<World> {
  const stage = new Stage();
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await stage.grow(index + 2)).calendarId);
  return { stage, ids, feedId: (await stage.feedOf(ids[0] ?? "")).feedId };
}

const eventsIn = (stage: Stage, feedId: string): number => stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)?.length ?? 0;

async function set({ stage, feedId }: World, ...members: readonly unknown[]): Promise<readonly Member[]> {
  return await setMembers(feedId, MemberList.parse({ members }).members, stage.ports, stage.context());
}
async function put({ stage, feedId }: World, calendarId: string, how: MemberPut = {}): Promise<readonly Member[]> {
  return await putMember({ feedId, calendarId }, how, stage.ports, stage.context());
}

describe("members", () => {
  it("changed by two at once are as both say: who is taken out stays out, a mask that is set stays set", async () => {
    const world = await published(3);
    const { stage, feedId } = world;
    const [one = "", two = "", three = ""] = world.ids;
    const order = async (): Promise<unknown> =>
      (await stage.world.feeds.load(feedId))?.members.map(({ calendarId }) => calendarId);
    await set(world, ...world.ids.map((calendarId) => ({ calendarId })));
    const takeOut = async (calendarId: string): Promise<unknown> =>
      await removeMember({ feedId, calendarId }, stage.ports, stage.context());
    stage.before("feeds.updateMembers", async () => await takeOut(two));
    await put(world, three, { position: 0 });
    expect(await order()).toEqual([three, one]);
    stage.before("feeds.updateMembers", async () => await put(world, one, { mask: "busy" }));
    await put(world, one, { position: 0 });
    expect(stage.world.feeds.members.get(feedId)?.get(one)).toMatchObject({ mask: "busy", position: 0 });
    expect(await order()).toEqual([one, three]);
  });

  it("put in and taken out at once know of their feed where they are in it", async () => {
    const world = await published(2);
    const { stage, feedId } = world;
    const [, two = ""] = world.ids;
    await put(world, two);
    stage.before("feeds.deletePointers", async () => await put(world, two));
    await removeMember({ feedId, calendarId: two }, stage.ports, stage.context());
    expect(stage.world.feeds.members.get(feedId)?.has(two)).toBe(true);
    expect(await stage.world.calendars.feedsOf(two)).toEqual([feedId]);
    await removeMember({ feedId, calendarId: two }, stage.ports, stage.context());
    const task = {
      version: 1,
      kind: "export",
      taskId: "t",
      feedId,
      calendarId: two,
      calendarVersion: 1,
      reason: "commit",
    } as const;
    stage.before("feeds.putMembers", async () => await stage.export(task));
    await put(world, two);
    expect(await stage.world.calendars.feedsOf(two)).toEqual([feedId]);
  });

  it("taken out by somebody who died before their pointer was gone know of their feed no more once he asks again", async () => {
    const world = await published(2);
    const { stage, feedId } = world;
    const [, two = ""] = world.ids;
    const takeOut = async (): Promise<unknown> => await removeMember({ feedId, calendarId: two }, stage.ports, stage.context());
    await put(world, two);
    stage.disturb("feeds.deletePointers", crashBefore);
    await expect(takeOut()).rejects.toThrow("crash");
    expect(await stage.world.calendars.feedsOf(two)).toEqual([feedId]);
    await expect(takeOut()).rejects.toMatchObject({ code: "member-unknown" });
    expect(await stage.world.calendars.feedsOf(two)).toEqual([]);
  });

  it("put in while their calendar is removed are taken out again", async () => {
    const world = await published(2);
    const { stage, feedId } = world;
    const [, two = ""] = world.ids;
    stage.before("feeds.putPointers", async () => await removeCalendar(two, stage.ports, stage.world.newId));
    expect((await put(world, two)).map(({ calendarId }) => calendarId)).toEqual([world.ids[0]]);
    expect(stage.world.feeds.members.get(feedId)?.has(two)).toBe(false);
    expect(await stage.world.calendars.feedsOf(two)).toEqual([]);
    await stage.exportAll();
    expect(eventsIn(stage, feedId)).toBe(2);
  });
});

describe("a calendar that points to a feed that is not there", () => {
  const committed = async ({ stage, feedId }: World, calendarId: string): Promise<unknown> =>
    await stage.export({ version: 1, kind: "export", taskId: "t", feedId, calendarId, calendarVersion: 9, reason: "commit" });

  it("points to it no longer once an import has been told to it", async () => {
    const world = await published(2);
    const [, two = ""] = world.ids;
    const { stage, feedId } = world;
    for (const isMarked of [true, false]) {
      if (isMarked) await removeFeed(feedId, stage.ports, stage.context());
      else stage.world.feeds.metas.delete(feedId);
      await stage.world.calendars.putFeedPointer(two, feedId);
      expect(await committed(world, two)).toEqual({ kind: "done", status: "gone" });
      expect(await stage.world.calendars.feedsOf(two)).toEqual([]);
    }
  });

  it("yet knows of it once it is there", async () => {
    const world = await published(1);
    const { stage } = world;
    const [one = ""] = world.ids;
    stage.before("feeds.putFeed", async () => {
      for (const feedId of await stage.world.calendars.feedsOf(one)) await committed({ ...world, feedId }, one);
      expect(await stage.world.calendars.feedsOf(one)).toEqual([world.feedId]);
    });
    const { feedId } = await stage.feedOf(one);
    expect(await stage.world.calendars.feedsOf(one)).toEqual([world.feedId, feedId]);
  });
});
