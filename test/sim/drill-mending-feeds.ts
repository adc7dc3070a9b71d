/** A feed's half-written records, each alone: members and their pointers, builds that are old, feeds that were removed. */
import type { Build } from "../../lib/contract/feed.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { makeFeed } from "./drill-feed.ts";
import type { Drill, Pupil } from "./drill.ts";
import { look, lookAt, mendEach, partOf } from "./sweeping.ts";
import type { Slip } from "./sweeping.ts";

/** No build takes longer that loaded the feed before it was removed. */
const SETTLED_MS = 900_000;
/** No task takes longer with all its tries. */
const UNDER_WAY_MS = 15 * 60_000;
const GHOST = "ghost";

/** A feed, and two of its members. */
type Class = { readonly drill: Drill; readonly feedId: string; readonly one: Pupil; readonly other: Pupil };

export async function drillMendingFeeds(drill: Drill): Promise<void> {
  const [one, other] = drill.pupilsApart();
  const feedId = await makeFeed(drill, [one.calendarId, other.calendarId]);
  drill.hours(1);
  await look(drill);
  const group: Class = { drill, feedId, one, other };
  await mendEach(drill, [...pairSlips(group), ...buildSlips(group)]);
  await drillHalfMember(group);
  await drillMeanwhile(group);
  await drillBrokenOff(group);
  await drillRemoved(group);
}

function pairSlips({ drill, feedId, one }: Class): Slip[] {
  const { calendars } = drill.simulation.world;
  return [
    {
      name: "a member does not know of its feed",
      make: async () => void calendars.pointers.get(one.calendarId)?.delete(feedId),
      finds: { "put-pointer": 1, "export-feed": 1 },
      writes: ["calendars.putFeedPointer", "exports.sendExports"],
      after: () => mustKnow(drill, one, feedId),
    },
    {
      name: "a member whose calendar was removed",
      make: () => putGhost(drill, feedId),
      finds: { "delete-member": 1, "export-feed": 1 },
      writes: ["feeds.deleteMember", "exports.sendExports"],
      after: () => mustBeGhostless(drill, feedId, "it was mended"),
    },
    {
      name: "a member whose calendar was removed, and that was built",
      make: () => {
        putGhost(drill, feedId);
        alterBuild(drill, feedId, ({ members }) => ({ members: { ...members, [GHOST]: 1 } }));
      },
      finds: { "delete-member": 1, "export-feed": 1 },
      writes: ["feeds.deleteMember", "exports.sendExports"],
      after: () => mustBeGhostless(drill, feedId, "it was mended"),
    },
  ];
}

/** What the last build left out, long enough ago that nobody is on the way with it. */
function buildSlips({ drill, feedId, one }: Class): Slip[] {
  return [UNDER_WAY_MS - 1, UNDER_WAY_MS].map((ageMs): Slip => {
    const isOld = ageMs === UNDER_WAY_MS;
    return {
      name: `a feed is older than its member since ${ageMs} ms`,
      make: (atMs) => {
        makeOld(drill, feedId, one, atMs - ageMs);
      },
      finds: isOld ? { "export-feed": 1 } : {},
      writes: isOld ? ["exports.sendExports"] : [],
      after: () => {
        const isBuilt = isNew(drill, feedId, one);
        drill.must(isBuilt === isOld, `feed ${feedId} was built although its export may be on the way`);
        makeOld(drill, feedId, one, drill.simulation.nowMs, 0);
      },
    };
  });
}

/** Registered, and its checkpoint was lost: people still see it in the feed, so that its membership stays. */
async function drillHalfMember({ drill, feedId, one }: Class): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  calendars.metas.set(GHOST, { ...one.calendar, calendarId: GHOST });
  putGhost(drill, feedId);
  await look(drill);
  await mendEach(drill, [
    { name: "a member that is half registered", make: () => undefined, finds: {}, writes: [], reads: "again" },
  ]);
  drill.must(feeds.members.get(feedId)?.has(GHOST) === true, `feed ${feedId} lost a member that is registered`);
  calendars.metas.delete(GHOST);
  await look(drill);
  mustBeGhostless(drill, feedId, "its registration went");
}

/** What was seen is a hint: whoever came between the look and the mend has the last word. */
async function drillMeanwhile({ drill, feedId, one }: Class): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  const meanwhile = async (name: string, work: () => void, mends: number): Promise<void> => {
    const rival = { name, work: async (): Promise<void> => await Promise.resolve(work()) };
    await interpose(drill, { at: "feeds.load", whose: isSweep, rival }, async () => {
      const { report, writes } = await look(drill);
      const count = Object.keys(report).length;
      drill.must(count === mends && writes.length === mends, `${name} meanwhile: a look writes ${writes.join(", ")}`);
    });
  };
  makeOld(drill, feedId, one, 0);
  await meanwhile("the feed is built", () => makeOld(drill, feedId, one, 0, 0), 0);
  const feed = feeds.metas.get(feedId);
  const member = feeds.members.get(feedId)?.get(one.calendarId);
  if (feed === undefined || member === undefined) throw new Error(`feed ${feedId} is gone in the midst of a drill`);
  calendars.pointers.get(one.calendarId)?.delete(feedId);
  await meanwhile("the feed is removed", () => feeds.metas.set(feedId, { ...feed, state: "removed" }), 0);
  feeds.metas.set(feedId, feed);
  await meanwhile("the feed is cleared away", () => feeds.metas.delete(feedId), 0);
  feeds.metas.set(feedId, feed);
  // The one thing that is left to do: the feed shows what was taken out of it.
  await meanwhile("the member is taken out", () => feeds.members.get(feedId)?.delete(one.calendarId), 1);
  drill.must(calendars.pointers.get(one.calendarId)?.has(feedId) !== true, `${one.calendarId} points to a feed that it left`);
  feeds.members.get(feedId)?.set(one.calendarId, member);
  await look(drill);
  mustKnow(drill, one, feedId);
}

async function drillBrokenOff({ drill, feedId, one }: Class): Promise<void> {
  const { calendars } = drill.simulation.world;
  await breakOffEverywhere(drill, {
    name: "mend feed",
    before: async () => {
      await Promise.resolve();
      calendars.pointers.get(one.calendarId)?.delete(feedId);
      putGhost(drill, feedId);
      alterBuild(drill, feedId, ({ members }) => ({ members: { ...members, [GHOST]: 1 } }));
    },
    work: lookAt(drill, await partOf(drill, "feeds", feedId)),
    after: (where) => {
      mustKnow(drill, one, feedId);
      mustBeGhostless(drill, feedId, where);
    },
  });
}

/** Whoever removed it sent for somebody who clears it away; where that was lost, the look sends for one, once no build can come after it. */
async function drillRemoved({ drill, feedId }: Class): Promise<void> {
  const { feeds } = drill.simulation.world;
  const feed = feeds.metas.get(feedId);
  if (feed === undefined) throw new Error(`feed ${feedId} is gone in the midst of a drill`);
  const remove = (atMs: number): void => {
    feeds.metas.set(feedId, { ...feed, state: "removed", removedAt: new Date(atMs).toISOString() });
  };
  await mendEach(drill, [
    {
      name: "a feed that was removed a moment ago",
      make: (atMs) => remove(atMs - SETTLED_MS + 1),
      finds: {},
      writes: [],
      after: () => {
        drill.must(feeds.builds.has(feedId), `feed ${feedId} was cleared away although builds of it may be under way`);
        remove(drill.simulation.nowMs);
      },
    },
    {
      name: "a feed that was removed",
      make: (atMs) => remove(atMs - SETTLED_MS),
      finds: { "export-feed": 1 },
      writes: ["exports.sendExports"],
      after: () => {
        const isLeft = feeds.metas.has(feedId) || feeds.builds.has(feedId);
        drill.must(!isLeft, `feed ${feedId} was removed and something of it is left`);
      },
    },
  ]);
}

function isSweep({ name }: { readonly name: string }): boolean {
  return name.startsWith("sweep");
}

function mustKnow(drill: Drill, { calendarId }: Pupil, feedId: string): void {
  const isKnown = drill.simulation.world.calendars.pointers.get(calendarId)?.has(feedId) === true;
  drill.must(isKnown, `${calendarId} does not know of feed ${feedId}, though it was mended`);
}

function mustBeGhostless(drill: Drill, feedId: string, where: string): void {
  const { feeds } = drill.simulation.world;
  const isThere = feeds.members.get(feedId)?.has(GHOST) === true || GHOST in (feeds.builds.get(feedId)?.members ?? {});
  drill.must(!isThere, `feed ${feedId} still has a calendar that is no more: ${where}`);
}

/** A member whose calendar nobody knows. */
function putGhost({ simulation }: Drill, feedId: string): void {
  const members = simulation.world.feeds.members.get(feedId);
  members?.set(GHOST, { version: 1, calendarId: GHOST, mask: "full", position: members.size });
}

/** The feed shows a version less than its member has, which was imported then; with `behind` 0 it shows all. */
function makeOld(drill: Drill, feedId: string, { calendarId, checkpoint }: Pupil, atMs: number, behind = 1): void {
  const { outcome, calendarVersion } = checkpoint;
  if (outcome === undefined) throw new Error(`${calendarId} was never imported`);
  const settled = { ...checkpoint, outcome: { ...outcome, at: new Date(atMs).toISOString() } };
  drill.simulation.world.calendars.checkpoints.set(calendarId, settled);
  alterBuild(drill, feedId, ({ members }) => ({ members: { ...members, [calendarId]: calendarVersion - behind } }));
}

function isNew({ simulation }: Drill, feedId: string, { calendarId, checkpoint }: Pupil): boolean {
  return simulation.world.feeds.builds.get(feedId)?.members[calendarId] === checkpoint.calendarVersion;
}

function alterBuild({ simulation }: Drill, feedId: string, alter: (build: Build) => Partial<Build>): void {
  const { builds } = simulation.world.feeds;
  const build = builds.get(feedId);
  if (build !== undefined) builds.set(feedId, { ...build, ...alter(build) });
}
