/** Imports that fail, that are put off, and that end what failed before, wherever they are broken off. */
import type { FailureCode } from "../../lib/contract/code.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { breakOffImports, DEATHS } from "./broken-imports.ts";
import type { Import, Lesson, Must } from "./broken-imports.ts";
import type { Drill, Pupil } from "./drill.ts";

const LATER_SECONDS = 3600;

const ENDS: readonly Import[] = [
  { name: "a turn that fails", kind: "turn", says: fail("source-not-found"), after: isGivenUp, ways: [...DEATHS, "delay"] },
  {
    name: "a wish that finds its source gone",
    kind: "asked",
    says: fail("source-gone"),
    after: (lesson, task, must) => {
      isGivenUp(lesson, task, must);
      isSuspended(lesson.pupil, must);
    },
  },
  {
    name: "a turn that finds its source gone",
    kind: "turn",
    says: fail("source-gone"),
    after: async (lesson, task, must) => {
      isGivenUp(lesson, task, must);
      // Whoever died with its turn closed leaves the rest to the next one.
      lesson.drill.hours(2);
      await lesson.deliveries.work(lesson.deliveries.turn(lesson.pupil));
      isSuspended(lesson.pupil, must);
    },
  },
  {
    name: "a wish that finds its source again",
    kind: "asked",
    before: async ({ deliveries, pupil }) => {
      fail("source-gone")(pupil);
      await deliveries.work(deliveries.asked(pupil));
    },
    says: ({ source }) => (source.manner = { kind: "well" }),
    after: ({ pupil }, _task, must) => {
      const { state } = pupil.calendar;
      must(state === "active" && pupil.checkpoint.wheel !== undefined, `is ${state} at ${pupil.checkpoint.wheel}`);
    },
  },
  {
    name: "a turn after one that failed",
    kind: "turn",
    before: async ({ drill, deliveries, pupil }) => {
      fail("source-not-found")(pupil);
      await deliveries.work(deliveries.turn(pupil));
      drill.hours(2);
    },
    says: ({ source }) => (source.manner = { kind: "well" }),
    after: ({ drill, pupil }, task, must) => {
      must(pupil.status === "unchanged" && pupil.checkpoint.failures === 0, `is ${pupil.status}`);
      const state = drill.simulation.world.letters.stored.get(letterIdOf(task, ""))?.state;
      must(state === "resolved", `has a letter that is ${state}`);
    },
  },
];

const LATERS: readonly Import[] = [
  { name: "a wish whose host says later", kind: "asked", says: putOff, after: isBooked },
  {
    name: "a wish that waits for its host",
    kind: "asked",
    before: async ({ deliveries, pupil }) => {
      putOff(pupil);
      await deliveries.work(deliveries.turn(pupil));
    },
    says: ({ source }) => (source.manner = { kind: "well" }),
    after: isBooked,
  },
];

export async function drillImportEnds(drill: Drill): Promise<void> {
  await breakOffImports(drill, ENDS);
}

export async function drillImportLaters(drill: Drill): Promise<void> {
  await breakOffImports(drill, LATERS);
}

function fail(code: FailureCode): (pupil: Pupil) => void {
  return ({ source }) => void (source.manner = { kind: "failing", code });
}

function putOff({ source }: Pupil): void {
  source.manner = { kind: "throttled", seconds: LATER_SECONDS };
}

/** Somebody is to look after it, apps have heard, and the calendar is left alone for a while. */
function isGivenUp({ drill, pupil }: Lesson, task: ImportTask, must: Must): void {
  const { outcome, failures, notBefore } = pupil.checkpoint;
  must(outcome?.status === "failed" && failures > 0, `is ${outcome?.status} after ${failures} failures`);
  must(
    outcome !== undefined && (notBefore ?? "") > outcome.at,
    `failed at ${outcome?.at} and may be asked again at ${notBefore}`,
  );
  const { letters, told } = drill.simulation.world;
  const state = letters.stored.get(letterIdOf(task, ""))?.state;
  must(state === "open", `has a letter that is ${state}`);
  const { calendarId } = pupil;
  const isTold = told.some((life) => life.kind === "import.failed" && life.calendarId === calendarId && life.at === outcome?.at);
  must(isTold, "gave up, and no app heard of it");
}

function isSuspended({ calendar, checkpoint }: Pupil, must: Must): void {
  must(calendar.state === "suspended" && checkpoint.wheel === undefined, `is ${calendar.state} at ${checkpoint.wheel}`);
}

/** It waits on a schedule, and whoever asked is told so; the host is left alone. */
function isBooked({ drill, pupil }: Lesson, { taskId, calendarId }: ImportTask, must: Must): void {
  const { reservations, calendars, hosts } = drill.simulation.world;
  must(reservations.holds(taskId) && reservations.records.has(taskId), "put off what nobody sends again");
  const run = calendars.runs.get(`${calendarId} ${taskId}`);
  must(run?.status === "deferred", `has a run that says ${run?.status}`);
  const { cooldownUntil = "" } = hosts.stored.get(pupil.host ?? "") ?? {};
  must(cooldownUntil > drill.context().now().toISOString(), `lets its host be asked again at ${cooldownUntil}`);
}
