/** What lies in the dead letter queues is sent again by hand: each task as it may be, at its host's pace; whatever cannot be sent lies there afterwards. */
import type { Task } from "../../lib/contract/task.ts";
import type { Course } from "../../lib/sync/course.ts";
import { switchDeadLetters } from "../../lib/sync/pause-all.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import type { RedriveLane, RedriveReport } from "../../lib/sync/redrive-letters.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import { beginRemoval, endRemoval } from "./half-removed.ts";

const FURTHEST_MS = 900_000;
const AHEAD_MS = 300_000;
/** What is put back is seen again at once. */
const SOON_MS = 1000;
const OPEN_COURSE: Course = { isCancelled: () => false, passed: async () => undefined };

/** What was sent again, in order. */
type Sent = { readonly queue: string; readonly task: Task; readonly host?: string | undefined; readonly delaySeconds: number };

export async function drillRedrive(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  await drill.ask("leave dead letters", async ({ switches }) => await switchDeadLetters(switches, "off"));
  await drillLanes(drill, mail);
  await drillCalendars(drill, mail);
  await drillPace(drill, mail);
  await drillCancelled(drill, mail);
  await drillBreaks(drill, mail);
  await drill.ask("record dead letters", async ({ switches }) => await switchDeadLetters(switches, "on"));
  await drill.course.drain();
  await mail.discardAll();
}

/** A turn may be over and goes as a replay; what somebody follows stays that task; each goes to the queue that it came from. */
async function drillLanes(drill: Drill, mail: DeadMail): Promise<void> {
  const [one, other] = drill.pupilsApart();
  const [pushed = ""] = drill.weather.pushCalendars;
  const { importDeadLetters, urgentDeadLetters, exportDeadLetters, downloads } = drill.simulation.world;
  const asked = mail.asked(other.calendarId, { startAt: mail.longAgo(), bookings: 2 });
  const mend = mail.asked(pushed, { startAt: mail.longAgo(), reason: "mend" });
  const [build, reserved] = [mail.build("nobody's"), mail.build("nobody's", { reason: "reservation" })];
  const part = mail.download({ part: 3 });
  mail.lay(importDeadLetters, mail.turn(one.calendarId, { startAt: mail.longAgo() }));
  mail.lay(urgentDeadLetters, asked);
  mail.lay(urgentDeadLetters, mend);
  mail.lay(exportDeadLetters, build);
  mail.lay(exportDeadLetters, reserved);
  mail.lay(exportDeadLetters, part);
  const unread = mail.lay(importDeadLetters, "no task");
  const begunAt = mail.now();
  const { report, sent, calls } = await redrive(drill);
  drill.must(tellOf(report) === `done: 6 sent, 0 wait, 0 gone, unreadable ${unread}`, `a redrive says ${tellOf(report)}`);
  const seen = sent.map(({ queue, task }) => `${queue} ${task.kind} ${task.reason}`).join(", ");
  const wanted =
    "import import replay, urgent import sync-now, urgent import mend, export export replay, export export reservation, export download replay";
  drill.must(seen === wanted, `sent again were ${seen}`);
  const ids = sent.map(({ task }) => task.taskId);
  const kept = [asked, mend, reserved].every(({ taskId }) => ids.includes(taskId));
  const fresh = [build, part].every(({ taskId }) => !ids.includes(taskId));
  drill.must(kept && fresh, `what is followed keeps its id, everything else has a new one: ${ids.join(", ")}`);
  checkTasks(drill, sent, one.calendarId, begunAt);
  const reserves = calls.filter((call) => call === "hosts.reserve").length;
  drill.must(reserves === 2, `two hosts were to be asked, and ${reserves} starts were reserved`);
  const lying = importDeadLetters.messages.get(unread);
  drill.must(
    lying !== undefined && lying.visibleAtMs <= drill.simulation.nowMs + SOON_MS,
    "what nobody can read cannot be received again",
  );
  importDeadLetters.messages.delete(unread);
  for (const messageId of downloads.messages.keys()) downloads.acknowledge(messageId);
}

function checkTasks(drill: Drill, sent: readonly Sent[], calendarId: string, begunAt: string): void {
  for (const { task, host } of sent) {
    drill.must(task.replayOf !== undefined, `${task.taskId} was sent again and settles no letter`);
    if (task.kind === "import") {
      drill.must(task.turn === undefined, `${task.taskId} was sent again with its old turn`);
      drill.must(host !== undefined && task.startAt >= begunAt, `${task.taskId} was sent again to start at ${task.startAt}`);
      const wanted = task.reason === "sync-now" ? 2 : undefined;
      drill.must(task.bookings === wanted, `${task.taskId} was put off ${task.bookings} times, wanted ${wanted}`);
    } else if (task.kind === "download") drill.must(task.part === 3, `part ${task.part} of a download was sent again`);
  }
  const [first] = sent;
  drill.must(first?.task.replayOf === `import-${calendarId}`, `a turn was sent again for ${first?.task.replayOf}`);
}

/** A paused calendar's waits, and that of one that was removed has nobody to be sent for; a suspended one may be tried by a person. */
async function drillCalendars(drill: Drill, mail: DeadMail): Promise<void> {
  const [gone, paused, , , removed] = drill.pupilsApart();
  gone.source.manner = { kind: "failing", code: "source-gone" };
  await drill.sync(gone);
  drill.must(gone.calendar.state === "suspended", `${gone.calendarId} is ${gone.calendar.state}, its source is gone`);
  gone.source.manner = { kind: "well" };
  await drill.ask("pause", async (ports) => await pauseCalendar(paused.calendarId, "calendar", ports));
  const { urgentDeadLetters: queue } = drill.simulation.world;
  queue.messages.clear();
  await beginRemoval(drill, removed.calendarId);
  const ids = [gone.calendarId, paused.calendarId, removed.calendarId, "never-there"];
  const [tried = "", ...left] = ids.map((calendarId) => mail.lay(queue, mail.asked(calendarId, { startAt: mail.longAgo() })));
  const { report } = await redrive(drill);
  drill.must(tellOf(report) === "done: 1 sent, 1 wait, 2 gone, unreadable ", `a redrive says ${tellOf(report)}`);
  const lies = [...queue.messages.keys()].join(" ");
  drill.must(lies === left.join(" "), `after a redrive ${lies} lie there, wanted ${left.join(" ")} and not ${tried}`);
  drill.must(gone.calendar.state === "active", `${gone.calendarId} answered what was sent again and is ${gone.calendar.state}`);
  await drill.ask("resume", async (ports) => await resumeCalendar(paused.calendarId, "calendar", ports));
  await endRemoval(drill, removed.calendarId);
  const { report: again } = await redrive(drill);
  drill.must(tellOf(again) === "done: 1 sent, 0 wait, 2 gone, unreadable ", `a redrive after a resume says ${tellOf(again)}`);
  queue.messages.clear();
}

/** Nobody starts before those who asked first. */
async function drillPace(drill: Drill, mail: DeadMail): Promise<void> {
  const [, , pupil] = drill.pupilsApart();
  const { urgentDeadLetters: queue } = drill.simulation.world;
  for (const [aheadMs, told] of [
    [FURTHEST_MS + 60_000, "done: 0 sent, 1 wait, 0 gone, unreadable "],
    [AHEAD_MS, "done: 1 sent, 0 wait, 0 gone, unreadable "],
  ] as const) {
    if (queue.messages.size === 0) mail.lay(queue, mail.asked(pupil.calendarId, { startAt: mail.longAgo() }));
    const freeMs = book(drill, pupil, aheadMs);
    const { report, sent } = await redrive(drill);
    drill.must(tellOf(report) === told, `at a busy host a redrive says ${tellOf(report)}, wanted ${told}`);
    for (const { task, delaySeconds, host } of sent) {
      const startMs = task.kind === "import" ? Date.parse(task.startAt) : 0;
      drill.must(startMs === freeMs && host === pupil.host, `${task.taskId} starts at ${startMs}, its host is free at ${freeMs}`);
      drill.must(delaySeconds > 0 && delaySeconds <= AHEAD_MS / 1000, `${task.taskId} waits ${delaySeconds} s`);
    }
    book(drill, pupil, 0);
  }
}

/** Who wants no more leaves the rest, of every queue. */
async function drillCancelled(drill: Drill, mail: DeadMail): Promise<void> {
  const { importDeadLetters, urgentDeadLetters, exportDeadLetters } = drill.simulation.world;
  for (let laid = 0; laid < 11; laid += 1) mail.lay(importDeadLetters, mail.build("nobody's"));
  mail.lay(urgentDeadLetters, mail.build("nobody's"));
  let count = 0;
  const course = { isCancelled: () => count >= 10, passed: async (more: number): Promise<void> => void (count += more) };
  const { report } = await redrive(drill, course);
  drill.must(tellOf(report) === "cancelled: 10 sent, 0 wait, 0 gone, unreadable ", `a cancelled redrive says ${tellOf(report)}`);
  const left = [importDeadLetters, urgentDeadLetters, exportDeadLetters].map(({ messages }) => messages.size).join(" ");
  drill.must(left === "1 1 0", `a cancelled redrive left ${left}`);
  drill.simulation.skip(FURTHEST_MS);
  const { report: rest } = await redrive(drill);
  drill.must(tellOf(rest) === "done: 2 sent, 0 wait, 0 gone, unreadable ", `the rest of a redrive says ${tellOf(rest)}`);
}

/** Sent first, then removed: wherever it dies its run has an end. */
async function drillBreaks(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const { urgentDeadLetters: queue, calendars } = drill.simulation.world;
  let key = "";
  await breakOffEverywhere(drill, {
    name: "redrive",
    before: async () => {
      const { taskId, reason, ...task } = mail.asked(calendarId, { startAt: mail.longAgo() });
      mail.lay(queue, { taskId, reason, ...task });
      key = `${calendarId} ${taskId}`;
      const run = { version: 1, runId: taskId, calendarId, taskId, reason, startedAt: task.startAt } as const;
      await calendars.putRun({ ...run, status: "queued" });
    },
    work: async (ports) => await redriveLetters(ports.lanes, ports, { ...drill.context(), course: OPEN_COURSE }),
    after: async (where) => {
      // What was received by a redrive that died is seen again after a while.
      drill.simulation.skip(FURTHEST_MS);
      await redrive(drill);
      drill.must(queue.messages.size === 0, `a message lies there for ever: ${where}`);
      const status = calendars.runs.get(key)?.status;
      drill.must(status === "unchanged" || status === "duplicate", `a run is ${status} after a redrive: ${where}`);
    },
  });
}

type Redriven = {
  readonly report: RedriveReport | undefined;
  readonly sent: readonly Sent[];
  readonly calls: readonly string[];
};

async function redrive(drill: Drill, course: Course = OPEN_COURSE): Promise<Redriven> {
  const sent: Sent[] = [];
  // Whatever was put back before is there again.
  drill.simulation.skip(SOON_MS);
  let report: RedriveReport | undefined;
  const calls = await callsOf(drill, "redrive", async (ports: Ports) => {
    const lanes = ports.lanes.map((lane) => heardBy(drill, sent, lane));
    report = await redriveLetters(lanes, ports, { ...drill.context(), course });
  });
  await drill.course.drain();
  return { report, sent, calls };
}

/** The same lane, of which somebody hears what is sent. */
function heardBy(drill: Drill, sent: Sent[], { from, to }: RedriveLane): RedriveLane {
  const queue = from.name.replace("-dead-letters", "");
  return {
    from,
    to: {
      sendImports: async (tasks) => {
        sent.push(...tasks.map((paced) => ({ queue, ...paced })));
        await to.sendImports(tasks);
      },
      sendExports: async (tasks, delaySeconds) => {
        sent.push(...tasks.map((task) => ({ queue, task, delaySeconds })));
        await to.sendExports(tasks, delaySeconds);
      },
      // Nobody makes downloads here.
      sendDownloads: async (tasks, delaySeconds) => {
        for (const { replayOf = "" } of tasks) drill.simulation.replayed.add(replayOf);
        sent.push(...tasks.map((task) => ({ queue, task, delaySeconds })));
      },
    },
  };
}

function tellOf(report: RedriveReport | undefined): string {
  const { end, sent, waiting, gone, unreadable = [] } = report ?? {};
  return `${end}: ${sent} sent, ${waiting} wait, ${gone} gone, unreadable ${unreadable.join(" ")}`;
}

/** Others reserved all starts before this one. */
function book({ simulation }: Drill, { host = "" }: Pupil, aheadMs: number): number {
  const { stored } = simulation.world.hosts;
  const nextStartAtMs = simulation.nowMs + aheadMs;
  stored.set(host, { version: 1, host, ...stored.get(host), nextStartAtMs });
  return nextStartAtMs;
}
