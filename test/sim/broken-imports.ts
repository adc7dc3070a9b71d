/** Imports that are broken off at each of their calls: the message comes again, and what comes of it is as if nothing had happened. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { sampleEvents } from "../sync/sources.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { Deliveries } from "./deliveries.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Fault } from "./simulation.ts";

export type Lesson = { readonly drill: Drill; readonly deliveries: Deliveries; readonly pupil: Pupil };
export type Must = (isSo: boolean, otherwise: string) => void;
export type Import = {
  readonly name: string;
  readonly kind: "turn" | "asked";
  /** What stands before the task is sent. */
  readonly before?: (lesson: Lesson) => Promise<void> | void;
  /** What its source does from then on. */
  readonly says: (pupil: Pupil) => void;
  readonly after: (lesson: Lesson, task: ImportTask, must: Must) => Promise<void> | void;
  readonly ways?: readonly Fault[];
};

const EVENTS = 12;
/** Longer than any host here wants to be left alone. */
const LATER_HOURS = 2;
/** What an error leaves is what a death leaves, and the message comes sooner. */
export const DEATHS = ["crash-after", "duplicate"] as const;

/** Plays each of them with the first calendar, which has enough events that losing them is a mass removal. */
export async function breakOffImports(drill: Drill, imports: readonly Import[]): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const lesson = { drill, deliveries: new Deliveries(drill), pupil };
  pupil.source.events = [...pupil.source.events, ...manyOf(pupil.calendarId)];
  await drill.sync(pupil);
  for (const one of imports) await breakOffImport(lesson, one);
}

async function breakOffImport(lesson: Lesson, one: Import): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  let task = deliveries[one.kind](pupil);
  await breakOffEverywhere(drill, {
    name: one.name,
    ways: one.ways ?? DEATHS,
    before: async () => {
      await heal(lesson);
      await one.before?.(lesson);
      one.says(pupil);
      task = deliveries[one.kind](pupil);
    },
    work: async () => deliveries.send(task),
    whose: (process) => process.task?.taskId === task.taskId,
    after: async (where) =>
      await one.after(lesson, task, (isSo, otherwise) => drill.must(isSo, `${pupil.calendarId} ${otherwise}: ${where}`)),
  });
  await heal(lesson);
}

/** Its source says again what it said at first, and what failed for a person is sent again. */
async function heal({ drill, deliveries, pupil }: Lesson): Promise<void> {
  const { source } = pupil;
  source.manner = { kind: "well" };
  source.events = manyOf(pupil.calendarId);
  if (pupil.status === "deferred") drill.hours(LATER_HOURS);
  // Whoever was put off comes back by itself.
  await drill.course.drain();
  const { ends } = await deliveries.work(deliveries.asked(pupil));
  for (const { letterId } of drill.simulation.desk.lettersIn(["open"]))
    await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(/unchanged|imported$/u.test(ends), `${pupil.calendarId} was ${ends} when its source was well`);
}

export function manyOf(calendarId: string): ReturnType<typeof sampleEvents> {
  return sampleEvents(EVENTS, "Many", `many-${calendarId}-`);
}
