/** A calendar is moved while somebody asks its old address, by two at once, or by somebody who dies half way: the old one's word counts no more. */
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { CalendarPatch } from "../../lib/contract/calendar.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { patchCalendar } from "../../lib/core/patch-calendar.ts";
import { validatorsKeyOf } from "../../lib/core/read-feed.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { showHold } from "../../lib/sync/show-hold.ts";
import { sampleEvents } from "../sync/sources.ts";
import type { Source } from "../sync/sources.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import { Deliveries, leaveCommit } from "./deliveries.ts";
import type { Worked } from "./deliveries.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Ports } from "./desk.ts";
import { change, mustShow, plant } from "./drill-moves.ts";
import type { Moved } from "./drill-moves.ts";
import type { Process } from "./simulation.ts";
import { look, mendEach } from "./sweeping.ts";

type Lesson = Moved & { readonly drill: Drill; readonly deliveries: Deliveries };

const REST_SECONDS = 600;
const MANY = 12;

export async function drillHalfMoves(drill: Drill): Promise<void> {
  const lesson = await begin(drill);
  await drillMended(lesson);
  await drillAskedFirst(lesson);
  await drillTwoMovers(lesson);
  await drillTimesToo(lesson);
  await drillRobots(lesson);
}

export async function drillLateWords(drill: Drill): Promise<void> {
  const lesson = await begin(drill);
  await drillForgotten(lesson);
  await drillOldBody(lesson);
  await drillThereAndBack(lesson);
  await drillLateHold(lesson);
  await drillGoneHere(lesson);
}

async function begin(drill: Drill): Promise<Lesson> {
  return { ...(await plant(drill)), drill, deliveries: new Deliveries(drill) };
}

/** A look forgets the old address and names the host of the new one. */
async function drillMended({ drill, pupil, sources: [, there] }: Lesson): Promise<void> {
  drill.hours(1);
  await look(drill);
  await mendEach(drill, [
    {
      name: "a calendar whose mover died before the old address was forgotten",
      make: async () => await moveHalf(drill, pupil, there),
      finds: { "finish-move": 1 },
      writes: ["editor.forgetSource"],
      after: () => {
        const { etag, engineKey } = pupil.checkpoint;
        drill.must(etag === undefined && engineKey === undefined, `${pupil.calendarId} remembers ${etag} of its old address`);
      },
    },
  ]);
  await drill.sync(pupil);
  mustShow(drill, pupil, there, "moved half, and mended");
}

/** Where an import comes before the look, it is the new address's host that wants rest, and that is given it. */
async function drillAskedFirst({ drill, deliveries, pupil, sources: [here, there] }: Lesson): Promise<void> {
  const { hosts } = drill.simulation.world;
  await moveHalf(drill, pupil, here);
  here.manner = { kind: "throttled", seconds: REST_SECONDS };
  const { ends } = await deliveries.work(deliveries.turn(pupil));
  drill.must(ends === "deferred", `a turn whose host said "later" ended ${ends}`);
  const [isResting, isBlamed] = await Promise.all(
    [here, there].map(async ({ url }) => (await hosts.cooldownUntil(new URL(url).host)) !== undefined),
  );
  drill.must(isResting === true, 'the host that said "later" is asked all the same');
  drill.must(isBlamed === false, "a host rests that was not asked");
  here.manner = { kind: "well" };
  drill.hours(1);
  await drill.sync(pupil);
  await look(drill);
  await drill.sync(pupil);
  mustShow(drill, pupil, here, "moved half, and asked before it was mended");
}

/** The slower one of two names the host of the faster one's address, for that stands. */
async function drillTwoMovers({ drill, pupil, sources: [here, there] }: Lesson): Promise<void> {
  const { calendarId } = pupil;
  const move = async (ports: Ports, { url }: Source): Promise<void> =>
    await change(drill, calendarId, { source: { url } }, ports);
  await callsAmidst(drill, "move to there", async (ports) => await move(ports, there), {
    at: "editor.forgetSource",
    work: async (ports) => await move(ports, here),
  });
  await drill.sync(pupil);
  mustShow(drill, pupil, here, "moved by two at once");
}

/**
 * Its turns at the new slot keep the pace of the new host from the first one on. It is imported after that: the slot is by what the old
 * address asked for, and the import moves it by what the new one does.
 */
async function drillTimesToo({ drill, pupil, sources: [, there] }: Lesson): Promise<void> {
  const patch = { source: { url: there.url }, intervalMinutes: 15 } as const;
  const { host } = new URL(there.url);
  const work = async (ports: Ports): Promise<void> => await change(drill, pupil.calendarId, patch, ports);
  let isSent = false;
  const calls = await callsOf(drill, "move with other times", work, (method) => {
    isSent ||= method === "urgent.sendUrgent";
    const isUndone = method === "calendars.moveSlot" && isSent;
    drill.must(!isUndone, `the slot of ${pupil.calendarId} may be taken back that its new address asked for`);
    const isEarly = method === "calendars.moveSlot" && pupil.host !== host;
    drill.must(!isEarly, `${pupil.calendarId} got a turn of its new times for ${pupil.host}, wanted ${host}`);
  });
  drill.must(calls.includes("calendars.moveSlot"), `${pupil.calendarId} has other times, and stayed at its slot`);
}

/** Another robot is to ask: by the same patch again it does, wherever the first one broke off. */
async function drillRobots({ drill, pupil }: Lesson): Promise<void> {
  let robots = 0;
  await breakOffEverywhere(drill, {
    name: "another robot",
    ways: ["crash-before"],
    before: () => void (robots += 1),
    work: async (ports) => await change(drill, pupil.calendarId, { policy: { userAgent: `Robot/${robots}` } }, ports),
    after: (where) => {
      const isAsked = pupil.checkpoint.engineKey === validatorsKeyOf(pupil.calendar);
      drill.must(isAsked, `nobody has asked for ${pupil.calendarId} as Robot/${robots}: ${where}`);
    },
  });
}

/** "As before" says nothing to whoever wants it read anew; a whole body does. */
async function drillForgotten(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil, sources } = lesson;
  const forget = async (ports: Ports): Promise<void> => await forgetValidators(lesson, ports);
  const before = await amidstSave(lesson, deliveries.asked(pupil), forget);
  drill.must(before.ends === "retry commit-lost, unchanged", `"as before", and to be read anew: it ended ${before.ends}`);
  drill.must(sources[0].served.at(-1)?.kind === "complete", `${pupil.calendarId} was to be read anew, and was not`);
  sources[0].events = [...sources[0].events, ...sampleEvents(1, "Forgotten", "forgotten")];
  const whole = await amidstSave(lesson, deliveries.asked(pupil), forget);
  const isSo = whole.ends === "imported" && whole.requests === 1;
  drill.must(isSo, `a whole body, and to be read anew: it ended ${whole.ends} after ${whole.requests} requests`);
}

/** Whoever heard the old address loses its save, and decides nothing anew by what it heard. */
async function drillOldBody(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil, sources } = lesson;
  const [here, there] = sources;
  // It was read anew since it was last to be forgotten: its validators count again.
  await drill.sync(pupil);
  here.events = [...here.events, ...sampleEvents(1, "Old", "old")];
  const worked = await amidstSave(lesson, deliveries.asked(pupil), async (ports) => {
    await forgetValidators(lesson, ports);
    await registerAt(drill, pupil, there, ports);
  });
  drill.must(worked.ends === "retry commit-lost, imported", `it heard the old address, and ended ${worked.ends}`);
  await look(drill);
  mustShow(drill, pupil, there, "asked while it was moved");
}

/** Moved half, and back again: a worker that heard the address between saves nothing of it. */
async function drillThereAndBack(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil, sources } = lesson;
  const [here, there] = sources;
  await drill.sync(pupil);
  await moveHalf(drill, pupil, here);
  const { ends } = await amidstSave(lesson, deliveries.turn(pupil), async (ports) => await moveTo(drill, pupil, there, ports));
  drill.must(ends.startsWith("retry commit-lost"), `it heard an address that the calendar had left, and ended ${ends}`);
  mustShow(drill, pupil, there, "moved there and back");
}

/** A hold that a late worker puts back is of the old address: nobody sees it or decides on it, and the next import ends it. */
async function drillLateHold({ drill, deliveries, pupil, sources: [here, there] }: Lesson): Promise<void> {
  const { calendarId } = pupil;
  there.events = [...there.events, ...sampleEvents(MANY, "Many", "many")];
  here.events = there.events;
  await drill.sync(pupil);
  there.events = there.events.slice(0, 1);
  await drill.sync(pupil);
  const { hold } = pupil;
  if (hold === undefined) throw new Error(`${calendarId} lost most of its events and is ${pupil.status}`);
  here.manner = { kind: "failing", code: "source-not-found" };
  // Whoever finishes a commit first has read the old address, and begins to ask it when the calendar has left it.
  leaveCommit(drill, pupil);
  const task = deliveries.turn(pupil);
  const isLate = (process: Process): boolean => process.task?.taskId === task.taskId;
  const move = { name: "move", work: async (ports: Ports) => await moveTo(drill, pupil, here, ports) };
  const decide = { name: "decide", work: async (ports: Ports) => await mustBeNobodys(drill, pupil, hold, ports) };
  await interpose(drill, { at: "calendars.clearPending", whose: isLate, rival: move }, async () => {
    await interpose(drill, { at: "calendars.save", whose: isLate, rival: decide }, async () => {
      await deliveries.work(task);
    });
  });
  drill.must(pupil.hold === undefined, `${calendarId} was imported, and the hold of its old address stands`);
  here.manner = { kind: "well" };
  await drill.sync(pupil);
  mustShow(drill, pupil, here, "its old address was held");
}

async function mustBeNobodys(drill: Drill, { calendarId }: Pupil, { holdId }: Hold, ports: Ports): Promise<void> {
  const { holds } = drill.simulation.world.calendars;
  drill.must(holds.get(calendarId)?.holdId === holdId, `no late worker has put hold ${holdId} back`);
  const shown = await showHold(calendarId, ports, new Date(drill.simulation.nowMs));
  drill.must(shown === undefined, `${calendarId} shows a hold of an address that it has left`);
  for (const decide of [approveHold, rejectHold]) {
    const refused = await decide({ calendarId, holdId }, ports, drill.context()).then(
      () => "nothing",
      (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
    );
    drill.must(refused === "hold-unknown", `a hold of an address that was left was decided on: ${refused}`);
  }
}

/** Its old address says that it is gone, and the new one fails: it is not given up for the old one's word. */
async function drillGoneHere({ drill, pupil, sources: [here, there] }: Lesson): Promise<void> {
  const { calendarId } = pupil;
  here.manner = { kind: "failing", code: "source-gone" };
  there.manner = { kind: "failing", code: "source-not-found" };
  there.events = here.events;
  const rival = { name: "move", work: async (ports: Ports) => await moveTo(drill, pupil, there, ports) };
  await interpose(drill, { at: "calendars.moveState", rival }, async () => await drill.sync(pupil));
  const { state } = pupil.calendar;
  const isPolled = state === "active" && pupil.checkpoint.wheel !== undefined;
  drill.must(isPolled, `${calendarId} was moved from an address that is gone and is ${state}, at ${pupil.checkpoint.wheel}`);
  for (const source of [here, there]) source.manner = { kind: "well" };
  await drill.sync(pupil);
  mustShow(drill, pupil, there, "moved from an address that is gone");
}

/** Works the task; just before it saves for the first time the other work is done. */
async function amidstSave(
  { drill, deliveries }: Lesson,
  task: ImportTask,
  work: (ports: Ports) => Promise<void>,
): Promise<Worked> {
  let worked: Worked | undefined;
  const whose = (process: Process): boolean => process.task?.taskId === task.taskId;
  await interpose(drill, { at: "calendars.save", whose, rival: { name: `before ${task.taskId} saves`, work } }, async () => {
    worked = await deliveries.work(task);
  });
  return worked ?? { ends: "nothing", calls: [], requests: 0 };
}

/** As whoever wanted it read anew leaves it, and died before he asked for an import. */
async function forgetValidators({ drill, pupil }: Lesson, { editor }: Ports): Promise<void> {
  await editor.forgetValidators(pupil.calendarId, pupil.hold?.holdId, drill.at);
}

async function moveTo(drill: Drill, { calendarId }: Pupil, { url }: Source, ports: Ports): Promise<void> {
  await change(drill, calendarId, { source: { url } }, ports);
}

/** As a mover leaves it that died right after the registration. */
async function moveHalf(drill: Drill, pupil: Pupil, to: Source): Promise<void> {
  await drill.ask("move half", async (ports) => await registerAt(drill, pupil, to, ports));
}

async function registerAt({ simulation }: Drill, { calendar }: Pupil, { url }: Source, { editor }: Ports): Promise<void> {
  await editor.changeCalendar(calendar, patchCalendar(calendar, CalendarPatch.parse({ source: { url } }), simulation.nowMs));
}
