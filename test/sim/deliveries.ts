/** Import tasks that a drill sends, one turn or one person's wish at a time, and what each of their deliveries called and said. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import type { MemoryQueue } from "../sync/memory-queue.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Process, Simulation } from "./simulation.ts";

export type Worked = {
  /** How each delivery ended, `retry <code>` where it was to come again. */
  readonly ends: string;
  /** `port.method` of everything that they did, in order. */
  readonly calls: readonly string[];
  /** Requests to the calendar's source. */
  readonly requests: number;
};

const MINUTE_HOURS = 1 / 60;

export class Deliveries {
  private readonly drill: Drill;
  private readonly simulation: Simulation;
  private readonly byTask = new Map<string, Process[]>();
  private readonly waiting = new Map<string, () => void>();
  private tasks = 0;

  constructor(drill: Drill) {
    this.drill = drill;
    this.simulation = drill.simulation;
    this.simulation.ended = (process): void => this.ended(process);
  }

  /** The calendar's turn of a minute that no turn was sent for. */
  turn({ calendarId }: Pick<Pupil, "calendarId">, more: Partial<ImportTask> = {}): ImportTask {
    this.drill.hours(MINUTE_HOURS);
    const turn = minuteOf(this.simulation.world.clock.now());
    const taskId = `${calendarId}@${turn}`;
    return { version: 1, kind: "import", taskId, calendarId, turn, startAt: this.now(), reason: "tick", ...more };
  }

  /** Somebody wants it now, and was given a run to follow. */
  asked({ calendarId }: Pick<Pupil, "calendarId">, more: Partial<ImportTask> = {}): ImportTask {
    this.drill.hours(MINUTE_HOURS);
    this.tasks += 1;
    const startAt = this.now();
    const taskId = `${startAt}~drill${this.tasks}`;
    const { runs } = this.simulation.world.calendars;
    const run = {
      version: 1,
      runId: taskId,
      calendarId,
      taskId,
      reason: "sync-now",
      status: "queued",
      startedAt: startAt,
    } as const;
    runs.set(`${calendarId} ${taskId}`, run);
    return { version: 1, kind: "import", taskId, calendarId, startAt, reason: "sync-now", ...more };
  }

  /** Sends the task, and waits until everything that follows from it has come to its end. */
  async work(task: ImportTask): Promise<Worked> {
    this.byTask.delete(task.taskId);
    this.send(task);
    await this.drill.course.drain();
    return this.workedOf(task);
  }

  /** Sends the task while something else is under way, and waits for its end. */
  async beside(task: ImportTask): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.waiting.set(task.taskId, () => resolve(undefined));
    this.send(task);
    await promise;
  }

  workedOf({ taskId, calendarId }: ImportTask): Worked {
    const processes = this.byTask.get(taskId) ?? [];
    const calls = processes.flatMap(({ done }) => done);
    const host = this.simulation.world.calendars.checkpoints.get(calendarId)?.host;
    this.simulation.note(`drill: ${taskId} at ${host} ended ${processes.map(endOf).join(", ")}`);
    return {
      ends: processes.map(endOf).join(", "),
      calls,
      requests: calls.filter((method) => method === "source.fetch").length,
    };
  }

  send(task: ImportTask): void {
    const { imports, urgent } = this.simulation.world;
    const queue: MemoryQueue = task.turn === undefined ? urgent : imports;
    queue.send(JSON.stringify(task));
  }

  private now(): string {
    return this.simulation.world.clock.now().toISOString();
  }

  private ended(process: Process): void {
    if (process.task?.kind !== "import") return;
    const { taskId } = process.task;
    this.byTask.set(taskId, [...(this.byTask.get(taskId) ?? []), process]);
    this.waiting.get(taskId)?.();
  }
}

/** As a worker leaves it that committed the calendar's newest version, and died. */
export function leaveCommit({ simulation }: Drill, { calendarId, checkpoint }: Pupil): void {
  const changesKey = [...simulation.changes].findLast((key) => key.startsWith(`changes/${calendarId}/`));
  if (changesKey === undefined) throw new Error(`no change set of ${calendarId} is known`);
  const pending = { version: checkpoint.calendarVersion, changesKey, cursor: 0 };
  simulation.world.calendars.checkpoints.set(calendarId, { ...checkpoint, pending });
}

function endOf({ end }: Process): string {
  if (end === undefined) return "nothing";
  return end.kind === "retry" ? `retry ${end.failure.code}` : end.status;
}
