/** Feeds are given other members, masks and names: each shows it soon, though whoever asked died on the way, and what changes nothing writes nothing. */
import type * as z from "zod";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft, FeedPatch } from "../../lib/contract/feed.ts";
import { changeFeed } from "../../lib/sync/change-feed.ts";
import { putMember, removeMember, setMembers } from "../../lib/sync/change-members.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Fault } from "./simulation.ts";

type Patch = z.input<typeof FeedPatch>;

const TRIES = 8;
const READS = /\.(?:load|calendars)$/u;
/** Whoever asked dies before what he did took effect, or right after it. */
const DEATHS: readonly Fault[] = ["crash-before", "crash-after"];

export async function drillMembers(drill: Drill): Promise<void> {
  const [one, two] = drill.pupilsApart();
  const feedId = await newFeed(drill, [one.calendarId]);
  await putInAndOut(drill, feedId, two);
  await listed(drill, feedId, one, two);
  await refused(drill, feedId, one);
  await membersBrokenOff(drill, feedId, two);
  await membersLeft(drill, feedId, two);
}

export async function drillDescriptions(drill: Drill): Promise<void> {
  const [one] = drill.pupilsApart();
  const feedId = await newFeed(drill, [one.calendarId]);
  await described(drill, feedId);
  await overtaken(drill, feedId);
  await descriptionLeft(drill, feedId);
}

async function putInAndOut(drill: Drill, feedId: string, { calendarId }: Pupil): Promise<void> {
  const put = async (ports: Ports): Promise<unknown> => await putMember({ feedId, calendarId }, {}, ports, drill.context());
  const came = await watched(drill, "put in", put, () => isIn(drill, feedId, calendarId));
  mustBuildTwice(drill, came, "a member that came");
  const loads = came.filter((call) => call === "feeds.load").length;
  drill.must(loads === 1, `a member that came had its feed loaded ${loads} times, though nobody went`);
  mustShow(drill, feedId, [calendarId], []);
  const again = await callsOf(drill, "put in again", put);
  drill.must(again.join() === "feeds.load", `a member that is one already cost ${again.join()}`);
  const isMoved = (): boolean => drill.simulation.world.feeds.members.get(feedId)?.get(calendarId)?.position === 0;
  const move = async (ports: Ports): Promise<unknown> =>
    await putMember({ feedId, calendarId }, { position: 0 }, ports, drill.context());
  mustBuildTwice(drill, await watched(drill, "move up", move, isMoved), "a member whose place changed");
  mustShow(drill, feedId, [calendarId], []);
  const out = async (ports: Ports): Promise<unknown> => await removeMember({ feedId, calendarId }, ports, drill.context());
  const went = await watched(drill, "take out", out, () => !isIn(drill, feedId, calendarId));
  mustBuildTwice(drill, went, "a member that went");
  const isLast = went.indexOf("feeds.deleteMembers") < went.indexOf("feeds.deletePointers");
  drill.must(isLast, `a member knew no more of its feed before it was taken out: ${went.join()}`);
  mustShow(drill, feedId, [], [calendarId]);
  await drill.ask("take out again", out);
  drill.must(drill.refused === "member-unknown", `what is no member was taken out: ${drill.refused}`);
}

async function listed(drill: Drill, feedId: string, one: Pupil, two: Pupil): Promise<void> {
  const set = async (name: string, ids: readonly string[]): Promise<readonly string[]> =>
    await callsOf(drill, name, async (ports) => {
      const { members } = FeedDraft.parse({ name: "List", members: ids.map((calendarId) => ({ calendarId })) });
      await setMembers(feedId, members, ports, drill.context());
    });
  await set("list both", [two.calendarId, one.calendarId]);
  mustShow(drill, feedId, [one.calendarId, two.calendarId], []);
  const again = await set("list both again", [two.calendarId, one.calendarId]);
  drill.must(again.join() === "feeds.load", `the list that it has cost ${again.join()}`);
  await set("list one", [one.calendarId]);
  mustShow(drill, feedId, [one.calendarId], [two.calendarId]);
}

/** Nobody's, and somebody else's; then nothing is written. */
async function refused(drill: Drill, feedId: string, { calendarId: known }: Pupil): Promise<void> {
  let foreign = "";
  await drill.ask("create another owner's", async (ports) => {
    const draft = CalendarDraft.parse({ ownerId: "another", source: { kind: "push" } });
    foreign = (await createCalendar(draft, ports, drill.context())).calendar.calendarId;
  });
  for (const calendarId of ["nobody", foreign]) {
    const calls = await callsOf(drill, "put a stranger in", async (ports) => {
      await putMember({ feedId, calendarId }, {}, ports, drill.context());
    });
    const isSo = drill.refused === "calendar-unknown" && calls.join() === "feeds.load,feeds.calendars";
    drill.must(isSo, `a stranger was put in: ${drill.refused}, after ${calls.join()}`);
  }
  await drill.ask("put into nothing", async (ports) => {
    await putMember({ feedId: "nothing", calendarId: known }, {}, ports, drill.context());
  });
  drill.must(drill.refused === "feed-unknown", `a member was put into no feed: ${drill.refused}`);
  await drill.ask("remove another owner's", async (ports) => {
    await removeCalendar(foreign, ports, drill.simulation.world.newId);
  });
}

async function membersBrokenOff(drill: Drill, feedId: string, { calendarId }: Pupil): Promise<void> {
  let isWanted = false;
  await breakOffEverywhere(drill, {
    name: "list",
    ways: ["error-after"],
    before: async () => await Promise.resolve(void (isWanted = !isWanted)),
    work: async (ports) => await turn(drill, feedId, calendarId, isWanted, ports),
    after: (where) => {
      // A member that is out already is no member any more.
      drill.must(drill.refused === undefined || drill.refused === "member-unknown", `was refused as ${drill.refused}: ${where}`);
      mustShow(drill, feedId, isWanted ? [calendarId] : [], isWanted ? [] : [calendarId], where);
    },
  });
}

/** He does not ask again: what he did is shown all the same, and nothing points where it should not. */
async function membersLeft(drill: Drill, feedId: string, { calendarId }: Pupil): Promise<void> {
  for (const way of DEATHS) {
    for (const isWanted of [true, false]) {
      await drill.ask(
        "as before",
        async (ports) => await turn(drill, feedId, calendarId, !isWanted, ports).catch(() => undefined),
      );
      let exportsSent = 0;
      await drill.planned(
        (process, method) => {
          if (process.name !== "list and die (drill)" || method !== "exports.sendExports") return undefined;
          exportsSent += 1;
          return exportsSent === 2 ? way : undefined;
        },
        async () => await drill.ask("list and die", async (ports) => await turn(drill, feedId, calendarId, isWanted, ports)),
      );
      mustShow(drill, feedId, isWanted ? [calendarId] : [], isWanted ? [] : [calendarId], `${way} at the last build`);
    }
  }
}

async function turn(drill: Drill, feedId: string, calendarId: string, isWanted: boolean, ports: Ports): Promise<void> {
  if (isWanted) await putMember({ feedId, calendarId }, {}, ports, drill.context());
  else await removeMember({ feedId, calendarId }, ports, drill.context());
}

async function described(drill: Drill, feedId: string): Promise<void> {
  const patches: readonly Patch[] = [{ name: "Renamed" }, { color: "#336699" }, { policy: { people: "keep" } }, { color: null }];
  for (const patch of patches) {
    const isDone = (): boolean => drill.simulation.world.feeds.metas.get(feedId)?.revision === revision + 1;
    const revision = drill.simulation.world.feeds.metas.get(feedId)?.revision ?? 0;
    const work = async (ports: Ports): Promise<unknown> => await describe(drill, feedId, patch, ports);
    mustBuildTwice(drill, await watched(drill, "describe", work, isDone), JSON.stringify(patch));
    const again = await callsOf(drill, "describe again", work);
    drill.must(again.join() === "feeds.load", `${JSON.stringify(patch)} that it has cost ${again.join()}`);
  }
  drill.must(shown(drill, feedId).includes("NAME:Renamed"), "a feed shows its old name");
  await drill.ask("describe nothing", async (ports) => await describe(drill, "nothing", { name: "Lost" }, ports));
  drill.must(drill.refused === "feed-unknown", `no feed was renamed: ${drill.refused}`);
}

/** Changes of others that come between are kept; whoever loses each time is told so. */
async function overtaken(drill: Drill, feedId: string): Promise<void> {
  const { metas } = drill.simulation.world.feeds;
  const calls = await callsAmidst(
    drill,
    "describe by two",
    async (ports) => await describe(drill, feedId, { name: "One" }, ports),
    {
      at: "feeds.saveFeed",
      work: async (ports) => await describe(drill, feedId, { color: "#112233" }, ports),
    },
  );
  const { name, color } = metas.get(feedId) ?? {};
  drill.must(name === "One" && color === "#112233", `two changes at once left ${name} and ${color}`);
  const builds = calls.filter((call) => call === "exports.sendExports").length;
  drill.must(builds === 2, `a change that came second asked for ${builds} builds`);
  let seen = 0;
  await drill.planned(
    (process, method) => {
      if (process.name !== "describe against all (drill)" || method !== "feeds.saveFeed") return undefined;
      seen += 1;
      return { name: "describe", work: async (ports) => await describe(drill, feedId, { name: `Rival ${seen}` }, ports) };
    },
    async () => await drill.ask("describe against all", async (ports) => await describe(drill, feedId, { name: "Mine" }, ports)),
  );
  const isSo = drill.refused === "write-contended" && seen === TRIES && metas.get(feedId)?.name === `Rival ${TRIES}`;
  drill.must(isSo, `after ${seen} losses its asker was told ${drill.refused}, and it is called ${metas.get(feedId)?.name}`);
}

async function descriptionLeft(drill: Drill, feedId: string): Promise<void> {
  for (const [index, way] of DEATHS.entries()) {
    const name = `Left ${index}`;
    await drill.planned(
      (process, method) => (process.name === "describe and die (drill)" && method === "feeds.saveFeed" ? way : undefined),
      async () => await drill.ask("describe and die", async (ports) => await describe(drill, feedId, { name }, ports)),
    );
    const isSaved = drill.simulation.world.feeds.metas.get(feedId)?.name === name;
    drill.must(isSaved === shown(drill, feedId).includes(`NAME:${name}`), `a feed is called ${name} and does not show it`);
  }
}

async function describe(drill: Drill, feedId: string, patch: Patch, ports: Ports): Promise<void> {
  await changeFeed(feedId, FeedPatch.parse(patch), ports, drill.context());
}

/** @param isDone whether the change is made; it has to be when the last build is asked for */
async function watched(
  drill: Drill,
  name: string,
  work: (ports: Ports) => Promise<unknown>,
  isDone: () => boolean,
): Promise<readonly string[]> {
  const done: boolean[] = [];
  const calls = await callsOf(drill, name, work, (method) => {
    if (method === "exports.sendExports") done.push(isDone());
  });
  drill.must(
    done.at(-1) === true && drill.refused === undefined,
    `${name} asked for its last build before it was done, or was refused: ${drill.refused}`,
  );
  return calls;
}

/** Once after it is written; and once more before, for later, in case that its asker dies. */
function mustBuildTwice(drill: Drill, calls: readonly string[], what: string): void {
  const builds = calls.filter((call) => call === "exports.sendExports").length;
  drill.must(builds === 2, `${what} asked for ${builds} builds, wanted one now and one in case`);
  // Whoever dies after his first write is not there to ask for it.
  const first = calls.find((call) => !READS.test(call));
  drill.must(first === "exports.sendExports", `${what} was written (${first}) before a build was asked for in case`);
}

function isIn(drill: Drill, feedId: string, calendarId: string): boolean {
  return drill.simulation.world.feeds.members.get(feedId)?.has(calendarId) === true;
}

/** Its newest bytes have the events of these, and of those none; each points to its feed, or not. */
function mustShow(drill: Drill, feedId: string, ins: readonly string[], outs: readonly string[], where = "asked"): void {
  const { calendars, feeds } = drill.simulation.world;
  const text = shown(drill, feedId);
  for (const [ids, isWanted] of [[ins, true] as const, [outs, false] as const]) {
    for (const calendarId of ids) {
      const isShown = text.includes(titleOf(drill, calendarId)) && calendarId in (feeds.builds.get(feedId)?.members ?? {});
      const points = calendars.pointers.get(calendarId)?.has(feedId) === true;
      drill.must(isShown === isWanted, `${calendarId} is ${isShown ? "" : "not "}shown by ${feedId}: ${where}`);
      drill.must(points === isWanted, `${calendarId} does ${points ? "" : "not "}point to ${feedId}: ${where}`);
    }
  }
}

function shown({ simulation }: Drill, feedId: string): string {
  const { objectKey = "" } = simulation.world.feeds.builds.get(feedId) ?? {};
  return simulation.world.objects.stored.has(objectKey) ? simulation.world.objects.text(objectKey) : "";
}

/** Of one of its events. */
function titleOf(drill: Drill, calendarId: string): string {
  const [event] = drill.weather.sourceOf(calendarId)?.events ?? [];
  return `SUMMARY:${event?.title}`;
}

async function newFeed(drill: Drill, calendarIds: readonly string[]): Promise<string> {
  const { randomBytes } = drill.simulation.world;
  const draft = FeedDraft.parse({ name: "Members", members: calendarIds.map((calendarId) => ({ calendarId })) });
  let feedId = "";
  await drill.ask("create feed", async (ports) => {
    ({ feedId } = (await createFeed(draft, ports, { ...drill.context(), randomBytes })).feed);
  });
  return feedId;
}
