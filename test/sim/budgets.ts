/** Nothing is disturbed: what is unchanged costs one request and one small write, what is built already one read. */
import type { ImportTask, Task } from "../../lib/contract/task.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Heard, Seen, Witness } from "./witness.ts";

const HOUR_MS = 3_600_000;
/** What a healthy turn may call that hears that nothing has changed. */
const CHEAP = new Set([
  "calendars.load",
  "hosts.cooldownUntil",
  "hosts.blackoutOf",
  "hosts.claimProbe",
  "hosts.endCooldown",
  "source.fetch",
  "calendars.save",
  "queue.acknowledge",
]);

export class Budgets {
  private readonly simulation: Simulation;
  private readonly witness: Witness;

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
  }

  ended(process: Process, task: Task, end: TaskEnd): void {
    if (end.kind !== "done") return;
    const dear = task.kind === "import" ? this.dearImport(process, end.status) : dearExport(process, end.status);
    for (const method of dear) this.simulation.violate(`${process.name} ended ${end.status} and called ${method}`);
    if (task.kind !== "import") return;
    this.checkRun(process, task, end.status);
    const rules = [...storeRules(process, task, end.status, this.witness.heard(process)), this.letterRule(process, task)];
    for (const text of brokenOf(rules)) this.simulation.violate(`${process.name} ${text}`);
  }

  private dearImport(process: Process, status: string): string[] {
    const seen = this.witness.seen(process);
    // Who lost a save has read another calendar before.
    const hasReadOnce = process.done.filter((method) => method === "calendars.load").length === 1;
    const isPeriodic = process.task?.kind === "import" && process.task.turn !== undefined;
    if (status !== "unchanged" || seen === undefined || !isPeriodic || !hasReadOnce) return [];
    const heard = this.witness.heard(process)?.kind;
    if (heard === "complete" && this.isSame(seen)) return process.done.filter((method) => method === "objects.getSnapshot");
    return heard === "unchanged" && isHealthy(seen, this.simulation.nowMs)
      ? process.done.filter((method) => !CHEAP.has(method))
      : [];
  }

  /** The body has the hash of the last good copy's, and nobody has asked to read it anew since. */
  private isSame({ checkpoint, hold }: Seen): boolean {
    const stored = this.simulation.world.calendars.checkpoints.get(checkpoint.calendarId);
    const isRefreshed = (checkpoint.refreshedAt ?? "") >= (checkpoint.fetchedAt ?? "");
    return hold === undefined && !isRefreshed && stored?.contentHash === checkpoint.contentHash;
  }

  /** Who asked nobody looks for no letter but its own. */
  private letterRule(process: Process, { replayOf }: ImportTask): Rule {
    const mayLook = replayOf !== undefined || this.witness.heard(process) !== undefined;
    return [mayLook || !process.done.includes("letters.get"), "asked nobody and looked for a letter"];
  }

  /** What changed something, failed or was asked for can be looked up, and whoever finds it finds everything else as it says. */
  private checkRun({ name, done }: Process, { taskId, turn, calendarId }: ImportTask, status: string): void {
    // Of a calendar that was removed meanwhile nobody asks.
    if (!this.simulation.world.calendars.isFound(calendarId)) return;
    // Who asked nobody may have had nothing to do but what somebody else had left.
    const isUnasked = status === "gone" || (status === "unchanged" && !done.includes("source.fetch"));
    const isKept = ["imported", "held", "failed"].includes(status) || (turn === undefined && !isUnasked);
    if (!isKept) return;
    const wrote = done.lastIndexOf("calendars.putRun");
    if (wrote === -1) this.simulation.violate(`${name} ended ${status}, and no run of ${taskId} says so`);
    // The run of a commit is written while its work is still promised.
    const after = status === "imported" ? [] : done.slice(wrote + 1);
    if (after.length > 0) this.simulation.violate(`${name} had its run say ${status} before it called ${after.join(" ")}`);
  }
}

/** A cron time on another day than a business day has its turn on a later one. */
function mayBook({ turn, reason }: ImportTask, status: string): boolean {
  return turn === undefined || status === "deferred" || (status === "skipped" && reason === "cron");
}

/** What an end leaves behind, and what it must not. */
function storeRules({ done }: Process, task: ImportTask, status: string, heard: Heard | undefined): Rule[] {
  const hasReadOnce = done.filter((method) => method === "calendars.load").length === 1;
  const isConfirmed = status === "held" && hasReadOnce && heard?.kind === "unchanged" && !done.includes("objects.getChanges");
  return [
    [status !== "imported" || done.includes("objects.prune"), "left what nobody points at"],
    [status !== "held" || !hasReadOnce || !done.includes("objects.putSnapshot"), "is held and stored a version"],
    [
      !isConfirmed || !done.some((method) => method.startsWith("objects.")),
      "was told that what is held is as before, and read it again",
    ],
    [mayBook(task, status) || !done.includes("reservations.book"), "booked what has turns of its own"],
  ];
}

function dearExport({ done }: Process, status: string): string[] {
  // Whose own flip was sent twice hears that another's was sooner.
  if (status !== "duplicate" || ["changes.publish", "letters.get", "feeds.flip"].some((method) => done.includes(method)))
    return [];
  return done.filter((method) => method !== "feeds.build" && method !== "feeds.load");
}

/** Nothing that went wrong before is left to be told or mended by this turn. */
function isHealthy({ calendar, checkpoint, stored }: Seen, nowMs: number): boolean {
  const { lastSuccessAt, failures, staleCode, outcome, pending } = checkpoint;
  if (lastSuccessAt === undefined || stored !== undefined || pending !== undefined || staleCode !== undefined) return false;
  const isRecent = nowMs - Date.parse(lastSuccessAt) < Math.min(HOUR_MS, 1.2 * calendar.intervalMinutes * 60_000);
  const isToday = lastSuccessAt.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  const isGone = outcome?.code === "source-gone" || calendar.state !== "active";
  return failures === 0 && isRecent && isToday && !isGone;
}
