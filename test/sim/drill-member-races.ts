/** Calendars come into feeds and go by two at once, or end meanwhile: each feed shows whom it has, and whoever is in one knows of it. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Member } from "../../lib/contract/feed.ts";
import { putMember, removeMember } from "../../lib/sync/change-members.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import { interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import { Press } from "./press.ts";

type Place = { readonly feedId: string; readonly calendarId: string };

export async function drillMemberRaces(drill: Drill): Promise<void> {
  const [one, two] = drill.pupilsApart();
  const place = { feedId: await newFeed(drill, one.calendarId), calendarId: two.calendarId };
  for (const isPut of [true, false]) await crossed(drill, place, isPut);
  await removedMeanwhile(drill, { feedId: place.feedId, calendarId: one.calendarId });
  await foundEarly(drill, one);
  await endedMeanwhile(drill, place);
  await strangersFirst(drill, one, two);
}

/** Between each two calls of whoever puts it in somebody else takes it out, and the other way round. */
async function crossed(drill: Drill, place: Place, isPut: boolean): Promise<void> {
  const { feedId, calendarId } = place;
  const [work, other] = isPut ? [put, takeOut] : [takeOut, put];
  const before = async (): Promise<void> =>
    await drill.ask("as before", async (ports) => void (await other(drill, place, ports).catch(() => undefined)));
  const name = isPut ? "put in against one" : "take out against one";
  await before();
  const calls = await callsOf(drill, name, async (ports) => await work(drill, place, ports));
  for (const [index, method] of calls.entries()) {
    await before();
    const nth = calls.slice(0, index + 1).filter((call) => call === method).length;
    const rival = {
      name: "somebody else",
      work: async (ports: Ports): Promise<void> => void (await other(drill, place, ports).catch(() => undefined)),
    };
    const isWork = (process: { readonly name: string }): boolean => process.name === `${name} (drill)`;
    await interpose(drill, { at: method, nth, whose: isWork, rival }, async () => {
      await drill.ask(name, async (ports) => {
        await work(drill, place, ports);
        mustKnow(drill, place, `${name}, before ${method} ${nth}`);
      });
    });
    mustKnow(drill, place, `${name}, before ${method} ${nth}, built`);
    const { builds, members } = drill.simulation.world.feeds;
    const [isShown, isIn] = [calendarId in (builds.get(feedId)?.members ?? {}), members.get(feedId)?.has(calendarId) === true];
    drill.must(
      isShown === isIn,
      `a feed shows ${isShown ? "whom it has not" : "not whom it has"}: ${name}, before ${method} ${nth}`,
    );
  }
}

/** A calendar that is removed while it is put in is in no feed, and whoever put it in is told so where he may know. */
async function removedMeanwhile(drill: Drill, { feedId, calendarId: first }: Place): Promise<void> {
  const { newId } = drill.simulation.world;
  for (const [at, nth, mayKnow] of [
    ["feeds.putPointers", 1, true],
    ["feeds.putMembers", 1, true],
    ["feeds.putPointers", 2, true],
    ["feeds.calendars", 2, true],
    ["exports.sendExports", 2, false],
  ] as const) {
    const calendarId = await newCalendar(drill);
    const where = `removed before ${at} ${nth}`;
    const rival = {
      name: "remover",
      work: async (ports: Ports): Promise<void> => void (await removeCalendar(calendarId, ports, newId)),
    };
    const whose = (process: { readonly name: string }): boolean => process.name === "put in a going one (drill)";
    await interpose(drill, { at, nth, whose, rival }, async () => {
      await callsOf(
        drill,
        "put in a going one",
        async (ports) => {
          const ids = new Set((await put(drill, { feedId, calendarId }, ports)).map((member) => member.calendarId));
          drill.must(ids.has(first), `a feed was told to have lost a member that stays: ${where}`);
          drill.must(!mayKnow || !ids.has(calendarId), `a calendar that is gone was told to be a member: ${where}`);
          mustBeOut(drill, { feedId, calendarId }, where);
        },
        (method) => {
          const isIn = drill.simulation.world.feeds.members.get(feedId)?.has(calendarId) === true;
          // Its removal finds the feed by the pointer, as long as it is in it.
          drill.must(!mayKnow || !isIn || method !== "feeds.deletePointers", `a member knows no more of its feed: ${where}`);
        },
      );
    });
    drill.must(drill.refused === undefined, `was refused as ${drill.refused}: ${where}`);
    mustBeOut(drill, { feedId, calendarId }, `${where}, built`);
    const isShown = calendarId in (drill.simulation.world.feeds.builds.get(feedId)?.members ?? {});
    drill.must(!isShown, `a feed shows a calendar that is gone: ${where}`);
  }
}

/** A worker that finds a pointer before its feed is there drops it; once the feed is to be built its calendar knows of it again. */
async function foundEarly(drill: Drill, { calendarId }: Pupil): Promise<void> {
  const { calendars, feeds } = drill.simulation.world;
  const known = (): readonly string[] => [...(calendars.pointers.get(calendarId) ?? [])];
  const before = new Set(feeds.metas.keys());
  const rival = {
    name: "a worker that is early",
    work: async (ports: Ports): Promise<void> => {
      const early = known().filter((feedId) => !feeds.metas.has(feedId));
      drill.must(early.length === 1, `${early.length} feeds were found before they were there, wanted one`);
      for (const feedId of early) {
        const names = { taskId: `early-${feedId}`, feedId, calendarId, calendarVersion: 1 };
        await exportFeed({ version: 1, kind: "export", ...names, reason: "commit" }, ports, drill.context());
        drill.must(!known().includes(feedId), `${calendarId} knows of feed ${feedId}, which a worker did not find`);
      }
    },
  };
  const mustBeKnown = (where: string): void => {
    const made = [...feeds.metas.keys()].find((feedId) => !before.has(feedId));
    drill.must(made !== undefined && known().includes(made), `a new feed's member does not know of it: ${where}`);
  };
  const draft = draftOf(calendarId);
  const { randomBytes } = drill.simulation.world;
  await interpose(drill, { at: "feeds.putFeed", rival }, async () => {
    await callsOf(
      drill,
      "create feed",
      async (ports) => await createFeed(draft, ports, { ...drill.context(), randomBytes }),
      (method) => {
        if (method === "exports.sendExports") mustBeKnown("it is to be built");
      },
    );
  });
  mustBeKnown("it is built");
}

/** Whoever is put in again while he is taken out, of a feed that somebody removes, does not know of it any more. */
async function endedMeanwhile(drill: Drill, place: Place): Promise<void> {
  const { feedId, calendarId } = place;
  await drill.ask("as before", async (ports) => void (await put(drill, place, ports)));
  const rival = {
    name: "whoever ends it",
    work: async (ports: Ports): Promise<void> => {
      const ids = (await put(drill, place, ports)).map((member) => member.calendarId);
      await ports.feeds.markRemoved(feedId, drill.at);
      await ports.feeds.deleteLinks(feedId);
      await ports.feeds.deletePointers(feedId, ids);
    },
  };
  const whose = (process: { readonly name: string }): boolean => process.name === "take out of an ending one (drill)";
  await interpose(drill, { at: "feeds.load", nth: 2, whose, rival }, async () => {
    await drill.ask("take out of an ending one", async (ports) => {
      await takeOut(drill, place, ports);
      const isKnown = drill.simulation.world.calendars.pointers.get(calendarId)?.has(feedId) === true;
      drill.must(!isKnown, `${calendarId} was taken out of a feed that is removed, and knows of it again`);
    });
  });
  mustBeOut(drill, place, "its feed was removed");
  await drill.ask("remove it to the end", async (ports) => await removeFeed(feedId, ports, drill.context()));
}

/** A stranger's pointer goes though its build fails, or each import asks for one more; and before whoever asked again is told that all is done. */
async function strangersFirst(drill: Drill, member: Pupil, { calendarId, checkpoint }: Pupil): Promise<void> {
  const press = await Press.of(drill, [member.calendarId]);
  const { feedId } = press;
  const { calendars, feeds } = drill.simulation.world;
  const isKnown = (): boolean => calendars.pointers.get(calendarId)?.has(feedId) === true;
  const committed = { calendarId, calendarVersion: checkpoint.calendarVersion, reason: "commit" } as const;
  await calendars.putFeedPointer(calendarId, feedId);
  press.rename();
  const { end } = await press.run(press.task(committed), (method) => (method === "objects.putFeed" ? "error-before" : undefined));
  drill.must(end?.kind === "retry", `a build whose bytes were not taken ended as ${end?.kind}`);
  drill.must(!isKnown(), "a stranger still knows of a feed, whose build failed");
  await calendars.putFeedPointer(calendarId, feedId);
  feeds.metas.delete(feedId);
  press.openLetter("asked-again");
  const { calls } = await press.run(press.task({ ...committed, replayOf: "asked-again" }), (method) => {
    drill.must(method !== "letters.put" || !isKnown(), "who asked again was told that all is done before it was");
    return undefined;
  });
  drill.must(calls.includes("letters.put") && !isKnown(), `a stranger's task for a feed that is gone cost ${calls.join()}`);
}

/** Its imports are shown only where its calendar knows of it. */
function mustKnow(drill: Drill, { feedId, calendarId }: Place, where: string): void {
  const { calendars, feeds } = drill.simulation.world;
  const isLost = feeds.members.get(feedId)?.has(calendarId) === true && calendars.pointers.get(calendarId)?.has(feedId) !== true;
  drill.must(!isLost, `${calendarId} is in feed ${feedId} and does not know of it: ${where}`);
}

function mustBeOut(drill: Drill, { feedId, calendarId }: Place, where: string): void {
  const { calendars, feeds } = drill.simulation.world;
  drill.must(feeds.members.get(feedId)?.has(calendarId) !== true, `${calendarId} is still in feed ${feedId}: ${where}`);
  drill.must(calendars.pointers.get(calendarId)?.has(feedId) !== true, `${calendarId} knows of feed ${feedId}: ${where}`);
}

async function put(drill: Drill, place: Place, ports: Ports): Promise<readonly Member[]> {
  return await putMember(place, {}, ports, drill.context());
}

async function takeOut(drill: Drill, place: Place, ports: Ports): Promise<readonly Member[]> {
  return await removeMember(place, ports, drill.context());
}

async function newCalendar(drill: Drill): Promise<string> {
  const { url } = drill.weather.addSource();
  const draft = CalendarDraft.parse({ source: { kind: "url", url }, intervalMinutes: 10 });
  let calendarId = "";
  await drill.ask(`create ${url}`, async (ports) => {
    ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
  });
  return calendarId;
}

async function newFeed(drill: Drill, calendarId: string): Promise<string> {
  const { randomBytes } = drill.simulation.world;
  let feedId = "";
  await drill.ask("create feed", async (ports) => {
    ({ feedId } = (await createFeed(draftOf(calendarId), ports, { ...drill.context(), randomBytes })).feed);
  });
  return feedId;
}

function draftOf(calendarId: string): FeedDraft {
  return FeedDraft.parse({ name: "Races", members: [{ calendarId }] });
}
