/** Two workers at one calendar: the first has heard its source, and before it saves the second has saved something else. */
import type { FailureCode } from "../../lib/contract/code.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { interpose } from "./broken-off.ts";
import { Deliveries } from "./deliveries.ts";
import type { Worked } from "./deliveries.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

type Lesson = { readonly drill: Drill; readonly deliveries: Deliveries; readonly pupil: Pupil };

const EVENTS = 10;
const HINT_MINUTES = 60;

export async function drillRivals(drill: Drill): Promise<void> {
  const deliveries = new Deliveries(drill);
  const [one, two, three, four, five] = drill.pupilsApart();
  await drillSameTurn({ drill, deliveries, pupil: one });
  await drillUndecided({ drill, deliveries, pupil: one });
  await drillSuperseded({ drill, deliveries, pupil: two });
  await drillPaused({ drill, deliveries, pupil: two });
  await drillFailures({ drill, deliveries, pupil: three });
  await drillReplays({ drill, deliveries, pupil: four });
  await drillRemoved({ drill, deliveries, pupil: five });
}

/** Works the task; just before its worker makes this call for the first time the other work is done. */
async function race(
  { drill, deliveries }: Lesson,
  task: ImportTask,
  rival: (ports: Ports) => Promise<void>,
  at = "calendars.save",
): Promise<Worked> {
  let isRaced = false;
  let worked: Worked | undefined;
  const name = `the rival of ${task.taskId}`;
  await interpose(
    drill,
    {
      at,
      // The rival may be another delivery of the same task.
      whose: (process) => process.task?.taskId === task.taskId && !isRaced,
      rival: {
        name,
        work: async (ports) => {
          isRaced = true;
          await rival(ports);
        },
      },
    },
    async () => {
      worked = await deliveries.work(task);
    },
  );
  return worked ?? { ends: "nothing", calls: [], requests: 0 };
}

/** A message that came twice at once: the other delivery closed the turn with a failure, and that stands. */
async function drillSameTurn(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  const turn = deliveries.turn(pupil);
  const { ends } = await race(lesson, turn, async () => {
    source.manner = { kind: "failing", code: "source-not-found" };
    await deliveries.beside(turn);
    source.manner = { kind: "well" };
  });
  drill.must(ends === "failed, duplicate", `both deliveries of a turn of ${calendarId} ended ${ends}`);
  const runs = [...drill.simulation.world.calendars.runs.values()].filter(({ taskId }) => taskId === turn.taskId);
  drill.must(runs.map(({ status }) => status).join(" ") === "failed", `${turn.taskId} has ${runs.length} runs`);
  drill.must(
    pupil.status === "failed" && pupil.checkpoint.failures === 1,
    `${calendarId} is ${pupil.status} after its turn failed`,
  );
  await heal(lesson);
}

/** Somebody else's turn failed meanwhile: what was heard still holds, and is saved. */
async function drillUndecided(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source, checkpoint } = pupil;
  grow(pupil);
  const turn = deliveries.turn(pupil);
  const asked = deliveries.asked(pupil);
  const worked = await race(lesson, asked, async () => {
    source.manner = { kind: "failing", code: "source-not-found" };
    await deliveries.beside({ ...turn, startAt: asked.startAt });
    source.manner = { kind: "well" };
  });
  drill.must(
    worked.ends === "imported" && worked.requests === 1,
    `${asked.taskId} ended ${worked.ends} after ${worked.requests}`,
  );
  const { calendarVersion, failures, lastTurn } = pupil.checkpoint;
  drill.must(
    calendarVersion === checkpoint.calendarVersion + 1 && failures === 0,
    `${calendarId} is at version ${calendarVersion}`,
  );
  drill.must(lastTurn === turn.turn, `the turn ${turn.turn} of ${calendarId} is open again`);
  drill.must(pupil.content === pupil.wanted, `${calendarId} lost what was heard`);
  await heal(lesson);
}

/** A later fetch has said how things are: nothing is made of the older one, and whoever asked for it is told so. */
async function drillSuperseded(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId } = pupil;
  for (const kind of ["asked", "turn"] as const) {
    grow(pupil);
    const { calendarVersion } = pupil.checkpoint;
    const later = deliveries.asked(pupil);
    const task = deliveries[kind](pupil);
    const { ends, calls } = await race(lesson, task, async () => await deliveries.beside({ ...later, startAt: task.startAt }));
    drill.must(ends === "duplicate", `${task.taskId} ended ${ends} although a later fetch was saved`);
    const run = [...drill.simulation.world.calendars.runs.values()].find(({ taskId }) => taskId === task.taskId);
    const wanted = kind === "asked" ? "duplicate" : undefined;
    drill.must(run?.status === wanted, `the run of ${task.taskId} says ${run?.status}`);
    const again = calls.slice(calls.lastIndexOf("calendars.load"));
    drill.must(!again.includes("letters.get"), `${task.taskId} replays nothing and looked for a letter`);
    const { calendarVersion: now } = pupil.checkpoint;
    drill.must(now === calendarVersion + 1, `${calendarId} is at version ${now}, was at ${calendarVersion}`);
  }
}

/** Somebody pauses a calendar in the midst of its import: what was heard is kept, and it stays off the wheel. */
async function drillPaused(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  for (const at of ["calendars.moveSlot", "calendars.save"] as const) {
    // Its body asks for another slot than it has.
    source.refreshMinutes = at === "calendars.moveSlot" ? HINT_MINUTES : undefined;
    grow(pupil);
    const task = deliveries.turn(pupil);
    const pause = async (ports: Ports): Promise<void> => void (await pauseCalendar(calendarId, "calendar", ports));
    const { ends } = await race(lesson, task, pause, at);
    drill.must(ends === "imported" && pupil.content === pupil.wanted, `${task.taskId} ended ${ends} and was paused before ${at}`);
    const { state } = pupil.calendar;
    drill.must(
      state === "paused" && pupil.checkpoint.wheel === undefined,
      `${calendarId} was paused before ${at} and is ${state}`,
    );
    await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
    drill.must(pupil.checkpoint.wheel !== undefined, `${calendarId} was resumed and is off the wheel`);
  }
}

/** A failure that a later success has overtaken is no failure of the calendar. */
async function drillFailures(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  const codes: readonly FailureCode[] = ["source-timeout", "source-not-found", "source-gone"];
  for (const code of codes) {
    source.manner = { kind: "failing", code };
    const later = deliveries.asked(pupil);
    const task = deliveries.asked(pupil);
    const { ends } = await race(lesson, task, async () => {
      source.manner = { kind: "well" };
      await deliveries.beside({ ...later, startAt: task.startAt });
    });
    drill.must(ends === "duplicate", `${task.taskId} heard ${code}, was overtaken by a success, and ended ${ends}`);
    const { failures, attempts, wheel, outcome } = pupil.checkpoint;
    drill.must(
      failures === 0 && attempts === 0 && outcome?.status === "unchanged",
      `${calendarId} is ${outcome?.status} for ${code}`,
    );
    drill.must(pupil.calendar.state === "active" && wheel !== undefined, `${calendarId} is ${pupil.calendar.state} for ${code}`);
  }
}

/** A replay that failed and was overtaken by a success has nothing left to do; by what is held, nothing was done yet. */
async function drillReplays(lesson: Lesson): Promise<void> {
  const { drill, pupil } = lesson;
  const { source, calendarId } = pupil;
  source.events = [...source.events, ...manyOf(calendarId)];
  await heal(lesson);
  await drillReplay(lesson, "resolved");
  // Both ask, and hear, within the same millisecond.
  const share = drill.simulation.sameMsShare;
  drill.simulation.sameMsShare = 1;
  await drillReplay(lesson, "resolved");
  drill.simulation.sameMsShare = share;
  const before = source.events;
  source.events = before.slice(0, 1);
  await drillReplay(lesson, "open");
  source.events = before;
  await heal(lesson);
}

async function drillReplay(lesson: Lesson, wanted: "resolved" | "open"): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { source } = pupil;
  source.manner = { kind: "failing", code: "source-not-found" };
  const failing = deliveries.asked(pupil);
  await deliveries.work(failing);
  const replayOf = letterIdOf(failing, "");
  const later = deliveries.asked(pupil);
  const replay = deliveries.asked(pupil, { reason: "replay", replayOf });
  source.manner = { kind: "failing", code: "source-timeout" };
  const { ends } = await race(lesson, replay, async () => {
    source.manner = { kind: "well" };
    await deliveries.beside({ ...later, startAt: replay.startAt });
  });
  drill.must(ends === "duplicate", `a replay that was overtaken ended ${ends}`);
  const state = drill.simulation.world.letters.stored.get(replayOf)?.state;
  drill.must(state === wanted, `letter ${replayOf} is ${state} after its replay was overtaken, wanted ${wanted}`);
}

/** What was heard of a calendar that is gone by now is saved nowhere. */
async function drillRemoved(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId } = pupil;
  const { calendars, newId } = drill.simulation.world;
  grow(pupil);
  drill.weather.operators.removed.add(calendarId);
  const task = deliveries.turn(pupil);
  const { ends } = await race(lesson, task, async (ports) => void (await removeCalendar(calendarId, ports, newId)));
  drill.must(ends === "duplicate", `${task.taskId} ended ${ends} although its calendar was removed`);
  drill.must(!calendars.checkpoints.has(calendarId), `${calendarId} was removed and is there again`);
}

async function heal({ drill, deliveries, pupil }: Lesson): Promise<void> {
  pupil.source.manner = { kind: "well" };
  const { ends } = await deliveries.work(deliveries.asked(pupil));
  drill.must(ends === "unchanged" || ends === "imported", `${pupil.calendarId} was ${ends} when its source was well`);
}

function grow({ source, calendarId }: Pupil): void {
  source.events = [...source.events, { uid: `grown${source.served.length}-${calendarId}@example.org`, title: "Grown" }];
}

/** Enough that losing them is a mass removal. */
function manyOf(calendarId: string): { uid: string; title: string }[] {
  return Array.from({ length: EVENTS }, (_, index) => ({
    uid: `many${index}-${calendarId}@example.org`,
    title: `Many ${index}`,
  }));
}
