/** A calendar is taken out, whatever is known of it, wherever it is broken off, and whoever puts it into a feed meanwhile. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

/** One calendar with all that can hang on it. */
type Whole = { readonly calendarId: string; readonly feedIds: readonly string[] };

const CRON = { kind: "cron", expression: "0 9 * * 1-5", zone: "Europe/Berlin" } as const;

export async function drillRemoval(drill: Drill): Promise<void> {
  await removedEverywhere(drill);
  await removedAlone(drill);
  await joinedMeanwhile(drill);
  await leftOver(drill);
}

/** Its schedule, its name and its feeds go with it, and what asked again would find is nothing. */
async function removedEverywhere(drill: Drill): Promise<void> {
  const feedIds = [await newFeed(drill), await newFeed(drill)];
  let whole: Whole = { calendarId: "", feedIds };
  await breakOffEverywhere(drill, {
    name: "remove",
    before: async () => {
      whole = { calendarId: await newCalendar(drill, "whole"), feedIds };
      for (const feedId of feedIds) await join(drill, feedId, whole.calendarId);
    },
    ways: ["error-after", "crash-before"],
    work: async (ports) => await remove(drill, whole.calendarId, ports),
    after: (where) => {
      const isRefused = drill.refused !== undefined;
      // Whose registration alone was left finds nothing more to do.
      const mayRefuse =
        where.includes("deleteCalendar") || where.includes("error-after at calendars.deletePointersAndCheckpoint");
      drill.must(!isRefused || mayRefuse, `was refused as ${drill.refused}: ${where}`);
      mustBeGone(drill, whole, where);
    },
  });
}

function mustBeGone(drill: Drill, { calendarId, feedIds }: Whole, where: string): void {
  const { calendars, feeds, crons, externalIds } = drill.simulation.world;
  const left = [
    ...(calendars.metas.has(calendarId) ? ["a registration"] : []),
    ...(calendars.checkpoints.has(calendarId) ? ["a checkpoint"] : []),
    ...(calendars.pointers.has(calendarId) ? ["pointers"] : []),
    ...[...crons.standing.keys()].flatMap((name) => (name.endsWith(`.${calendarId}`) ? ["a schedule"] : [])),
    ...[...externalIds.claims.values()].flatMap((claim) => (claim.calendarId === calendarId ? ["a name"] : [])),
    ...feedIds.flatMap((feedId) => (feeds.members.get(feedId)?.has(calendarId) === true ? [`a member of ${feedId}`] : [])),
    ...feedIds.flatMap((feedId) => (calendarId in (feeds.builds.get(feedId)?.members ?? {}) ? [`bytes in ${feedId}`] : [])),
  ];
  drill.must(left.length === 0, `${left.join(", ")} of ${calendarId} is left: ${where}`);
}

/** One that is in no feed, has no schedule and no name, costs nothing for them; a second time it is unknown. */
async function removedAlone(drill: Drill): Promise<void> {
  const calendarId = await newCalendar(drill);
  const calls = await callsOf(drill, "remove alone", async (ports) => {
    const left = await remove(drill, calendarId, ports);
    drill.must(left.length === 0, `${calendarId} was in no feed, and left ${left.join()}`);
  });
  drill.must(drill.refused === undefined, `a calendar that is there was refused as ${drill.refused}`);
  const strange = calls.filter((call) => !call.startsWith("calendars."));
  drill.must(strange.length === 0, `a plain removal called ${strange.join()}`);
  await drill.ask("remove again", async (ports) => await remove(drill, calendarId, ports));
  drill.must(drill.refused === "calendar-unknown", `what is gone was removed again: ${drill.refused}`);
}

/** Somebody had looked whether it is there before it was taken out, and puts it into a feed only now. */
async function joinedMeanwhile(drill: Drill): Promise<void> {
  const feedIds = [await newFeed(drill), await newFeed(drill)];
  const [first = "", second = ""] = feedIds;
  const calendarId = await newCalendar(drill);
  await join(drill, first, calendarId);
  const late = { at: "exports.sendExports", work: async (ports: Ports) => await joinBy(ports, second, calendarId) };
  await callsAmidst(
    drill,
    "remove a joining one",
    async (ports) => {
      const left = await remove(drill, calendarId, ports);
      drill.must(left.join() === feedIds.join(), `${calendarId} left ${left.join()}, wanted ${feedIds.join()}`);
    },
    late,
  );
  mustBeGone(drill, { calendarId, feedIds }, "joined meanwhile");
}

/** Of a registration that a hand took away only the memberships are left. */
async function leftOver(drill: Drill): Promise<void> {
  const feedId = await newFeed(drill);
  const calendarId = await newCalendar(drill);
  await join(drill, feedId, calendarId);
  drill.simulation.world.calendars.metas.delete(calendarId);
  await drill.ask("remove the rest", async (ports) => {
    const left = await remove(drill, calendarId, ports);
    drill.must(left.join() === feedId, `the rest of ${calendarId} left ${left.join()}, wanted ${feedId}`);
  });
  drill.must(drill.refused === undefined, `the rest of a calendar was refused as ${drill.refused}`);
  mustBeGone(drill, { calendarId, feedIds: [feedId] }, "without a registration");
}

async function remove(drill: Drill, calendarId: string, ports: Ports): Promise<readonly string[]> {
  return await removeCalendar(calendarId, ports, drill.simulation.world.newId);
}

/** `whole`: with a schedule and a name of its own, which is always the same. */
async function newCalendar(drill: Drill, kind: "plain" | "whole" = "plain"): Promise<string> {
  const { url } = drill.weather.addSource();
  const whole = kind === "whole" ? { schedule: CRON, externalId: "whole" } : {};
  const draft = CalendarDraft.parse({ source: { kind: "url", url }, intervalMinutes: 10, ...whole });
  let calendarId = "";
  await drill.ask(`create ${url}`, async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  if (calendarId === "") throw new Error(`a calendar was refused as ${drill.refused}`);
  return calendarId;
}

/** A feed that has another calendar, too. */
async function newFeed(drill: Drill): Promise<string> {
  const { randomBytes } = drill.simulation.world;
  const [member] = drill.pupils();
  const draft = FeedDraft.parse({ name: "Removal", members: [{ calendarId: member?.calendarId }] });
  let feedId = "";
  await drill.ask("create feed", async (ports) => {
    ({ feedId } = (await createFeed(draft, ports, { ...drill.context(), randomBytes })).feed);
  });
  return feedId;
}

async function join(drill: Drill, feedId: string, calendarId: string): Promise<void> {
  await drill.ask("join", async (ports) => {
    await joinBy(ports, feedId, calendarId);
    await ports.exports.sendExports(
      [{ version: 1, kind: "export", taskId: drill.simulation.world.newId(), feedId, reason: "changed" }],
      0,
    );
  });
}

async function joinBy({ feeds }: Ports, feedId: string, calendarId: string): Promise<void> {
  await feeds.putPointers(feedId, [calendarId]);
  await feeds.putMembers(feedId, [{ version: 1, calendarId, mask: "full", position: 1 }]);
}
