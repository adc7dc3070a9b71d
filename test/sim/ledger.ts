/** Every task that was ever sent, and what became of it: none may vanish. */
import { letterIdOf, readDead, readTask } from "../../lib/core/letters.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import type { ExportTask, ImportTask, Task } from "../../lib/contract/task.ts";
import type { MemoryQueue } from "../sync/memory-queue.ts";
import type { Process, Simulation } from "./simulation.ts";

type Entry = { readonly task: Task; ends: string[] };

export class Ledger {
  readonly entries = new Map<string, Entry>();
  /** Hears of the start of each task that somebody asked for. */
  startSent: ((task: ImportTask) => void) | undefined;
  /** Hears of each end. */
  heard: ((process: Process, task: Task, end: TaskEnd) => void) | undefined;
  /** One-off tasks whose host said later: they wait on one-time schedules. */
  deferredOneOffs = 0;
  private readonly simulation: Simulation;
  private readonly deadLetters: readonly MemoryQueue[];
  private readonly queues: readonly MemoryQueue[];
  /** Bodies of the messages that went since the last check. */
  private readonly gone = new Set<string>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    const { imports, urgent, exports, downloads } = simulation.world;
    const { importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters } = simulation.world;
    this.queues = [imports, urgent, exports, downloads];
    this.deadLetters = [importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters];
    const { calendars } = simulation.world;
    const putRun = calendars.putRun.bind(calendars);
    calendars.putRun = async (run) => {
      if (run.status === "queued") simulation.followed.add(`${run.calendarId} ${run.runId}`);
      await putRun(run);
    };
    for (const queue of this.queues) queue.observe = (body): void => this.sent(body);
    for (const queue of [...this.queues, ...this.deadLetters]) queue.observeGone = (body): void => void this.gone.add(body);
  }

  /** What a worker says of the task, before its message goes. */
  ended(task: Task, end: TaskEnd, process: Process): void {
    this.heard?.(process, task, end);
    this.entries.get(task.taskId)?.ends.push(end.kind === "retry" ? "retry" : end.status);
    if (end.kind !== "done") return;
    if (task.kind === "import") this.checkEnd(task, end.status);
    else if (task.kind === "export") this.checkBuilt(task, end.status);
  }

  /** Fan-out has no use for the task any more. */
  stopped(taskId: string, end: "gone" | "paused"): void {
    this.entries.get(taskId)?.ends.push(end);
  }

  /** Its letter is recorded, and its message may go: whoever follows the task has heard of its end. */
  recorded(body: string): void {
    const task = readDead(body);
    if (task?.kind !== "import" || task.turn !== undefined) return;
    const run = this.simulation.world.calendars.runs.get(`${task.calendarId} ${task.taskId}`);
    if (run?.status === "queued") this.simulation.violate(`task ${task.taskId} gave up and its run still says queued`);
  }

  /** Each task is queued, in flight, on a one-time schedule, a dead letter, or ended; only one of which a message has just gone can be anything else. */
  check(): void {
    for (const body of this.gone) {
      const taskId = readDead(body)?.taskId;
      if (taskId === undefined) {
        this.checkUnreadable(body);
        continue;
      }
      const { task, ends } = this.entries.get(taskId) ?? { ends: [] };
      const isQueued = [...this.queues, ...this.deadLetters].some((queue) => queue.holds(taskId));
      const isWaiting = isQueued || this.simulation.world.reservations.holds(taskId);
      if (!isWaiting && (task === undefined || !this.isAccountedFor(task, ends))) {
        this.simulation.violate(`task ${taskId} has vanished after ${ends.join(", ") || "nothing"}`);
      }
    }
    this.gone.clear();
  }

  /** What nobody can read is kept as it came. */
  private checkUnreadable(body: string): void {
    const isKept = [...this.simulation.world.letters.stored.values()].some((letter) => letter.body === body);
    if (!isKept) this.simulation.violate(`a message that nobody can read has vanished: ${body}`);
  }

  private sent(body: string): void {
    const task = readTask(body);
    if (task === undefined) this.simulation.violate(`a message that is no task was sent: ${body}`);
    else if (!this.entries.has(task.taskId)) this.entries.set(task.taskId, { task, ends: [] });
    if (task?.kind === "export" && task.reason === "commit") this.checkDelay(task);
    if (task?.kind === "import" && task.turn === undefined) this.startSent?.(task);
    if (task?.replayOf !== undefined) this.simulation.replayed.add(task.replayOf);
  }

  /** Somebody waits for a first version; others wait a moment for more changes. */
  private checkDelay({ taskId, calendarVersion }: ExportTask): void {
    const { world, nowMs } = this.simulation;
    const { visibleAtMs = nowMs } = [...world.exports.messages.values()].at(-1) ?? {};
    const isAtOnce = visibleAtMs === nowMs;
    if (isAtOnce !== (calendarVersion === 1)) this.simulation.violate(`export ${taskId} waits ${visibleAtMs - nowMs} ms`);
  }

  private isAccountedFor(task: Task, ends: readonly string[]): boolean {
    const isOneOff = task.kind === "import" && task.turn === undefined;
    // Why a download can never be made is told to whoever asked.
    const isTold = task.kind === "download" && ends.includes("failed");
    if (isTold) return true;
    const open = new Set(isOneOff ? ["retry", "failed", "deferred"] : ["retry", "failed"]);
    if (ends.some((end) => !open.has(end))) return true;
    const letterId = letterIdOf(task, "");
    return this.simulation.world.letters.stored.has(letterId) || this.simulation.replayed.has(letterId);
  }

  /** The feed shows the version that the task was sent for, or a later one. */
  private checkBuilt({ taskId, feedId, calendarId = "", calendarVersion = 0 }: ExportTask, status: string): void {
    const { feeds, calendars } = this.simulation.world;
    if (status === "gone" || !calendars.isFound(calendarId) || feeds.members.get(feedId)?.has(calendarId) !== true) return;
    const built = feeds.builds.get(feedId)?.members[calendarId] ?? 0;
    if (built < calendarVersion) this.simulation.violate(`task ${taskId} ended ${status} and its feed has version ${built}`);
  }

  private checkEnd(task: ImportTask, status: string): void {
    const { calendars } = this.simulation.world;
    const checkpoint = calendars.checkpoints.get(task.calendarId);
    // Of a push calendar that slipped onto the wheel nobody is asked.
    if (checkpoint?.host === undefined || status === "gone" || status === "paused") return;
    if (status === "deferred" && task.turn === undefined) this.deferredOneOffs += 1;
    if (task.turn === undefined) return this.checkTold(task, status);
    if (["imported", "unchanged", "held", "failed"].includes(status) && checkpoint.lastTurn < task.turn) {
      this.simulation.violate(`task ${task.taskId} ended ${status} and its turn is still open`);
    }
  }

  private checkTold(task: ImportTask, status: string): void {
    const run = this.simulation.world.calendars.runs.get(`${task.calendarId} ${task.taskId}`);
    if (task.reason !== "mend" && run?.status === "queued") {
      this.simulation.violate(`task ${task.taskId} ended ${status} and its run still says queued`);
    }
  }
}
