/** How a task ends for which nobody is to be asked: its turn is over, its calendar stands still, or its time has not come. */
import type { ImportTask } from "../contract/task.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { putOff } from "../core/reservations.ts";
import { runOf } from "../core/runs.ts";
import type { Done } from "../core/runs.ts";
import { coolingDown } from "./ask-source.ts";
import type { ImportContext, ImportPorts, LoadedCalendar } from "./import-calendar.ts";
import { keepBusinessDays } from "./keep-business-days.ts";
import { resolveLetter } from "./resolve-letters.ts";
import { settleSuspended } from "./suspend-calendar.ts";

/** Why there is nothing to fetch, if so. */
export async function whyIdle(
  task: ImportTask,
  loaded: LoadedCalendar,
  ports: ImportPorts,
  now: Date,
): Promise<Done | undefined> {
  const { calendar, checkpoint } = loaded;
  if (isOldTurn(task, checkpoint)) return { kind: "done", status: "duplicate" };
  // A mending task finishes what a crash left pending and asks nobody.
  if (calendar.source.kind === "push" || task.reason === "mend") return { kind: "done", status: "unchanged" };
  if (task.turn !== undefined && (await isStopped(loaded, ports))) return { kind: "done", status: "paused" };
  return (await keepBusinessDays(task, loaded, ports, now)) ?? (await waitOut(task, loaded, ports, now));
}

/** What the calendar's own `notBefore` makes of the task, where it lies ahead. */
async function waitOut(
  task: ImportTask,
  { calendar, checkpoint }: LoadedCalendar,
  ports: ImportPorts,
  now: Date,
): Promise<Done | undefined> {
  const isPeriodic = task.turn !== undefined;
  // A person's "sync now" may cut short our own back-off, never a host's "later".
  const until = isPeriodic || checkpoint.outcome?.status === "deferred" ? checkpoint.notBefore : undefined;
  if (until === undefined || until <= now.toISOString()) return undefined;
  const end: Done = { kind: "done", status: "deferred", failure: coolingDown(checkpoint.host, until) };
  if (isPeriodic) return end;
  await ports.reservations.book(putOff(task, calendar.ownerId, until, now.getTime()));
  await ports.calendars.putRun(runOf(task, end, now.toISOString(), now.toISOString()));
  return end;
}

async function isStopped(loaded: LoadedCalendar, { calendars }: ImportPorts): Promise<boolean> {
  const { state } = loaded.calendar;
  if (state === "suspended") return (await settleSuspended(loaded, calendars)) === "suspended";
  return state !== "active";
}

/** Nobody was to be asked: a replay has done what it could, or there is nothing left that it could be done for. */
export async function endUnasked(task: ImportTask, end: Done, ports: ImportPorts, context: ImportContext): Promise<Done> {
  const isOver = end.status === "gone" || end.status === "unchanged";
  const at = context.now().toISOString();
  if (task.replayOf !== undefined && isOver) await resolveLetter(task.replayOf, task.taskId, ports.letters, { at, began: at });
  return end;
}

/** Its turn was closed: by another delivery, or by a later turn. */
export function isOldTurn(task: ImportTask, checkpoint: Checkpoint): boolean {
  return task.turn !== undefined && task.turn <= checkpoint.lastTurn;
}
