/** A source that is gone suspends its calendar, one that answers again brings it back, and neither loses to the other on the way. */
import type { CronSchedule } from "../../lib/contract/schedule.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { placeOf } from "../../lib/core/place.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { suspendGone } from "../../lib/sync/suspend-calendar.ts";
import type { Source } from "../sync/sources.ts";
import { interpose } from "./broken-off.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Fault, Process } from "./simulation.ts";

const ATTEMPTS = 5;
const GONE = { kind: "failing", code: "source-gone" } as const;
const WELL = { kind: "well" } as const;
const NIGHTLY: CronSchedule = { kind: "cron", expression: "0 3 * * *", zone: "Europe/Berlin" };

export async function drillSuspensions(drill: Drill): Promise<void> {
  const [pupil, paused, late, cron] = drill.pupilsApart();
  await drillGone(drill, pupil);
  await drillTurn(drill, pupil);
  await drillBack(drill, pupil);
  await drillAnswered(drill, pupil);
  await drillPaused(drill, paused);
  await drillLate(drill, late);
  await drillCron(drill, cron);
}

export async function drillSuspensionRaces(drill: Drill): Promise<void> {
  const [pupil, broken] = drill.pupilsApart();
  for (const isNew of [true, false]) await drillAnswer(drill, pupil, isNew ? "imported" : "unchanged");
  await drillRemoved(drill);
  await drillCrashes(drill, broken);
}

/** The state first, for the sweep puts an active calendar that is off the wheel back on it; its events stand. */
async function drillGone(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, content } = pupil;
  pupil.source.manner = GONE;
  await drill.planned(
    (process, method) => {
      const isLeaving = isImportOf(process, pupil) && method === "calendars.leaveWheelFor";
      const { state } = pupil.calendar;
      drill.must(!isLeaving || state === "suspended", `${calendarId} left the wheel while it was ${state}`);
      return undefined;
    },
    async () => await drill.sync(pupil),
  );
  mustBe(drill, pupil, "suspended", "its source is gone");
  drill.must(pupil.content === content, `${calendarId} lost its events with its source`);
}

/** A crash left it on the wheel: its turn asks nobody and takes it off. */
async function drillTurn(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  await enterWheel(drill, pupil);
  const asked = source.served.length;
  await importAlone(drill, turnOf(drill, pupil));
  mustBe(drill, pupil, "suspended", "its source is gone and it had a turn");
  drill.must(source.served.length === asked, `${calendarId} is suspended, and its turn asked its source`);
}

/** The wheel first: an active calendar without a place on it would be found by nobody. */
async function drillBack(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  // It is not gone any more, and gives nothing all the same.
  source.manner = { kind: "failing", code: "source-forbidden" };
  await drill.sync(pupil);
  mustBe(drill, pupil, "suspended", "its source answers again and gives nothing");
  source.manner = WELL;
  await drill.planned(
    (process, method) => {
      const isMoved = isImportOf(process, pupil) && method === "calendars.moveState";
      const { wheel } = pupil.checkpoint;
      drill.must(!isMoved || wheel !== undefined, `${calendarId} was made active while it was off the wheel`);
      return undefined;
    },
    async () => await drill.sync(pupil),
  );
  mustBe(drill, pupil, "active", "its source answers again");
}

/** Somebody heard that it was gone, and suspended it after a success of which he did not know: its next turn brings it back, however that ends. */
async function drillAnswered(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  for (const status of ["unchanged", "imported"] as const) {
    if (status === "imported") rename(source, "Answered");
    await drill.sync(pupil);
    drill.must(pupil.status === status, `${calendarId} is ${pupil.status}, wanted ${status}`);
    await drill.simulation.world.calendars.moveState(calendarId, "active", "suspended");
    source.manner = { kind: "failing", code: "source-server-error" };
    await importAlone(drill, turnOf(drill, pupil));
    mustBe(drill, pupil, "active", "it had answered since it was gone");
    source.manner = WELL;
  }
  await drill.sync(pupil);
}

/** Who paused it says when it goes on, whatever its source says meanwhile. */
async function drillPaused(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  for (const manner of [GONE, WELL]) {
    pupil.source.manner = manner;
    await drill.sync(pupil);
    mustBe(drill, pupil, "paused", `its source was ${manner.kind} while it was paused`);
  }
  drill.must(pupil.status !== "failed", `${calendarId} is ${pupil.status} although its source answers again`);
  await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
  mustBe(drill, pupil, "active", "it was resumed");
}

/** Who heard that it was gone died before saying so, and whoever comes after it reads a calendar that is active: it brings it back as well. */
async function drillLate(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  const { calendars } = drill.simulation.world;
  const rival = { name: "suspend", work: async (): Promise<void> => await suspendGone(pupil.calendar, calendars) };
  let crashes = 0;
  let rivals = 0;
  source.manner = GONE;
  await drill.planned(
    (process, method) => {
      if (!isImportOf(process, pupil)) return undefined;
      if (method === "calendars.moveState" && crashes === 0) {
        crashes += 1;
        source.manner = WELL;
        return "crash-before";
      }
      if (method !== "source.fetch" || crashes === 0) return undefined;
      rivals += 1;
      return rival;
    },
    async () => await drill.sync(pupil),
  );
  drill.must(rivals === 1, `${calendarId} was asked ${rivals} times after a crash, wanted once`);
  mustBe(drill, pupil, "active", "its source answered whoever asked before it was suspended");
}

/** A calendar with a schedule of its own has no place on the wheel, gone or not. */
async function drillCron(drill: Drill, pupil: Pupil): Promise<void> {
  const { calendarId, source, calendar } = pupil;
  const { calendars } = drill.simulation.world;
  calendars.metas.set(calendarId, { ...calendar, schedule: NIGHTLY });
  await calendars.leaveWheel(calendarId);
  source.manner = GONE;
  await drill.sync(pupil);
  source.manner = WELL;
  await drill.planned(
    (process, method) => {
      const isPut = isImportOf(process, pupil) && method === "calendars.enterWheel";
      drill.must(!isPut, `${calendarId} has a schedule of its own and was put on the wheel`);
      return undefined;
    },
    async () => await drill.sync(pupil),
  );
  const { state } = pupil.calendar;
  drill.must(state === "active", `${calendarId} has a schedule of its own, answers again and is ${state}`);
  calendars.metas.set(calendarId, { ...pupil.calendar, schedule: undefined });
  await enterWheel(drill, pupil);
}

/** A success that is saved while somebody suspends the calendar did not see it suspended: whoever suspends looks again. */
async function drillAnswer(drill: Drill, pupil: Pupil, status: "imported" | "unchanged"): Promise<void> {
  const { calendarId, source } = pupil;
  await drill.sync(pupil);
  source.manner = GONE;
  const rival = {
    name: "success",
    work: async (): Promise<void> => {
      source.manner = WELL;
      if (status === "imported") rename(source, "Back");
      await importAside(drill, askedOf(drill, pupil));
    },
  };
  const whose = (process: Process): boolean => isImportOf(process, pupil);
  await interpose(drill, { at: "calendars.moveState", whose, rival }, async () => await drill.sync(pupil));
  drill.must(pupil.status === status, `${calendarId} is ${pupil.status}, wanted ${status}`);
  mustBe(drill, pupil, "active", `its source answered ${status} while somebody suspended it`);
}

/** It is removed while somebody suspends it: nothing of it comes back. */
async function drillRemoved(drill: Drill): Promise<void> {
  const { world } = drill.simulation;
  const source = drill.weather.addSource();
  const draft = CalendarDraft.parse({ source: { kind: "url", url: source.url }, intervalMinutes: 10, firstImport: "turn" });
  await drill.ask("create", async (ports) => await createCalendar(draft, ports, drill.context()));
  const pupil = drill.pupils().find((other) => other.source === source);
  if (pupil === undefined) throw new Error(`${source.url} was registered and is not there`);
  source.manner = GONE;
  const { calendarId } = pupil;
  const rival = {
    name: "remove",
    work: async (): Promise<void> => {
      const ports = drill.simulation.desk.portsWith(async (_method, effect) => await effect());
      await removeCalendar(calendarId, ports, world.newId);
    },
  };
  const whose = (process: Process): boolean => isImportOf(process, pupil);
  // The first read is the import's own, the second one is after the state.
  await interpose(drill, { at: "calendars.load", nth: 2, whose, rival }, async () => await drill.sync(pupil));
  drill.must(!world.calendars.metas.has(calendarId), `${calendarId} was removed and is there`);
  drill.must(!world.calendars.checkpoints.has(calendarId), `${calendarId} was removed and is remembered`);
  const mark = { state: "discarded", who: "operator", why: "removed", now: world.clock.now } as const;
  const letters = drill.simulation.desk.lettersIn(["open"]).filter((letter) => letter.calendarId === calendarId);
  drill.must(letters.length === 1, `${letters.length} letters tell that ${calendarId} was gone, wanted one`);
  for (const { letterId } of letters)
    await drill.ask("discard", async (ports) => await markLetter(letterId, mark, ports.letters));
}

/** Wherever a worker dies, the message comes back and the calendar ends where it belongs. */
async function drillCrashes(drill: Drill, pupil: Pupil): Promise<void> {
  const points = [
    ["calendars.moveState", "crash-before"],
    ["calendars.moveState", "crash-after"],
    ["calendars.leaveWheelFor", "error-before"],
    ["calendars.leaveWheelFor", "crash-before"],
    ["calendars.enterWheel", "crash-before"],
    ["calendars.enterWheel", "error-after"],
  ] as const satisfies readonly (readonly [string, Fault])[];
  for (const [method, fault] of points) {
    for (const manner of [GONE, WELL]) {
      pupil.source.manner = manner;
      let isBroken = false;
      await drill.planned(
        (process, called) => {
          if (isBroken || called !== method || !isImportOf(process, pupil)) return undefined;
          isBroken = true;
          return fault;
        },
        async () => await drill.sync(pupil),
      );
      mustBe(drill, pupil, manner === GONE ? "suspended" : "active", `${fault} at ${method}`);
    }
  }
}

function rename(source: Source, title: string): void {
  source.events = source.events.map((event) => ({ ...event, title }));
}

function mustBe(drill: Drill, { calendarId, calendar, checkpoint }: Pupil, state: string, where: string): void {
  const isOn = checkpoint.wheel !== undefined;
  const isSo = calendar.state === state && isOn === (state === "active");
  drill.must(isSo, `${calendarId} is ${calendar.state}, at ${checkpoint.wheel}, wanted ${state}: ${where}`);
}

function isImportOf({ task, name }: Process, { calendarId }: Pupil): boolean {
  return task?.kind === "import" && task.calendarId === calendarId && !name.endsWith("(rival)");
}

/** A crash left it there, or nobody has put it back. */
async function enterWheel(drill: Drill, { calendarId, calendar }: Pupil): Promise<void> {
  await drill.simulation.world.calendars.enterWheel(calendarId, placeOf(calendar) ?? "");
}

/** Imports alone, and everything that follows from it comes to its end. */
async function importAlone(drill: Drill, task: ImportTask): Promise<void> {
  const ended = importAside(drill, task);
  await drill.course.drain();
  await ended;
}

/** A worker whose message does not come back. */
async function importAside({ simulation }: Drill, task: ImportTask): Promise<void> {
  const { world, random } = simulation;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  simulation.spawn(
    `import ${task.taskId} (rival)`,
    async (ports, { controller }) => {
      const context = { now: world.clock.now, newId: world.newId, random: () => random.next(), signal: controller.signal };
      await importCalendar(task, ports, { ...context, attempts: ATTEMPTS });
      resolve(undefined);
    },
    { task, deadLetters: world.urgentDeadLetters, receives: 1 },
  );
  await promise;
}

function turnOf(drill: Drill, { calendarId }: Pupil): ImportTask {
  drill.simulation.skip(60_000);
  const { clock } = drill.simulation.world;
  const turn = minuteOf(clock.now());
  const startAt = clock.now().toISOString();
  return { version: 1, kind: "import", taskId: `${calendarId}@${turn}`, calendarId, turn, startAt, reason: "tick" };
}

function askedOf(drill: Drill, { calendarId }: Pupil): ImportTask {
  const { clock, newId } = drill.simulation.world;
  return { version: 1, kind: "import", taskId: newId(), calendarId, startAt: clock.now().toISOString(), reason: "sync-now" };
}
