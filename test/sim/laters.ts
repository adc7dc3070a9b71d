/** A host that said "later": no attempt is spent, the host is left alone, and no task is dropped over it. */
import type { Save } from "./outcomes.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Witness } from "./witness.ts";

const DAY_MS = 86_400_000;
const DEFERRALS = 3;

export function deferredRules(save: Save, simulation: Simulation, witness: Witness): Rule[] {
  const { after, read, heard, process } = save;
  return [
    [heard === undefined || heard.kind === "deferred", `is deferred, heard ${heard?.kind}`],
    [after.attempts === read.attempts && after.failures === read.failures, "spent an attempt on a later"],
    [Date.parse(after.notBefore ?? "") >= process.startedMs, `waits until ${after.notBefore}`],
    ...countRules(save),
    ...hostRules(save, simulation, witness),
    ...givenUpRules(save, simulation),
  ];
}

function countRules({ after, read }: Save): Rule[] {
  const { deferrals, deferredSince } = after;
  return [
    [deferrals === (read.deferrals ?? 0) + 1, `counts ${deferrals} times later after ${read.deferrals}`],
    [deferredSince === (read.deferredSince ?? after.outcome?.at), `forgot since when, says ${deferredSince}`],
  ];
}

/** The host's own word cools it down for everybody; that it cools down is no new word of it. */
function hostRules({ after, heard, process }: Save, { world, nowMs }: Simulation, witness: Witness): Rule[] {
  const hasCooled = process.done.includes("hosts.coolDown");
  const { notBefore = "" } = after;
  const { cooldownUntil = "" } = world.hosts.stored.get(after.host ?? "") ?? {};
  // Who slept before this save finds that another has tried since, and that the host is well.
  const isOver = Date.parse(notBefore) <= nowMs;
  return [
    [heard === undefined || hasCooled, "told nobody that the host said later"],
    [heard !== undefined || !hasCooled, "let a host cool down that said nothing"],
    [!hasCooled || isOver || cooldownUntil >= notBefore, "let the host cool down for less"],
    [heard !== undefined || wasCooling(process, witness), "is deferred although its host does not cool down"],
  ];
}

function wasCooling(process: Process, witness: Witness): boolean {
  const look = witness.look(process);
  return look?.until !== undefined && look.until > new Date(look.atMs).toISOString();
}

/** Not before a day and three times; then at once. What has no turns of its own is booked again. */
function givenUpRules({ after, task, process }: Save, { nowMs, world }: Simulation): Rule[] {
  const sinceMs = nowMs - Date.parse(after.deferredSince ?? "");
  const isOften = (after.deferrals ?? 0) >= DEFERRALS;
  // Who lost a save decides again, on what it reads then.
  const done = new Set(process.done.slice(process.done.lastIndexOf("calendars.load")));
  const hasGivenUp = done.has("deadLetters.giveUp");
  const hasBooked = done.has("reservations.book");
  const isBooked = hasBooked || world.reservations.records.has(task.taskId);
  // The last step of a process that slept may be a while after its decision.
  const sleptMs = nowMs - process.startedMs;
  return [
    [!(isOften && sinceMs >= DAY_MS + sleptMs) || hasGivenUp, "waits for ever"],
    [!hasGivenUp || (isOften && sinceMs >= DAY_MS), "gave up a host that said later"],
    [task.turn !== undefined || hasGivenUp || isBooked, `dropped ${task.taskId}`],
    [task.turn === undefined || !hasBooked, "booked what has turns of its own"],
  ];
}
