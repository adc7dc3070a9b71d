/** What went on its way and was never heard of again: replays, tasks that were put off, reservations; and what a look leaves for the next day. */
import type { Letter } from "../../lib/contract/letter.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { groupOf } from "../../lib/core/alert-groups.ts";
import { letterOf, moved } from "../../lib/core/letters.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { PARTS } from "./desk.ts";
import { makeFeed } from "./drill-feed.ts";
import type { Drill, Pupil } from "./drill.ts";
import { look, lookAt, mendEach, mustBeGlance, partOf } from "./sweeping.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TELLS = ["alerts.put", "topic.tell", "webhook.tell", "alerts.put"];

export async function drillMendingLetters(drill: Drill): Promise<void> {
  const [replayed, late] = drill.pupilsApart();
  drill.hours(1);
  await look(drill);
  await drillReplays(drill, replayed);
  await drillReplayMeanwhile(drill, replayed);
  await drillReplayBrokenOff(drill, replayed);
  await drillPutOff(drill, late);
  await drillDeadline(drill);
}

/** A replay of which nobody heard for a day. */
async function drillReplays(drill: Drill, pupil: Pupil): Promise<void> {
  const { letters } = drill.simulation.world;
  await mendEach(drill, [
    {
      name: "a letter that was replayed almost a day ago",
      make: (atMs) => void putReplayed(drill, pupil, atMs - DAY_MS + 1),
      finds: {},
      writes: [],
      after: () => letters.stored.clear(),
    },
    {
      name: "a letter that was replayed a day ago",
      make: (atMs) => void putReplayed(drill, pupil, atMs - DAY_MS),
      finds: { "reopen-letter": 1 },
      writes: [...TELLS, "letters.put"],
      after: () => mustBeHeard(drill, pupil, "a look"),
    },
  ]);
  clearAway(drill);
}

/** What was seen is a hint: who answered the letter meanwhile has the last word. */
async function drillReplayMeanwhile(drill: Drill, pupil: Pupil): Promise<void> {
  const { alerts, letters } = drill.simulation.world;
  const meanwhile = async (at: string, name: string, work: (letter: Letter) => void): Promise<void> => {
    const letter = putReplayed(drill, pupil, drill.simulation.nowMs - DAY_MS);
    const rival = { name, work: async (): Promise<void> => await Promise.resolve(work(letter)) };
    await interpose(drill, { at, rival }, async () => {
      const { report } = await look(drill);
      drill.must(Object.keys(report).length === 0, `${name} meanwhile: a look mends ${JSON.stringify(report)}`);
    });
    const { state } = letters.stored.get(letter.letterId) ?? {};
    drill.must(state !== "open", `${name} meanwhile, and the letter is open`);
    const isHeard = alerts.stored.size > 0;
    // Who is told a moment too early hears that it is over; who is not told never hears.
    drill.must(!isHeard || at === "letters.put", `${name} meanwhile, and people were told of it`);
    clearAway(drill);
  };
  const resolve = (letter: Letter): void => {
    const by = { at: new Date(drill.simulation.nowMs).toISOString(), who: "worker", why: "done" };
    letters.stored.set(letter.letterId, moved(letter, "resolved", by));
  };
  await meanwhile("letters.get", "its replay does its work", resolve);
  await meanwhile("letters.get", "it expires", ({ letterId }) => letters.stored.delete(letterId));
  await meanwhile("letters.put", "its replay does its work", resolve);
}

/** Whoever finds the letter open finds that people have heard of it. */
async function drillReplayBrokenOff(drill: Drill, pupil: Pupil): Promise<void> {
  putReplayed(drill, pupil, drill.simulation.nowMs - DAY_MS);
  const minutes = await partOf(drill, "replaying", letterIdOf(pupil));
  await breakOffEverywhere(drill, {
    name: "reopen",
    before: async () => {
      await Promise.resolve(clearAway(drill));
      putReplayed(drill, pupil, drill.simulation.nowMs - DAY_MS);
    },
    work: lookAt(drill, minutes),
    after: (where) => mustBeHeard(drill, pupil, where),
  });
  clearAway(drill);
}

function mustBeHeard({ simulation }: Drill, pupil: Pupil, where: string): void {
  const { alerts, letters } = simulation.world;
  const letter = letters.stored.get(letterIdOf(pupil));
  const isOpen = letter?.state === "open" && letter.history.at(-1)?.state === "open";
  if (!isOpen) simulation.violate(`a letter waits for its replay for ever: ${where}`);
  const group = letter === undefined ? undefined : alerts.stored.get(groupOf(letter));
  if (group?.letterId !== letter?.letterId) simulation.violate(`a letter is open again and nobody was told: ${where}`);
}

/** A task of whose call nothing was heard for three hours is put on a schedule once more. */
async function drillPutOff(drill: Drill, pupil: Pupil): Promise<void> {
  const { records } = drill.simulation.world.reservations;
  const asked = pupil.source.served.length;
  await mendEach(drill, [
    {
      name: "a task that was put off until almost three hours ago",
      make: (atMs) => putOff(drill, pupil, atMs - 3 * HOUR_MS + 1),
      finds: {},
      writes: [],
      after: () => records.clear(),
    },
    {
      name: "a task that was put off until three hours ago",
      make: (atMs) => putOff(drill, pupil, atMs - 3 * HOUR_MS),
      finds: { "book-again": 1 },
      writes: ["reservations.book"],
      after: () => {
        drill.must(pupil.source.served.length === asked + 1, `${pupil.calendarId} was put off and never asked`);
        drill.must(records.size === 0, "a task is on its way and still said to wait");
      },
    },
  ]);
}

/** A look whose time runs out leaves the rest for the day after, and begins nothing. */
async function drillDeadline(drill: Drill): Promise<void> {
  const [lost, member, replayed, late] = drill.pupilsApart();
  const { calendars, ownersReservations, reservationSchedules } = drill.simulation.world;
  const feedId = await makeFeed(drill, [member.calendarId]);
  drill.hours(1);
  await look(drill);
  const { nowMs } = drill.simulation;
  await calendars.leaveWheel(lost.calendarId);
  calendars.pointers.get(member.calendarId)?.delete(feedId);
  putReplayed(drill, replayed, nowMs - DAY_MS);
  putOff(drill, late, nowMs - 3 * HOUR_MS);
  await reserve(drill, late, nowMs);
  const deadline = new Date(nowMs);
  const over = await look(drill, { now: () => deadline, deadline });
  drill.must(over.calls.length === 0, `a look that has no time calls ${over.calls.join(", ")}`);
  for (let minute = 0; minute < PARTS; minute += 1) {
    let asked = 0;
    const now = (): Date => new Date(nowMs - ((asked += 1) === 1 ? 1 : 0));
    const seen = await look(drill, { now, deadline }, [minute]);
    mustBeGlance(drill, seen, "its time ran out");
    drill.must(seen.calls.length === 1, `a look whose time ran out calls ${seen.calls.join(", ")}`);
  }
  await mendEach(drill, [
    {
      name: "one thing of each kind",
      make: () => undefined,
      finds: {
        "enter-wheel": 1,
        "put-pointer": 1,
        "export-feed": 1,
        "reopen-letter": 1,
        "make-schedule": 1,
        "book-again": 1,
      },
      writes: [
        "calendars.enterWheel",
        "calendars.putFeedPointer",
        "exports.sendExports",
        ...TELLS,
        "letters.put",
        "reservationSchedules.make",
        "reservations.book",
      ],
      after: () => {
        ownersReservations.stored.clear();
        reservationSchedules.standing.clear();
      },
    },
  ]);
  clearAway(drill);
}

/** A reservation that an owner made for a later hour, and whose schedule was never made. */
async function reserve({ simulation }: Drill, { calendarId, calendar: { ownerId } }: Pupil, nowMs: number): Promise<void> {
  const [at, createdAt] = [nowMs + HOUR_MS, nowMs - HOUR_MS].map((ms) => new Date(ms).toISOString());
  await simulation.world.ownersReservations.put({
    version: 1,
    reservationId: "reserved",
    ownerId,
    target: { kind: "sync", calendarId },
    at: at ?? "",
    createdAt: createdAt ?? "",
    revision: 1,
    state: "waiting",
  });
}

function putOff({ simulation }: Drill, { calendarId, calendar: { ownerId } }: Pupil, dueMs: number): void {
  const taskId = `${new Date(dueMs).toISOString()}~lost`;
  const dueAt = new Date(dueMs).toISOString();
  const lost: Reservation = { version: 1, taskId, calendarId, ownerId, reason: "sync-now", bookings: 1, dueAt };
  simulation.world.reservations.records.set(taskId, lost);
}

/** A letter of the calendar's turns whose replay was sent then, and of which nothing was heard. */
function putReplayed({ simulation }: Drill, pupil: Pupil, atMs: number): Letter {
  const at = new Date(atMs).toISOString();
  const { calendarId, calendar, host } = pupil;
  const taskId = `${calendarId}@1`;
  const task = { version: 1, kind: "import", taskId, calendarId, turn: 1, startAt: at, reason: "tick" } satisfies ImportTask;
  const dead = { messageId: "lost", body: JSON.stringify(task), queue: "import-dead-letters", sentAt: at, attempts: 5 };
  const open = letterOf({ ...dead, code: "source-unauthorized", reason: "drill", host }, undefined, at);
  const by = { at, who: "operator", why: "drill" };
  const replayed: Letter = {
    ...moved(open, "replaying", by),
    ownerId: calendar.ownerId,
    replay: { taskId: "lost", at },
  };
  simulation.world.letters.stored.set(replayed.letterId, replayed);
  return replayed;
}

function letterIdOf({ calendarId }: Pupil): string {
  return `import-${calendarId}`;
}

/** Nobody answers the letters of a drill. */
function clearAway({ simulation }: Drill): void {
  simulation.world.letters.stored.clear();
  simulation.world.alerts.stored.clear();
}
