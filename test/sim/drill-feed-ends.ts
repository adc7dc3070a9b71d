/** Feeds are removed: nobody is served by them at once, nothing of them is left in the end, and not before nothing can come after it. */
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { ExportTask } from "../../lib/contract/task.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { purgeRemoved, SETTLE_SECONDS } from "../../lib/sync/purge-feed.ts";
import { refreshCalendar } from "../../lib/sync/refresh-calendar.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Drill } from "./drill.ts";

const SETTLE_MS = SETTLE_SECONDS * 1000;

export async function drillFeedEnds(drill: Drill): Promise<void> {
  await removedWhole(drill);
  await removedTwice(drill);
  await removedAndLeft(drill);
  await settled(drill);
  await strangers(drill);
  await refreshed(drill);
}

/** The follow-ups end it: nothing waits for the daily look. */
async function removedWhole(drill: Drill): Promise<void> {
  let feedId = "";
  await breakOffEverywhere(drill, {
    name: "remove feed",
    ways: ["error-after", "crash-before"],
    before: async () => void (feedId = await newFeed(drill)),
    work: async (ports) => {
      await removeFeed(feedId, ports, drill.context());
      mustServeNobody(drill, feedId, "answered");
    },
    after: (where) => {
      // Its worker may have ended it before its asker came again.
      const isEnded = drill.refused === "feed-unknown" && where !== "nowhere";
      drill.must(drill.refused === undefined || isEnded, `a feed's removal was refused as ${drill.refused}: ${where}`);
      mustBeGone(drill, feedId, where);
    },
  });
  await drill.ask("remove feed again", async (ports) => await removeFeed(feedId, ports, drill.context()));
  drill.must(drill.refused === "feed-unknown", `a feed that is gone was removed again: ${drill.refused}`);
}

/** A second removal ends the rest, and the first one's time counts. */
async function removedTwice(drill: Drill): Promise<void> {
  const feedId = await newFeed(drill);
  const { feeds } = drill.simulation.world;
  const calls: string[] = [];
  await drill.planned(
    (process, method) => {
      if (process.name !== "remove twice (drill)") return undefined;
      calls.push(method);
      const isServed = [...feeds.links.values()].some((link) => link.feedId === feedId);
      drill.must(!isServed || method !== "feeds.deletePointers", "a feed was taken apart while its link still served it");
      return undefined;
    },
    async () =>
      await drill.ask("remove twice", async (ports) => {
        await removeFeed(feedId, ports, drill.context());
        await removeFeed(feedId, ports, drill.context());
      }),
  );
  const marks = calls.filter((call) => call === "feeds.markRemoved").length;
  drill.must(marks === 1, `a feed was marked as removed ${marks} times`);
  mustBeGone(drill, feedId, "removed twice");
}

/** Its asker died and does not come again: its worker clears away what he left. */
async function removedAndLeft(drill: Drill): Promise<void> {
  const feedId = await newFeed(drill);
  await drill.planned(
    (process, method) =>
      process.name === "remove and die (drill)" && method === "feeds.deleteLinks" ? "crash-before" : undefined,
    async () => await drill.ask("remove and die", async (ports) => await removeFeed(feedId, ports, drill.context())),
  );
  mustServeNobody(drill, feedId, "its asker died");
  const { feeds } = drill.simulation.world;
  drill.must(feeds.metas.get(feedId)?.state === "removed", "a feed was forgotten while a build of it may still come");
  // Its registration is ended by the next look, or by whoever asks again.
  drill.simulation.skip(SETTLE_MS);
  await drill.ask("remove and die again", async (ports) => await removeFeed(feedId, ports, drill.context()));
  mustBeGone(drill, feedId, "asked again");
}

/** Until then a build that loaded it before may still write an object. */
async function settled(drill: Drill): Promise<void> {
  const { feeds } = drill.simulation.world;
  for (const [agoMs, isOver] of [
    [SETTLE_MS - 1, false],
    [SETTLE_MS, true],
    [undefined, true],
  ] as const) {
    const feedId = await newFeed(drill);
    const { feed, members } = (await feeds.load(feedId)) ?? {};
    if (feed === undefined || members === undefined) throw new Error(`feed ${feedId} is gone in the midst of a drill`);
    const now = drill.simulation.world.clock.now();
    const removedAt = agoMs === undefined ? undefined : new Date(now.getTime() - agoMs).toISOString();
    const removed = { ...feed, state: "removed", removedAt } as const;
    feeds.metas.set(feedId, removed);
    await drill.ask("purge", async (ports) => await purgeRemoved(removed, members, ports, now));
    drill.must(feeds.metas.has(feedId) !== isOver, `a feed removed ${agoMs} ms ago is ${isOver ? "still" : "not"} there`);
    mustServeNobody(drill, feedId, `purged after ${agoMs} ms`);
    feeds.metas.delete(feedId);
  }
}

/** A pointer to a feed that its calendar is not of goes with the next build that it causes, and no member's does. */
async function strangers(drill: Drill): Promise<void> {
  const [member, stranger] = drill.pupilsApart();
  const feedId = await newFeed(drill);
  const { calendars } = drill.simulation.world;
  const points = ({ calendarId }: { readonly calendarId: string }): boolean =>
    calendars.pointers.get(calendarId)?.has(feedId) === true;
  await calendars.putFeedPointer(stranger.calendarId, feedId);
  for (const pupil of [member, stranger]) {
    pupil.source.events = [...pupil.source.events, { uid: `new-${pupil.calendarId}@example.org`, title: "New" }];
    const dropped: string[] = [];
    await drill.planned(
      (process, method) => {
        if (method === "feeds.deletePointers") dropped.push(process.name);
        return undefined;
      },
      async () => await drill.sync(pupil),
    );
    drill.must(pupil === stranger || dropped.length === 0, `a member's import had a pointer dropped by ${dropped.join()}`);
    drill.must(points(member), `a build took the pointer of a member away: ${pupil.calendarId}`);
    drill.must(
      points(stranger) === (pupil === member),
      `the pointer of a stranger is ${points(stranger) ? "still" : "not"} there`,
    );
  }
  const calls: string[] = [];
  const task: ExportTask = { version: 1, kind: "export", taskId: `plain-${feedId}`, feedId, reason: "requested" };
  await drill.planned(
    (process, method) => {
      if (process.name.startsWith(`export plain-${feedId}`)) calls.push(method);
      return undefined;
    },
    async () => await drill.ask("have it built", async ({ exports }) => await exports.sendExports([task], 0)),
  );
  drill.must(
    calls.includes("feeds.load") && !calls.includes("feeds.deletePointers"),
    `a build of nobody's change cost ${calls.join()}`,
  );
}

/** What its source says is read in full, though it says nothing new. */
async function refreshed(drill: Drill): Promise<void> {
  const [, , pupil] = drill.pupilsApart();
  pupil.source.validators = "given";
  for (const _ of [1, 2]) await drill.sync(pupil);
  drill.must(pupil.source.served.at(-1)?.kind === "unchanged", `the same was answered ${pupil.source.served.at(-1)?.kind}`);
  const calls = await callsOf(drill, "refresh", async (ports) => await refreshCalendar(pupil.calendarId, ports, drill.context()));
  drill.must(pupil.source.served.at(-1)?.kind === "complete", "a refresh was answered by what the calendar has");
  const isInOrder = calls.indexOf("editor.forgetValidators") < calls.indexOf("urgent.sendUrgent");
  drill.must(isInOrder && drill.refused === undefined, `a refresh went ${calls.join()}, was refused as ${drill.refused}`);
  await drill.ask("refresh nobody", async (ports) => await refreshCalendar("nobody", ports, drill.context()));
  drill.must(drill.refused === "calendar-unknown", `nobody was refreshed: ${drill.refused}`);
}

function mustServeNobody(drill: Drill, feedId: string, where: string): void {
  const { feeds } = drill.simulation.world;
  const isLinked = [...feeds.links.values()].some((link) => link.feedId === feedId);
  const isServed = isLinked || feeds.builds.has(feedId) || feeds.metas.get(feedId)?.state === "active";
  drill.must(!isServed, `feed ${feedId} is removed and still served: ${where}`);
}

function mustBeGone(drill: Drill, feedId: string, where: string): void {
  mustServeNobody(drill, feedId, where);
  const { calendars, feeds, objects } = drill.simulation.world;
  const left = [
    ...(feeds.metas.has(feedId) ? ["its registration"] : []),
    ...((feeds.members.get(feedId)?.size ?? 0) > 0 ? ["members"] : []),
    ...([...calendars.pointers.values()].some((own) => own.has(feedId)) ? ["pointers"] : []),
    ...([...objects.stored.keys()].some((key) => key.startsWith(`feeds/${feedId}/`)) ? ["bytes"] : []),
  ];
  drill.must(left.length === 0, `of feed ${feedId} ${left.join(", ")} are left: ${where}`);
}

async function newFeed(drill: Drill): Promise<string> {
  const { randomBytes } = drill.simulation.world;
  const [member] = drill.pupilsApart();
  const draft = FeedDraft.parse({ name: "Ending", members: [{ calendarId: member.calendarId }] });
  let feedId = "";
  await drill.ask("create feed", async (ports) => {
    ({ feedId } = (await createFeed(draft, ports, { ...drill.context(), randomBytes })).feed);
  });
  return feedId;
}
