/** One import after the other, each with another answer of its source: what is saved of it, and who hears of it. */
import type { FailureCode } from "../../lib/contract/code.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import { Deliveries } from "./deliveries.ts";
import type { Worked } from "./deliveries.ts";
import type { Drill, Pupil } from "./drill.ts";

type Answer = {
  readonly name: string;
  /** What its source does from now on. */
  readonly says: (pupil: Pupil) => void;
  readonly ends: string;
  readonly status: "imported" | "unchanged" | "held" | "failed" | "deferred";
  /** Why, as the outcome and the run say it. */
  readonly code?: FailureCode;
  /** What apps hear of it. */
  readonly told?: "import.finished" | "import.failed" | "hold.opened";
};
type Lesson = { readonly drill: Drill; readonly deliveries: Deliveries; readonly pupil: Pupil };

const EVENTS = 10;
const HOUR_SECONDS = 3600;
const saying =
  (textOf: (whole: string) => string) =>
  ({ source }: Pupil): void =>
    void (source.manner = { kind: "saying", text: textOf(calendarText(source.events)) });
const failing =
  (code: FailureCode) =>
  ({ source }: Pupil): void =>
    void (source.manner = { kind: "failing", code });
const RETRIED = "retry source-timeout, retry source-timeout, retry source-timeout, retry source-timeout, failed";
const REFUSED = { ends: "failed", status: "failed", code: "not-icalendar", told: "import.failed" } as const;

const ANSWERS: readonly Answer[] = [
  { name: "a new event", says: grow, ends: "imported", status: "imported", told: "import.finished" },
  { name: "304", says: () => undefined, ends: "unchanged", status: "unchanged" },
  {
    name: "the same body",
    says: ({ source }) => void (source.validators = "none"),
    ends: "unchanged",
    status: "unchanged",
  },
  {
    name: "the same events, stamped anew",
    says: ({ source }) => void (source.stamp = (source.stamp ?? 0) + 1),
    ends: "unchanged",
    status: "unchanged",
  },
  { name: "nothing", says: saying(() => ""), ...REFUSED },
  { name: "HTML", says: saying(() => "<html>Sign in</html>"), ...REFUSED },
  { name: "half a calendar", says: saying((whole) => whole.slice(0, whole.length / 2)), ...REFUSED },
  {
    name: "404",
    says: failing("source-not-found"),
    ends: "failed",
    status: "failed",
    code: "source-not-found",
    told: "import.failed",
  },
  { name: "410", says: failing("source-gone"), ends: "failed", status: "failed", code: "source-gone", told: "import.failed" },
  {
    name: "no answer in time",
    says: failing("source-timeout"),
    ends: RETRIED,
    status: "failed",
    code: "source-timeout",
    told: "import.failed",
  },
  {
    name: "429",
    says: ({ source }) => void (source.manner = { kind: "throttled", seconds: HOUR_SECONDS }),
    ends: "deferred",
    status: "deferred",
    code: "source-throttled",
  },
  { name: "one event of ten", says: shrink, ends: "held", status: "held", code: "removal-held", told: "hold.opened" },
];

export async function drillImports(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const lesson = { drill, deliveries: new Deliveries(drill), pupil };
  pupil.source.events = [...pupil.source.events, ...sampleEvents(EVENTS, "Many", `many-${pupil.calendarId}-`)];
  await drill.sync(pupil);
  for (const answer of ANSWERS) {
    await drillAnswer(lesson, answer, "turn");
    await drillAnswer(lesson, answer, "asked");
  }
  await drillAttempts(lesson);
}

/** One task hears the answer; then its source is well again, and the next one says so. */
async function drillAnswer({ drill, deliveries, pupil }: Lesson, answer: Answer, kind: "turn" | "asked"): Promise<void> {
  const { source } = pupil;
  const task = deliveries[kind](pupil);
  const [before, told] = [source.events, drill.simulation.world.told.length];
  const { calendarVersion } = pupil.checkpoint;
  answer.says(pupil);
  const worked = await deliveries.work(task);
  const must = (isSo: boolean, otherwise: string): void =>
    drill.must(
      isSo,
      `who ${kind === "turn" ? "had a turn" : "was asked for"} heard ${answer.name} of ${pupil.calendarId} and ${otherwise}`,
    );
  must(worked.ends === answer.ends, `ended ${worked.ends}`);
  checkOutcome(pupil, answer, calendarVersion, must);
  checkCalls(worked, answer, task, must);
  checkRun(drill, answer, task, must);
  checkLetter(drill, answer, task, must);
  const kinds = drill.simulation.world.told.slice(told).flatMap((message) => (isOfLetter(message.kind) ? [] : [message.kind]));
  must(kinds.join(" ") === (answer.told ?? ""), `apps heard ${kinds.join(" ")}`);
  if (source.events.length < before.length) source.events = before;
  await heal({ drill, deliveries, pupil }, task, answer);
}

/** Feeds and letters have messages of their own. */
function isOfLetter(kind: string): boolean {
  return kind === "letter.opened" || kind === "feed.published";
}

type Must = (isSo: boolean, otherwise: string) => void;

function checkOutcome({ checkpoint, calendar, hold }: Pupil, answer: Answer, version: number, must: Must): void {
  const { outcome, calendarVersion, pending, wheel } = checkpoint;
  must(
    outcome?.status === answer.status && outcome.code === answer.code,
    `its outcome is ${outcome?.status} for ${outcome?.code}`,
  );
  must(
    calendarVersion === version + (answer.status === "imported" ? 1 : 0),
    `it is at version ${calendarVersion} after ${version}`,
  );
  must(pending === undefined, `version ${pending?.version} waits to be told`);
  const isGone = answer.code === "source-gone";
  must((calendar.state === "suspended") === isGone, `it is ${calendar.state}`);
  must((wheel === undefined) === isGone, `its place on the wheel is ${wheel}`);
  must((hold !== undefined) === (answer.status === "held"), `its hold is ${hold?.holdId}`);
}

/** One read and one save for each delivery; a turn that hears nothing new costs no other write. Whoever suspends looks once more. */
function checkCalls({ calls, ends, requests }: Worked, { status, code }: Answer, { turn }: ImportTask, must: Must): void {
  const count = (method: string): number => calls.filter((call) => call === method).length;
  const deliveries = ends.split(", ").length;
  must(requests === deliveries, `asked ${requests} times`);
  const looks = deliveries + (code === "source-gone" ? 1 : 0);
  must(count("calendars.load") === looks, `was read ${count("calendars.load")} times`);
  must(count("calendars.save") === deliveries, `was saved ${count("calendars.save")} times`);
  const runs = status === "unchanged" && turn !== undefined ? 0 : 1;
  must(count("calendars.putRun") === runs, `wrote ${count("calendars.putRun")} runs, wanted ${runs}`);
}

function checkRun(drill: Drill, { status, code }: Answer, task: ImportTask, must: Must): void {
  const run = runOf(drill, task);
  const wanted = status === "unchanged" && task.turn !== undefined ? undefined : status;
  must(run?.status === wanted, `its run says ${run?.status}`);
  if (run !== undefined && status !== "held") must(run.code === code, `its run names ${run.code}`);
}

function checkLetter(drill: Drill, { status }: Answer, task: ImportTask, must: Must): void {
  const letter = drill.simulation.world.letters.stored.get(letterIdOf(task, ""));
  const wanted = status === "failed" ? "open" : undefined;
  must(letter?.state === wanted || (wanted === undefined && letter?.state === "resolved"), `its letter is ${letter?.state}`);
}

function runOf(drill: Drill, { taskId }: ImportTask): Run | undefined {
  return [...drill.simulation.world.calendars.runs.values()].find((run) => run.taskId === taskId && run.status !== "queued");
}

/** Its source is well again: the next success ends all that came of it but what somebody asked for, which is sent again by a person. */
async function heal({ drill, deliveries, pupil }: Lesson, task: ImportTask, { name }: Answer): Promise<void> {
  const { source, calendarId } = pupil;
  source.manner = { kind: "well" };
  source.validators = "given";
  drill.hours(2);
  // Whoever was put off comes back by itself.
  await drill.course.drain();
  drill.must(runOf(drill, task)?.status !== "deferred" || task.turn !== undefined, `${task.taskId} was put off for ever`);
  const { ends } = await deliveries.work(deliveries.asked(pupil));
  drill.must(ends === "unchanged", `${calendarId} was ${ends} when its source was well after ${name}`);
  const { failures, lastSuccessAt, outcome } = pupil.checkpoint;
  drill.must(failures === 0 && lastSuccessAt === outcome?.at, `${calendarId} counts ${failures} failures after ${name}`);
  drill.must(
    pupil.calendar.state === "active" && pupil.checkpoint.wheel !== undefined,
    `${calendarId} is not polled after ${name}`,
  );
  drill.must(pupil.hold === undefined, `${calendarId} has a hold although its source has everything again`);
  const letter = drill.simulation.world.letters.stored.get(letterIdOf(task, ""));
  const wanted = task.turn === undefined ? "open" : "resolved";
  drill.must(letter === undefined || letter.state === wanted, `the letter of ${task.taskId} is ${letter?.state} after ${name}`);
}

/** What fails now and then succeeds spends no turn: attempts are counted anew. */
async function drillAttempts({ drill, deliveries, pupil }: Lesson): Promise<void> {
  const { source, calendarId } = pupil;
  failing("source-timeout")(pupil);
  const task = deliveries.turn(pupil);
  drill.simulation.at(1, () => (source.manner = { kind: "well" }));
  const { ends } = await deliveries.work(task);
  drill.must(/^(retry source-timeout, )*unchanged$/u.test(ends), `${calendarId} ended ${ends} when its source came back`);
  drill.must(pupil.checkpoint.attempts === 0, `${calendarId} still counts ${pupil.checkpoint.attempts} attempts`);
}

function grow({ source, calendarId }: Pupil): void {
  source.events = [...source.events, { uid: `grown${source.served.length}-${calendarId}@example.org`, title: "Grown" }];
}

function shrink({ source }: Pupil): void {
  source.events = source.events.slice(0, 1);
}
