/** Tasks for which nobody is to be asked: their turn is over, their calendar stands still or is gone, their time has not come. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { placeOf } from "../../lib/core/place.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { interpose } from "./broken-off.ts";
import { Deliveries, leaveCommit } from "./deliveries.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

type Lesson = { readonly drill: Drill; readonly deliveries: Deliveries };
type Wanted = {
  readonly ends: string;
  /** @default nobody is asked */
  readonly requests?: number;
  /** What it may call besides the read. @default nothing */
  readonly calls?: readonly string[];
};

const HOUR_SECONDS = 3600;
const NEAR_SECONDS = 10;
const RECEIVES_MOST = 12;
const LATE_MS = 600_000;
/** What is done with the message is the worker's own affair. */
const OWN = new Set(["queue.acknowledge", "queue.postpone"]);

export async function drillIdle(drill: Drill): Promise<void> {
  const lesson = { drill, deliveries: new Deliveries(drill) };
  const [one, two, three, four, five] = drill.pupilsApart();
  await drillTurns(lesson, one);
  await drillLeft(lesson, one);
  await drillPaused(lesson, two);
  await drillSuspended(lesson, two);
  await drillPushed(lesson);
  await drillBackOff(lesson, three);
  await drillLater(lesson, four);
  await drillNeighbours(lesson, one);
  await drillRemoved(lesson, five);
}

/** Works the task, which is to end so and to call nothing else. */
async function work({ drill, deliveries }: Lesson, task: ImportTask, wanted: Wanted, when: string): Promise<void> {
  const { ends, requests, calls } = await deliveries.work(task);
  const { requests: asked = 0, calls: called = [] } = wanted;
  drill.must(ends === wanted.ends, `${task.taskId} ended ${ends} ${when}, wanted ${wanted.ends}`);
  drill.must(requests === asked, `${task.taskId} asked its source ${requests} times ${when}, wanted ${asked}`);
  const others = calls.filter((call) => call !== "calendars.load" && !OWN.has(call)).join(" ");
  drill.must(asked > 0 || others === called.join(" "), `${task.taskId} called ${others || "nothing"} ${when}`);
}

/** A turn is worked once; what comes late comes back once. */
async function drillTurns(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { deliveries } = lesson;
  const [older, turn] = [deliveries.turn(pupil), deliveries.turn(pupil)];
  await work(lesson, turn, { ends: "unchanged", requests: 1 }, "in its turn");
  await work(lesson, turn, { ends: "duplicate" }, "for the second time");
  await work(lesson, { ...older, startAt: turn.startAt }, { ends: "duplicate" }, "after a later turn");
  await work(lesson, deliveries.asked(pupil), { ends: "unchanged", requests: 1 }, "right after its turn");
  const late = (task: ImportTask): ImportTask => ({
    ...task,
    startAt: new Date(Date.parse(task.startAt) - LATE_MS).toISOString(),
  });
  await work(lesson, late(deliveries.turn(pupil)), { ends: "retry task-late, unchanged", requests: 1 }, "ten minutes late");
  await work(lesson, late(deliveries.asked(pupil, { reason: "mend" })), { ends: "unchanged" }, "late, with nothing to mend");
}

/** What another worker committed and did not tell is told by whoever comes next, whatever else is to be done. */
async function drillLeft(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const { calendarId } = pupil;
  const finish = async (task: ImportTask, ends: string): Promise<void> => {
    leaveCommit(drill, pupil);
    const { length } = drill.simulation.world.published;
    const worked = await deliveries.work(task);
    drill.must(worked.ends === ends, `${task.taskId} ended ${worked.ends} and found a commit that was left, wanted ${ends}`);
    const told = drill.simulation.world.published.length - length;
    drill.must(pupil.checkpoint.pending === undefined && told > 0, `${task.taskId} left what another worker had left`);
    const finishes = worked.calls.filter((call) => call === "calendars.clearPending").length;
    drill.must(finishes === 1, `${task.taskId} finished ${finishes} times what another worker had left`);
    drill.must(!worked.calls.includes("letters.get"), `${task.taskId} replays nothing and looked for a letter`);
  };
  await finish(deliveries.asked(pupil, { reason: "mend" }), "unchanged");
  await finish(deliveries.turn(pupil), "unchanged");
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  await finish(deliveries.turn(pupil), "paused");
  await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
}

/** Who was paused is asked only where somebody wants it. */
async function drillPaused(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const { calendarId } = pupil;
  await drill.ask("pause", async (ports) => await pauseCalendar(calendarId, "calendar", ports));
  await work(lesson, deliveries.turn(pupil), { ends: "paused" }, "while its calendar is paused");
  await work(lesson, deliveries.asked(pupil), { ends: "unchanged", requests: 1 }, "while its calendar is paused");
  drill.must(pupil.calendar.state === "paused", `${calendarId} was paused and is ${pupil.calendar.state}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
}

/** A suspended calendar that a crash left on the wheel leaves it; one whose source has answered since goes on. */
async function drillSuspended(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const { calendarId, source } = pupil;
  const { calendars } = drill.simulation.world;
  source.manner = { kind: "failing", code: "source-gone" };
  await work(lesson, deliveries.asked(pupil), { ends: "failed", requests: 1 }, "when its source was gone");
  await calendars.enterWheel(calendarId, placeOf(pupil.calendar) ?? "");
  drill.hours(1);
  const calls = ["calendars.leaveWheelFor"];
  await work(lesson, deliveries.turn(pupil), { ends: "paused", calls }, "while its calendar is suspended");
  drill.must(pupil.checkpoint.wheel === undefined, `${calendarId} is suspended and still at ${pupil.checkpoint.wheel}`);
  source.manner = { kind: "well" };
  await work(lesson, deliveries.asked(pupil), { ends: "unchanged", requests: 1 }, "when its source was back");
  // The worker that heard the answer died before its last write.
  calendars.metas.set(calendarId, { ...pupil.calendar, state: "suspended" });
  await work(lesson, deliveries.turn(pupil), { ends: "unchanged", requests: 1 }, "after its source had answered");
  drill.must(pupil.calendar.state === "active", `${calendarId} has answered and is ${pupil.calendar.state}`);
}

/** Of a calendar that its app writes nobody is asked, wherever it slipped to. */
async function drillPushed(lesson: Lesson): Promise<void> {
  const { drill, deliveries } = lesson;
  for (const calendarId of drill.weather.pushCalendars) {
    await work(lesson, deliveries.turn({ calendarId }), { ends: "unchanged" }, "of a calendar that is pushed");
    await work(lesson, deliveries.asked({ calendarId }), { ends: "unchanged" }, "of a calendar that is pushed");
  }
  const [calendarId = ""] = drill.weather.pushCalendars;
  const lost = deliveries.asked({ calendarId }, { reason: "mend" });
  deliveries.send(lost);
  // SQS gives up a message whose workers all died.
  for (const message of drill.simulation.world.urgent.messages.values()) message.receives = RECEIVES_MOST;
  await drill.course.drain();
  const replayOf = letterIdOf(lost, "");
  const replay = deliveries.asked({ calendarId }, { reason: "replay", replayOf });
  await work(lesson, replay, { ends: "unchanged", calls: ["letters.get", "letters.put"] }, "of a calendar that is pushed");
  drill.must(
    stateOf(drill, replayOf) === "resolved",
    `letter ${replayOf} is ${stateOf(drill, replayOf)} and nothing is left to do`,
  );
}

/** A turn waits for the end of its calendar's own back-off, a person does not; at its end the turn is worked. */
async function drillBackOff(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { deliveries } = lesson;
  const { source } = pupil;
  source.manner = { kind: "failing", code: "source-not-found" };
  await work(lesson, deliveries.turn(pupil), { ends: "failed", requests: 1 }, "when its source was not found");
  await work(lesson, deliveries.turn(pupil), { ends: "deferred" }, "within its back-off");
  await work(lesson, deliveries.asked(pupil), { ends: "failed", requests: 1 }, "within its back-off, for a person");
  source.manner = { kind: "well" };
  const { notBefore = "" } = pupil.checkpoint;
  await workAt(lesson, notBefore, deliveries.turn(pupil, { startAt: notBefore }));
}

/** A host's "later" holds for everybody: a person's task is booked for its end, and a letter stays as it is until it comes. */
async function drillLater(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const { source, calendarId } = pupil;
  source.manner = { kind: "failing", code: "source-not-found" };
  const failing = deliveries.asked(pupil);
  await work(lesson, failing, { ends: "failed", requests: 1 }, "when its source was not found");
  source.manner = { kind: "throttled", seconds: HOUR_SECONDS };
  await work(lesson, deliveries.asked(pupil), { ends: "deferred", requests: 1 }, "when its host said later");
  source.manner = { kind: "well" };
  await work(lesson, deliveries.turn(pupil), { ends: "deferred" }, "before its host may be asked");
  const booked = ["reservations.book", "calendars.putRun"];
  const asked = deliveries.asked(pupil);
  await work(lesson, asked, { ends: "deferred", calls: booked }, "before its host may be asked");
  const { runs } = drill.simulation.world.calendars;
  const run = runs.get(`${calendarId} ${asked.taskId}`);
  drill.must(run?.status === "deferred", `${asked.taskId} is booked and its run says ${run?.status}`);
  const replayOf = letterIdOf(failing, "");
  const replay = deliveries.asked(pupil, { reason: "replay", replayOf });
  await work(lesson, replay, { ends: "deferred", calls: booked }, "before its host may be asked");
  drill.must(stateOf(drill, replayOf) === "open", `letter ${replayOf} is ${stateOf(drill, replayOf)} and its replay waits`);
  const { notBefore = "" } = pupil.checkpoint;
  await workAt(lesson, notBefore, deliveries.asked(pupil, { startAt: notBefore }));
  drill.hours(2);
  await drill.course.drain();
  const end = runs.get(`${calendarId} ${asked.taskId}`);
  drill.must(end?.status === "unchanged", `${asked.taskId} was booked, and its run says ${end?.status}`);
  drill.must(stateOf(drill, replayOf) === "resolved", `letter ${replayOf} is ${stateOf(drill, replayOf)} after its replay`);
}

/** At the very instant at which the waiting ends it has ended. */
async function workAt(lesson: Lesson, instant: string, task: ImportTask): Promise<void> {
  const { simulation } = lesson.drill;
  const share = simulation.sameMsShare;
  simulation.sameMsShare = 1;
  simulation.world.clock.nowMs = Date.parse(instant);
  await work(lesson, task, { ends: "unchanged", requests: 1 }, "when it was over");
  simulation.sameMsShare = share;
}

/** What one calendar of a host was told holds for the others: shortly before its end they wait a moment. */
async function drillNeighbours(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const neighbour = drill.pupils().find(({ host, calendarId }) => host === pupil.host && calendarId !== pupil.calendarId);
  if (neighbour === undefined) throw new Error(`${pupil.calendarId} has no neighbour`);
  neighbour.source.manner = { kind: "throttled", seconds: NEAR_SECONDS };
  const asked = deliveries.asked(neighbour);
  const turn = deliveries.turn(pupil);
  const rival = {
    name: "a neighbour",
    work: async (): Promise<void> => {
      await deliveries.beside({ ...asked, startAt: turn.startAt });
      neighbour.source.manner = { kind: "well" };
    },
  };
  await interpose(drill, { at: "hosts.cooldownUntil", whose: ({ task }) => task?.taskId === turn.taskId, rival }, async () => {
    await work(lesson, turn, { ends: "retry host-cooling-down, unchanged", requests: 1 }, "when a neighbour was told later");
  });
}

/** Nobody asks for what was removed, and what waited for it is over. */
async function drillRemoved(lesson: Lesson, pupil: Pupil): Promise<void> {
  const { drill, deliveries } = lesson;
  const { calendarId, source, calendar } = pupil;
  const { world } = drill.simulation;
  source.manner = { kind: "failing", code: "source-not-found" };
  const failing = deliveries.asked(pupil);
  await work(lesson, failing, { ends: "failed", requests: 1 }, "when its source was not found");
  // As an erasure marks it before it takes it out.
  world.calendars.metas.set(calendarId, { ...calendar, state: "removed" });
  await work(lesson, deliveries.asked(pupil), { ends: "gone" }, "of a calendar that is being erased");
  world.calendars.metas.set(calendarId, calendar);
  const replayOf = letterIdOf(failing, "");
  const replay = deliveries.asked(pupil, { reason: "replay", replayOf });
  drill.weather.operators.removed.add(calendarId);
  const rival = { name: "remove", work: async (ports: Ports) => void (await removeCalendar(calendarId, ports, world.newId)) };
  await interpose(drill, { at: "calendars.load", whose: ({ task }) => task?.taskId === replay.taskId, rival }, async () => {
    await work(lesson, replay, { ends: "gone", calls: ["letters.get", "letters.put"] }, "of a calendar that was just removed");
  });
  drill.must(
    stateOf(drill, replayOf) === "resolved",
    `letter ${replayOf} is ${stateOf(drill, replayOf)} and nobody can answer it`,
  );
  await work(lesson, deliveries.turn(pupil), { ends: "gone" }, "of a calendar that was removed");
}

function stateOf({ simulation }: Drill, letterId: string): string | undefined {
  return simulation.world.letters.stored.get(letterId)?.state;
}
