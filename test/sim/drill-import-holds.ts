/** Imports under a hold: it is confirmed, applied by time, ended by a sound body, left by who died, approved in the midst of it. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import { sampleEvents } from "../sync/sources.ts";
import { interpose } from "./broken-off.ts";
import { Deliveries, leaveCommit } from "./deliveries.ts";
import type { Worked } from "./deliveries.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Process } from "./simulation.ts";

type Lesson = { readonly drill: Drill; readonly deliveries: Deliveries; readonly pupil: Pupil };

const EVENTS = 12;
const DAY_HOURS = 25;

export async function drillImportHolds(drill: Drill): Promise<void> {
  const deliveries = new Deliveries(drill);
  const [one, two, three, four] = drill.pupilsApart();
  for (const pupil of [one, two, three, four]) {
    pupil.source.events = [...pupil.source.events, ...sampleEvents(EVENTS, "Many", `many-${pupil.calendarId}-`)];
    await drill.sync(pupil);
  }
  await drillTime({ drill, deliveries, pupil: one }, "given");
  await drillTime({ drill, deliveries, pupil: two }, "none");
  await drillLeft({ drill, deliveries, pupil: three });
  await drillSuspended({ drill, deliveries, pupil: four });
  await drillApproved({ drill, deliveries, pupil: three });
}

/** Its source says the same for a day, by 304 or by its body: that is confirmed, told to nobody again, and applied in the end. */
async function drillTime(lesson: Lesson, validators: "given" | "none"): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  source.validators = validators;
  await work(lesson, "unchanged");
  const { content } = pupil;
  source.events = source.events.slice(0, 1);
  await work(lesson, "held");
  const opened = pupil.hold;
  const told = drill.simulation.world.told.length;
  for (const confirmations of [1, 2]) {
    const { calls } = await work(lesson, "held");
    drill.must(pupil.hold?.confirmations === confirmations, `${calendarId} was confirmed ${pupil.hold?.confirmations} times`);
    drill.must(pupil.hold?.objectKey === opened?.objectKey, `what is held of ${calendarId} was stored again`);
    drill.must(!calls.includes("alerts.put"), `people heard again of what is held of ${calendarId}`);
  }
  drill.must(drill.simulation.world.told.length === told, `apps heard again of what is held of ${calendarId}`);
  drill.must(pupil.content === content, `${calendarId} lost what was to be held`);
  drill.hours(DAY_HOURS);
  let stood: string | undefined;
  const look = (method: string): void => {
    if (method === "changes.publish") stood ??= pupil.hold?.holdId;
  };
  const { calls } = await watched(lesson, deliveries.turn(pupil), look);
  drill.must(pupil.status === "imported" && pupil.hold === undefined, `${calendarId} is ${pupil.status} after a day`);
  drill.must(pupil.content === pupil.wanted, `${calendarId} has ${pupil.content} after a day, wanted ${pupil.wanted}`);
  drill.must(stood === undefined, `apps heard what became of hold ${stood} while it stood`);
  drill.must(calls.includes("objects.getHeld") === (validators === "given"), `${calendarId} was not applied from what it said`);
  source.validators = "given";
}

/** A worker saved a sound body and died before it took the hold away: it is nobody's hold any more. */
async function drillLeft(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  const { events } = source;
  source.events = events.slice(0, 1);
  await work(lesson, "held");
  source.events = events;
  const turn = deliveries.turn(pupil);
  let isBroken = false;
  await drill.planned(
    ({ task }, method) => {
      if (task?.taskId !== turn.taskId || method !== "calendars.endHold" || isBroken) return undefined;
      isBroken = true;
      return "crash-before";
    },
    async () => {
      await deliveries.work(turn);
    },
  );
  drill.must(isBroken, `the hold of ${calendarId} was not taken away`);
  drill.must(pupil.hold === undefined, `hold ${pupil.hold?.holdId} was left and stands although its source is sound`);
  drill.must(pupil.status === "unchanged", `${calendarId} is ${pupil.status} although its source is sound`);
}

/** What is held is no answer that brings a suspended calendar back; what is sound is, before anybody hears of it. */
async function drillSuspended(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  const { events } = source;
  source.manner = { kind: "failing", code: "source-gone" };
  await work(lesson, "failed");
  source.manner = { kind: "well" };
  source.events = events.slice(0, 1);
  drill.hours(1);
  const [first, second] = [deliveries.asked(pupil), deliveries.asked(pupil)];
  const rival = {
    name: "another wish",
    work: async (): Promise<void> => await deliveries.beside({ ...first, startAt: second.startAt }),
  };
  await interpose(drill, { at: "calendars.save", whose: ({ task }) => task?.taskId === second.taskId, rival }, async () => {
    const { ends } = await deliveries.work(second);
    drill.must(ends === "duplicate" && pupil.status === "held", `${calendarId} is ${pupil.status}, the later wish ended ${ends}`);
  });
  drill.must(pupil.calendar.state === "suspended", `${calendarId} is ${pupil.calendar.state}, and what it says is held`);
  source.events = [...events, { uid: `back-${calendarId}@example.org`, title: "Back" }];
  let state: string | undefined;
  const look = (method: string): void => {
    if (method === "changes.publish") state ??= pupil.calendar.state;
  };
  await watched(lesson, deliveries.asked(pupil), look);
  drill.must(state === "active", `apps heard of a new version of ${calendarId} while it was ${state}`);
  drill.must(pupil.checkpoint.wheel !== undefined && pupil.hold === undefined, `${calendarId} is back and is not polled`);
}

/** A person approves what is held while a worker is about to confirm it: it is applied, and not held once more. */
async function drillApproved(lesson: Lesson): Promise<void> {
  const { drill, deliveries, pupil } = lesson;
  const { calendarId, source } = pupil;
  source.events = source.events.slice(0, 1);
  await work(lesson, "held");
  const holdId = pupil.hold?.holdId ?? "none";
  leaveCommit(drill, pupil);
  const asked = deliveries.asked(pupil);
  const approve = {
    name: `approve ${holdId}`,
    work: async (ports: Parameters<typeof approveHold>[1]): Promise<void> =>
      void (await approveHold({ calendarId, holdId }, ports, drill.context())),
  };
  await interpose(
    drill,
    { at: "calendars.clearPending", whose: ({ task }) => task?.taskId === asked.taskId, rival: approve },
    async () => {
      const { ends } = await deliveries.work(asked);
      drill.must(ends === "unchanged", `${asked.taskId} ended ${ends} although what it confirmed was approved meanwhile`);
    },
  );
  drill.must(pupil.hold === undefined, `hold ${pupil.hold?.holdId} was approved and stands`);
  drill.must(pupil.status === "unchanged" && pupil.content === pupil.wanted, `${calendarId} is ${pupil.status} and was approved`);
}

/** The calendar's next turn. */
async function work({ drill, deliveries, pupil }: Lesson, wanted: string): Promise<Worked> {
  const worked = await deliveries.work(deliveries.turn(pupil));
  drill.must(worked.ends === wanted, `a turn of ${pupil.calendarId} ended ${worked.ends}, wanted ${wanted}`);
  return worked;
}

/** Works the task; `look` is asked before each call of its worker. */
async function watched({ drill, deliveries }: Lesson, task: ImportTask, look: (method: string) => void): Promise<Worked> {
  let worked: Worked = { ends: "nothing", calls: [], requests: 0 };
  const isMeant = (process: Process): boolean => process.task?.taskId === task.taskId;
  await drill.planned(
    (process, method) => {
      if (isMeant(process)) look(method);
      return undefined;
    },
    async () => {
      worked = await deliveries.work(task);
    },
  );
  return worked;
}
