/** Imports that commit something, keep it aside, or find what another left, wherever they are broken off. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { breakOffImports, DEATHS, manyOf } from "./broken-imports.ts";
import type { Import, Lesson, Must } from "./broken-imports.ts";
import { leaveCommit } from "./deliveries.ts";
import type { Drill, Pupil } from "./drill.ts";

const SUCCESSES: readonly Import[] = [
  {
    name: "a turn with a new event",
    kind: "turn",
    says: grow,
    after: isImported,
    ways: [...DEATHS, "error-after"],
  },
  { name: "a wish with a new event", kind: "asked", says: grow, after: isImported, ways: [...DEATHS, "delay"] },
  { name: "a turn that is held", kind: "turn", says: shrink, after: isHeld },
  {
    name: "a turn that ends a hold",
    kind: "turn",
    before: async (lesson) => {
      shrink(lesson.pupil);
      await lesson.deliveries.work(lesson.deliveries.turn(lesson.pupil));
    },
    says: ({ source, calendarId }) => (source.events = manyOf(calendarId)),
    after: isSound,
  },
  {
    name: "what another left",
    kind: "turn",
    before: ({ drill, pupil }) => leaveCommit(drill, pupil),
    says: () => undefined,
    after: isSound,
  },
];

/** Each answer that commits something or keeps it aside. */
export async function drillImportBreaks(drill: Drill): Promise<void> {
  await breakOffImports(drill, SUCCESSES);
}

function isImported({ drill, pupil }: Lesson, { taskId, turn }: ImportTask, must: Must): void {
  const { calendarVersion, lastTurn, pending, outcome } = pupil.checkpoint;
  must(pupil.content === pupil.wanted, `has ${pupil.content}`);
  must(pending === undefined, `owes version ${pending?.version}`);
  must(turn === undefined || lastTurn === turn, `is at turn ${lastTurn}`);
  must(outcome?.status === "imported" || outcome?.status === "unchanged", `is ${outcome?.status}`);
  const runs = [...drill.simulation.world.calendars.runs.values()].filter((run) => run.taskId === taskId);
  const said = runs.map((run) => `${run.status} ${run.calendarVersion}`).join(", ");
  must(said === `imported ${calendarVersion}`, `has the runs ${said || "none"} of version ${calendarVersion}`);
}

function isHeld({ drill, pupil }: Lesson, { turn }: ImportTask, must: Must): void {
  const { hold, status } = pupil;
  must(status === "held" && hold !== undefined, `is ${status} by ${hold?.holdId}`);
  must(pupil.checkpoint.lastTurn === turn, `is at turn ${pupil.checkpoint.lastTurn}`);
  const isTold = drill.simulation.world.told.some((message) => message.kind === "hold.opened" && message.holdId === hold?.holdId);
  must(isTold, `is held by ${hold?.holdId}, of which no app heard`);
}

function isSound({ pupil }: Lesson, _task: ImportTask, must: Must): void {
  const { status, hold, checkpoint } = pupil;
  must(status === "unchanged" && hold === undefined, `is ${status} by ${hold?.holdId}`);
  must(checkpoint.pending === undefined, `owes version ${checkpoint.pending?.version}`);
}

function grow({ source, calendarId }: Pupil): void {
  source.events = [...source.events, { uid: `grown${source.served.length}-${calendarId}@example.org`, title: "Grown" }];
}

function shrink({ source }: Pupil): void {
  source.events = source.events.slice(0, 1);
}
