/** A calendar's half-written records, each alone: what is wrong is mended by one look, what is sound or was mended meanwhile is left. */
import type { AlertGroup } from "../../lib/contract/alert.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { groupOf, joined } from "../../lib/core/alert-groups.ts";
import { slotOf } from "../../lib/core/slots.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { makeFeed } from "./drill-feed.ts";
import type { Drill, Pupil } from "./drill.ts";
import { look, lookAt, mendEach, partOf } from "./sweeping.ts";
import type { Slip } from "./sweeping.ts";

const MINUTE_MS = 60_000;
/** No task takes longer with all its tries. */
const UNDER_WAY_MS = 15 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WRONG_SLOT = "1440#0#0";

/** The wheel and the registration. */
export async function drillMendingWheel(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { world } = drill.simulation;
  const { calendars } = world;
  const { calendarId } = pupil;
  drill.hours(1);
  await look(drill);
  const slot = pupil.checkpoint.wheel ?? "none";
  const [pushed = "none"] = drill.weather.pushCalendars;
  const isBack = (): void => {
    drill.must(pupil.checkpoint.wheel === slot, `${calendarId} is at ${pupil.checkpoint.wheel}, its slot was ${slot}`);
  };
  const isOff = (id: string): (() => void) => {
    return () => drill.must(calendars.checkpoints.get(id)?.wheel === undefined, `${id} is still on the wheel`);
  };
  await mendEach(drill, [
    { name: "all is well", make: () => undefined, finds: {}, writes: [] },
    {
      name: "a calendar fell off the wheel",
      make: async () => await calendars.leaveWheel(calendarId),
      finds: { "enter-wheel": 1 },
      writes: ["calendars.enterWheel"],
      after: isBack,
    },
    {
      name: "a calendar stands at another slot",
      make: async () => await calendars.moveSlot(calendarId, slot, WRONG_SLOT),
      finds: { "move-slot": 1 },
      writes: ["calendars.moveSlot"],
      after: isBack,
    },
    {
      name: "a calendar that is written by push came to the wheel",
      make: async () => await calendars.enterWheel(pushed, WRONG_SLOT),
      finds: { "leave-wheel": 1 },
      writes: ["calendars.leaveWheel"],
      after: isOff(pushed),
    },
    {
      name: "a checkpoint without a registration",
      make: async () => await putTwin(drill, pupil, { wheel: WRONG_SLOT }),
      finds: { "leave-wheel": 1 },
      writes: ["calendars.leaveWheel"],
      after: isOff(TWIN),
    },
    { name: "one that is off the wheel already", make: () => undefined, finds: {}, writes: [] },
  ]);
  await calendars.deletePointersAndCheckpoint(TWIN);
  await drillHalfRegistered(drill, pupil);
  await drillFoundMeanwhile(drill, pupil);
  await drillHalfRemoved(drill, pupil);
}

/** Nobody can be asked of it, and nothing of it is written. */
async function drillHalfRegistered(drill: Drill, { calendar }: Pupil): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  metas.set(TWIN, { ...calendar, calendarId: TWIN });
  await mendEach(drill, [{ name: "a registration without a checkpoint", make: () => undefined, finds: {}, writes: [] }]);
  metas.delete(TWIN);
}

/** What was seen is a hint: whoever came between the look and the mend is not disturbed. */
async function drillFoundMeanwhile(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendars } = drill.simulation.world;
  const { calendarId, calendar, checkpoint } = pupil;
  const slot = checkpoint.wheel ?? "none";
  const meanwhile = async (name: string, work: () => Promise<void>): Promise<void> =>
    await interpose(drill, { at: "calendars.load", rival: { name, work } }, async () => {
      const { report, writes } = await look(drill);
      drill.must(Object.keys(report).length === 0, `${name}: a look mends ${JSON.stringify(report)} although it was too late`);
      drill.must(writes.length === 0, `${name}: a look writes ${writes.join(", ")} although it was too late`);
    });
  await calendars.leaveWheel(calendarId);
  await meanwhile("it comes back to the wheel", async () => await calendars.enterWheel(calendarId, slot));
  await putTwin(drill, pupil, { wheel: slotOf(TWIN, calendar.intervalMinutes), hintMinutes: 0 });
  await meanwhile("its registration comes", async () => void calendars.metas.set(TWIN, { ...calendar, calendarId: TWIN }));
  drill.must(calendars.checkpoints.get(TWIN)?.wheel !== undefined, "a calendar that was just registered left the wheel");
  await calendars.leaveWheel(TWIN);
  await meanwhile("it is removed", async () => {
    await calendars.deleteCalendar(TWIN);
    await calendars.deletePointersAndCheckpoint(TWIN);
  });
}

/** Whoever took it out died on the way: nothing of it is left in the end. */
async function drillHalfRemoved(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  const putRemoved = async (): Promise<void> => {
    calendars.metas.set(TWIN, { ...pupil.calendar, calendarId: TWIN, state: "removed" });
    await putTwin(drill, pupil, {});
  };
  const mustBeGone = (where: string): void => {
    const isLeft = calendars.metas.has(TWIN) || calendars.checkpoints.has(TWIN) || calendars.pointers.has(TWIN);
    drill.must(!isLeft, `a calendar was removed, and something of it is left: ${where}`);
  };
  await mendEach(drill, [
    {
      name: "a calendar whose removal stopped on the way",
      make: putRemoved,
      finds: { "finish-removal": 1 },
      writes: ["calendars.markRemoved", "calendars.deletePointersAndCheckpoint", "calendars.deleteCalendar"],
      after: () => mustBeGone("a look"),
    },
    {
      name: "a calendar whose removal stopped before its registration went",
      make: async () => void calendars.metas.set(TWIN, { ...pupil.calendar, calendarId: TWIN, state: "removed" }),
      finds: { "finish-removal": 1 },
      writes: ["calendars.markRemoved", "calendars.deletePointersAndCheckpoint", "calendars.deleteCalendar"],
      after: () => mustBeGone("a look"),
    },
  ]);
  await putRemoved();
  const minutes = await partOf(drill, "calendars", TWIN);
  const feedId = await makeFeed(drill, [pupil.calendarId]);
  await breakOffEverywhere(drill, {
    name: "finish removal",
    before: async () => {
      await putRemoved();
      await calendars.putFeedPointer(TWIN, feedId);
      await feeds.putMembers(feedId, [{ version: 1, calendarId: TWIN, mask: "full", position: 1 }]);
    },
    work: lookAt(drill, minutes),
    after: (where) => {
      mustBeGone(where);
      drill.must(feeds.members.get(feedId)?.has(TWIN) === false, `feed ${feedId} has a calendar that is removed: ${where}`);
    },
  });
}

const TWIN = "twin";

/** Another calendar's checkpoint, as like this one as can be. */
async function putTwin({ simulation }: Drill, { checkpoint }: Pupil, facts: Partial<Checkpoint>): Promise<void> {
  await simulation.world.calendars.putCheckpoint({ ...checkpoint, calendarId: TWIN, ...facts });
}

/** Commits that nobody finished, and calendars without success. */
export async function drillMendingPromises(drill: Drill): Promise<void> {
  const [owing, silent, crowded] = drill.pupilsApart();
  await makeFeed(drill, [silent.calendarId, crowded.calendarId]);
  drill.hours(1);
  await look(drill);
  await mendEach(drill, [
    ...[UNDER_WAY_MS - 1, UNDER_WAY_MS].map((ageMs): Slip => {
      const isOld = ageMs === UNDER_WAY_MS;
      return {
        name: `a commit is owed since ${ageMs} ms`,
        make: (atMs) => owe(drill, owing, atMs - ageMs),
        finds: isOld ? { "finish-commit": 1 } : {},
        writes: isOld ? ["imports.sendImports"] : [],
        after: () => {
          const isOwed = owing.checkpoint.pending !== undefined;
          drill.must(isOwed !== isOld, `${owing.calendarId} owes a commit: ${isOwed}`);
          settle(drill, owing);
        },
      };
    }),
    ...staleSlips(drill, silent),
    ...crowdSlips(drill, crowded),
  ]);
  await drillStaleBrokenOff(drill, silent);
}

const TELLS = ["alerts.put", "topic.tell", "webhook.tell", "alerts.put"];
const MARKS = "records.markStale";

/** People and feeds hear of it; where its own worker has found it, the feeds have heard. */
function staleSlips(drill: Drill, pupil: Pupil): Slip[] {
  const isTold = (): void => {
    const { staleToldAt, host } = pupil.checkpoint;
    drill.must(staleToldAt !== undefined, `${pupil.calendarId} is stale and nothing says that people were told`);
    const group = drill.simulation.world.alerts.stored.get(groupOf({ kind: "stale", code: "calendar-stale", host }));
    drill.must(group?.calendarId === pupil.calendarId && group.lastAt === staleToldAt, `nobody heard of ${pupil.calendarId}`);
  };
  return [
    {
      name: "a calendar without success for almost a day",
      make: (atMs) => silence(drill, pupil, atMs - DAY_MS + 1, {}),
      finds: {},
      writes: [],
      after: () => silence(drill, pupil, drill.simulation.nowMs, {}),
    },
    {
      name: "a calendar without success for a day",
      make: (atMs) => silence(drill, pupil, atMs - DAY_MS, {}),
      finds: { "tell-stale": 1 },
      writes: [...TELLS, "exports.sendExports", MARKS],
      after: isTold,
    },
    {
      name: "a calendar that its own worker found stale",
      make: (atMs) => {
        drill.simulation.world.alerts.stored.clear();
        silence(drill, pupil, atMs - DAY_MS, { staleCode: "source-gone" });
      },
      finds: { "tell-stale": 1 },
      writes: [...TELLS, MARKS],
      after: isTold,
    },
  ];
}

/** Where people have heard of the host, each of its calendars would only be noise. */
function crowdSlips(drill: Drill, pupil: Pupil): Slip[] {
  const { alerts } = drill.simulation.world;
  const code = "source-gone";
  const crowd = (atMs: number, facts: Partial<AlertGroup>): void => {
    alerts.stored.clear();
    const at = new Date(atMs).toISOString();
    const group = joined(undefined, { kind: "import", code, reason: "drill", host: pupil.host }, at);
    alerts.stored.set(group.group, { ...group, revision: 1, ...facts });
    const outcome = { status: "failed", at: new Date(atMs - DAY_MS / 2).toISOString(), code } as const;
    silence(drill, pupil, atMs - DAY_MS, { outcome, staleCode: code });
  };
  const told = (name: string, facts: Partial<AlertGroup>, writes: readonly string[]): Slip => ({
    name: `a stale calendar of a host whose trouble is ${name}`,
    make: (atMs) => crowd(atMs, facts),
    finds: { "tell-stale": 1 },
    writes,
    after: () => alerts.stored.clear(),
  });
  return [
    told("many calendars'", { count: 2 }, [MARKS]),
    told("its own alone", { count: 1 }, [...TELLS, MARKS]),
    told("over", { count: 2, state: "recovered" }, [...TELLS, MARKS]),
  ];
}

/** Whoever marks it told has told it: people, and the feeds that show it. */
async function drillStaleBrokenOff(drill: Drill, pupil: Pupil): Promise<void> {
  const { alerts, feeds, calendars } = drill.simulation.world;
  const minutes = await partOf(drill, "calendars", pupil.calendarId);
  let sinceMs = 0;
  await breakOffEverywhere(drill, {
    name: "tell stale",
    before: () => {
      sinceMs = drill.simulation.nowMs;
      alerts.stored.clear();
      silence(drill, pupil, sinceMs - DAY_MS, {});
      return Promise.resolve();
    },
    work: lookAt(drill, minutes),
    after: async (where) => {
      const since = new Date(sinceMs).toISOString();
      const { checkpoint, calendarId } = pupil;
      drill.must(checkpoint.staleToldAt !== undefined, `${calendarId} is stale and not marked: ${where}`);
      drill.must(
        [...alerts.stored.values()].some(({ kind }) => kind === "stale"),
        `nobody heard of ${calendarId}: ${where}`,
      );
      for (const feedId of await calendars.feedsOf(calendarId)) {
        const begunAt = feeds.builds.get(feedId)?.begunAt ?? "";
        drill.must(begunAt > since, `feed ${feedId} does not say that ${calendarId} is stale: ${where}`);
      }
    },
  });
}

function silence(drill: Drill, pupil: Pupil, sinceMs: number, facts: Partial<Checkpoint>): void {
  const { calendarId, checkpoint } = pupil;
  const { staleCode: _code, staleToldAt: _told, ...rest } = checkpoint;
  const lastSuccessAt = new Date(sinceMs).toISOString();
  drill.simulation.world.calendars.checkpoints.set(calendarId, { ...rest, lastSuccessAt, ...facts });
}

/** What a commit promised, promised once more. */
function owe({ simulation }: Drill, { calendarId, checkpoint }: Pupil, sinceMs: number): void {
  const { calendarVersion: version, outcome } = checkpoint;
  const isIts = (key: string): boolean => key.startsWith(`changes/${calendarId}/${String(version).padStart(9, "0")}-`);
  const changesKey = [...simulation.changes].find(isIts);
  if (changesKey === undefined || outcome === undefined) throw new Error(`${calendarId} has nothing that it could owe`);
  simulation.world.calendars.checkpoints.set(calendarId, {
    ...checkpoint,
    outcome: { ...outcome, at: new Date(sinceMs).toISOString() },
    pending: { version, changesKey, cursor: 0 },
  });
}

function settle({ simulation }: Drill, { calendarId, checkpoint }: Pupil): void {
  simulation.world.calendars.checkpoints.set(calendarId, { ...checkpoint, pending: undefined });
}
