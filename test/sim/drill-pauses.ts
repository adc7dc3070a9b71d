/** A calendar is paused and goes on, whoever asks, wherever it is broken off, and whatever else happens at the same moment. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import { placeOf } from "../../lib/core/place.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import type { PausedBy } from "../../lib/sync/pause-calendar.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

const WHO = ["calendar", "host", "owner"] as const satisfies readonly PausedBy[];
/** In a row of which everybody else was quicker; then whoever asks is told so. */
const TRIES = 8;

type Stand = Pick<Calendar, "state" | "pausedBy">;
type Verb = typeof pauseCalendar | typeof resumeCalendar;

const STANDS: readonly Stand[] = [
  { state: "active" },
  ...WHO.map((pausedBy): Stand => ({ state: "paused", pausedBy })),
  { state: "suspended" },
];

export async function drillPauses(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  for (const stand of STANDS) {
    for (const who of WHO) {
      for (const isOnWheel of [true, false]) {
        await tryPause(drill, pupil, { stand, who, isOnWheel });
        await tryResume(drill, pupil, { stand, who, isOnWheel });
      }
    }
  }
  put(drill, pupil, { state: "active" });
  await drillOrder(drill, pupil);
  await drillPushed(drill);
  await drillUnknown(drill, pupil);
}

export async function drillPauseRaces(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  await drillBreaks(drill, pupil);
  await drillRivals(drill, pupil);
  await drillMeetings(drill, pupil);
  await drillContended(drill, pupil, pauseCalendar, { state: "active" });
  await drillContended(drill, pupil, resumeCalendar, { state: "paused", pausedBy: "calendar" });
  put(drill, pupil, { state: "active" });
  await drill.ask("put back", async (ports) => await resumeCalendar(pupil.calendarId, "calendar", ports));
}

type Case = { readonly stand: Stand; readonly who: PausedBy; readonly isOnWheel: boolean };
type Arranged = { readonly wheel: string | undefined; readonly edition: number | undefined };

async function tryPause(drill: Drill, pupil: Pupil, given: Case): Promise<void> {
  const { stand, who } = given;
  const isPaused = stand.state === "active";
  const isOff = isPaused || stand.state === "paused";
  const text = `${textOf(given)}, was to be paused by ${who}`;
  const before = await arrange(drill, pupil, given);
  let answer: string | undefined;
  const calls = await callsOf(drill, "pause", async (ports) => {
    answer = await pauseCalendar(pupil.calendarId, who, ports);
  });
  drill.must(answer === (isPaused ? "paused" : "left"), `${text}: the answer was ${answer}`);
  drill.must(isLike(pupil, isPaused ? { state: "paused", pausedBy: who } : stand), `${text}: is ${standOf(pupil)}`);
  // What a crash left on the wheel is taken off by whoever pauses it once more.
  drill.must(pupil.checkpoint.wheel === (isOff ? undefined : before.wheel), `${text}: is at ${pupil.checkpoint.wheel}`);
  drill.must(isPaused || pupil.calendar.edition === before.edition, `${text}: was written although it stays as it is`);
  drill.must(isOff || calls.length === 1, `${text}: stays as it is, and cost ${calls.join(", ")}`);
}

async function tryResume(drill: Drill, pupil: Pupil, given: Case): Promise<void> {
  const { stand, who, isOnWheel } = given;
  const isResumed = mayResume(stand, who);
  const text = `${textOf(given)}, was to be resumed by ${who}`;
  const before = await arrange(drill, pupil, given);
  let answer: string | undefined;
  const calls = await callsOf(drill, "resume", async (ports) => {
    answer = await resumeCalendar(pupil.calendarId, who, ports);
  });
  const isBack = isResumed || stand.state === "active";
  drill.must(answer === (isResumed ? "resumed" : "left"), `${text}: the answer was ${answer}`);
  drill.must(isLike(pupil, isResumed ? { state: "active" } : stand), `${text}: is ${standOf(pupil)}`);
  drill.must((pupil.checkpoint.wheel !== undefined) === (isBack || isOnWheel), `${text}: is at ${pupil.checkpoint.wheel}`);
  drill.must(isResumed || pupil.calendar.edition === before.edition, `${text}: was written although it stays as it is`);
  const wanted = isResumed ? 3 : 1 + (isBack && !isOnWheel ? 1 : 0);
  drill.must(calls.length === wanted, `${text}: cost ${calls.join(", ")}, wanted ${wanted} calls`);
}

/** By its id whatever stopped it; of a host or owner only what was paused with it. */
function mayResume({ state, pausedBy }: Stand, who: PausedBy): boolean {
  if (who === "calendar") return state === "paused" || state === "suspended";
  return state === "paused" && pausedBy === who;
}

/** The state says first that nobody is to bring it back to the wheel, and first that its turns are heard. */
async function drillOrder(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const watch = (method: string): void => {
    const { state } = pupil.calendar;
    drill.must(method !== "calendars.leaveWheel" || state === "paused", `${calendarId} left the wheel while it was ${state}`);
    drill.must(method !== "calendars.enterWheel" || state === "active", `${calendarId} came to the wheel while it was ${state}`);
  };
  await callsOf(drill, "pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports), watch);
  await callsOf(drill, "resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports), watch);
}

/** Nobody pulls a calendar that is pushed: it may be paused, and has no place on the wheel to come back to. */
async function drillPushed(drill: Drill): Promise<void> {
  const [calendarId = "none"] = drill.weather.pushCalendars;
  const { metas } = drill.simulation.world.calendars;
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  drill.must(metas.get(calendarId)?.state === "paused", `push calendar ${calendarId} was paused and is not`);
  const calls = await callsOf(drill, "resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
  drill.must(metas.get(calendarId)?.state === "active", `push calendar ${calendarId} was resumed and is not`);
  drill.must(!calls.includes("calendars.enterWheel"), `push calendar ${calendarId} was put on the wheel`);
}

/** What was removed is as unknown as what never was. */
async function drillUnknown(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  for (const verb of [pauseCalendar, resumeCalendar]) {
    await drill.ask("nobody", async (ports) => await verb("nobody", "calendar", ports));
    drill.must(drill.refused === "calendar-unknown", `a calendar that is not there was paused or resumed: ${drill.refused}`);
    put(drill, pupil, { state: "removed" });
    await drill.ask("removed", async (ports) => await verb(calendarId, "calendar", ports));
    const isRefused = drill.refused === "calendar-unknown" && isLike(pupil, { state: "removed" });
    drill.must(isRefused, `${calendarId} was removed, and is ${standOf(pupil)}: ${drill.refused}`);
    put(drill, pupil, { state: "active" });
  }
}

async function drillBreaks(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const resume = async (ports: Ports): Promise<unknown> => await resumeCalendar(calendarId, "calendar", ports);
  const pause = async (ports: Ports): Promise<unknown> => await pauseCalendar(calendarId, "calendar", ports);
  await breakOffEverywhere(drill, {
    name: "pause",
    before: async () => await drill.ask("resume first", resume),
    work: pause,
    after: (where) => {
      const isOff = pupil.checkpoint.wheel === undefined;
      drill.must(
        isLike(pupil, { state: "paused", pausedBy: "calendar" }) && isOff,
        `${calendarId} is ${standOf(pupil)}: ${where}`,
      );
    },
  });
  await breakOffEverywhere(drill, {
    name: "resume",
    before: async () => await drill.ask("pause first", pause),
    work: resume,
    after: (where) => {
      const isOn = pupil.checkpoint.wheel !== undefined;
      drill.must(isLike(pupil, { state: "active" }) && isOn, `${calendarId} is ${standOf(pupil)}: ${where}`);
    },
  });
}

/** Somebody else was quicker by a moment: who paused a calendar first is who may resume it. */
async function drillRivals(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  for (const who of WHO) {
    let answer: string | undefined;
    const rival = {
      name: "pause by owner",
      work: async (ports: Ports) => void (await pauseCalendar(calendarId, "owner", ports)),
    };
    put(drill, pupil, { state: "active" });
    await interpose(drill, { at: "calendars.replaceCalendar", rival }, async () => {
      await drill.ask("pause", async (ports) => {
        answer = await pauseCalendar(calendarId, who, ports);
      });
    });
    drill.must(
      answer === "left" && isLike(pupil, { state: "paused", pausedBy: "owner" }),
      `${calendarId} was paused by owner, then ${answer} by ${who}: ${standOf(pupil)}`,
    );
  }
  let answer: string | undefined;
  const rival = { name: "resume", work: async (ports: Ports) => void (await resumeCalendar(calendarId, "calendar", ports)) };
  await interpose(drill, { at: "calendars.replaceCalendar", rival }, async () => {
    await drill.ask("resume late", async (ports) => {
      answer = await resumeCalendar(calendarId, "owner", ports);
    });
  });
  drill.must(answer === "left" && isLike(pupil, { state: "active" }), `${calendarId} was resumed, then ${answer}`);
}

/** A pause and a resumption meet between the two records that each writes: what runs in the end is on the wheel. */
async function drillMeetings(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  const works = {
    pause: async (ports: Ports): Promise<void> => void (await pauseCalendar(calendarId, "calendar", ports)),
    resume: async (ports: Ports): Promise<void> => void (await resumeCalendar(calendarId, "calendar", ports)),
  };
  for (const [verb, at, rival, state] of [
    ["pause", "calendars.leaveWheel", "resume", "active"],
    // What a crash left on the wheel is taken off just after it was seen there.
    ["resume", "calendars.replaceCalendar", "pause", "paused"],
  ] as const) {
    await arrange(drill, pupil, { stand: { state, pausedBy: undefined }, who: "calendar", isOnWheel: true });
    await interpose(drill, { at, rival: { name: rival, work: works[rival] } }, async () => await drill.ask(verb, works[verb]));
    const isRunning = pupil.calendar.state === "active" && pupil.checkpoint.wheel !== undefined;
    drill.must(isRunning, `${calendarId} was to ${rival} before ${at}: is ${standOf(pupil)}`);
  }
}

/** Where others write each time between the read and the write, whoever asks is refused and nothing is overwritten. */
async function drillContended(drill: Drill, pupil: Pupil, verb: Verb, stand: Stand): Promise<void> {
  const { calendarId } = pupil;
  for (const rivals of [TRIES - 1, TRIES]) {
    put(drill, pupil, stand);
    let renames = 0;
    const rename = async ({ calendars }: Ports): Promise<void> => {
      const { calendar } = pupil;
      await calendars.replaceCalendar({ ...calendar, name: `Name ${renames}` }, calendar);
    };
    await drill.planned(
      ({ name }, method) => {
        const isMeant = method === "calendars.replaceCalendar" && name === "contended (drill)";
        if (!isMeant || renames === rivals) return undefined;
        renames += 1;
        return { name: "rename", work: rename };
      },
      async () => await drill.ask("contended", async (ports) => await verb(calendarId, "calendar", ports)),
    );
    const wanted = rivals === TRIES ? "write-contended" : undefined;
    drill.must(drill.refused === wanted, `${calendarId} was written ${rivals} times meanwhile: ${drill.refused}`);
    drill.must(pupil.calendar.name === `Name ${rivals}`, `${calendarId} lost the name that somebody gave it meanwhile`);
    drill.must(isLike(pupil, stand) === (rivals === TRIES), `${calendarId} is ${standOf(pupil)} after ${rivals} lost races`);
  }
}

/** The records as somebody left them, with or without a place on the wheel. */
async function arrange(drill: Drill, pupil: Pupil, { stand, isOnWheel }: Case): Promise<Arranged> {
  const { calendars } = drill.simulation.world;
  const { calendarId } = pupil;
  put(drill, pupil, stand);
  if (isOnWheel) await calendars.enterWheel(calendarId, placeOf(pupil.calendar) ?? "");
  else await calendars.leaveWheel(calendarId);
  return { wheel: pupil.checkpoint.wheel, edition: pupil.calendar.edition };
}

function put(drill: Drill, { calendarId, calendar }: Pupil, { state, pausedBy }: Stand): void {
  drill.simulation.world.calendars.metas.set(calendarId, { ...calendar, state, pausedBy });
}

function isLike({ calendar }: Pupil, { state, pausedBy }: Stand): boolean {
  return calendar.state === state && calendar.pausedBy === pausedBy;
}

function standOf({ calendar: { state, pausedBy }, checkpoint }: Pupil): string {
  return `${state} by ${pausedBy}, at ${checkpoint.wheel}`;
}

function textOf({ stand: { state, pausedBy }, isOnWheel }: Case): string {
  return `a calendar that is ${state} by ${pausedBy}, ${isOnWheel ? "on" : "off"} the wheel`;
}
