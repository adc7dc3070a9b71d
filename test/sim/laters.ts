/** A host that said "later", or that lies in one of its windows: no attempt is spent, the host is left alone, and no task is dropped over it. */
import { opensAtMs } from "../../lib/core/blackout.ts";
import { nextTurn } from "../../lib/core/slots.ts";
import type { Save } from "./outcomes.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Witness } from "./witness.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DEFERRALS = 3;
/** Who has a turn of its own within this waits for it. */
const TURN_SOON_MS = 120 * MINUTE_MS;

export function deferredRules(save: Save, simulation: Simulation, witness: Witness): Rule[] {
  const { after, read, heard, process } = save;
  const rules: Rule[] = [
    [heard === undefined || heard.kind === "deferred", `is deferred, heard ${heard?.kind}`],
    [after.attempts === read.attempts && after.failures === read.failures, "spent an attempt on a later"],
    [Date.parse(after.notBefore ?? "") >= process.startedMs, `waits until ${after.notBefore}`],
    ...orderRules(save),
    ...bookedRules(save, simulation),
  ];
  if (after.outcome?.code === "host-blackout") return [...rules, ...closedRules(save, simulation)];
  return [...rules, ...countRules(save), ...hostRules(save, simulation, witness), ...givenUpRules(save, simulation)];
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
  const { cooldownUntil = "" } = world.hosts.stored.get(heard?.request.url.host ?? after.host ?? "") ?? {};
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

/** A window is nobody's failure and no word of the host: nobody is asked, nothing is counted, and its end is known. */
function closedRules({ after, read, heard, process }: Save, { world }: Simulation): Rule[] {
  const { blackout } = world.hosts.stored.get(after.host ?? "") ?? {};
  const { startedMs, done } = process;
  const untilMs = Date.parse(after.notBefore ?? "");
  const isUncounted = after.deferrals === read.deferrals && after.deferredSince === read.deferredSince;
  return [
    [heard === undefined, "asked in the host's window"],
    [opensAtMs(blackout, startedMs) !== startedMs, "is kept by a window that is not there"],
    [opensAtMs(blackout, untilMs) === untilMs, `waits until ${after.notBefore}, when the host is still closed`],
    [isUncounted, `counts ${after.deferrals} times later for a window, after ${read.deferrals}`],
    [!done.includes("hosts.coolDown"), "let a host cool down that said nothing"],
    [!done.includes("deadLetters.giveUp"), "gave up for a window"],
  ];
}

/** What a crash between two of its calls leaves is never less than what was heard. */
function orderRules({ after, read, process }: Save): Rule[] {
  const done = sinceRead(process);
  const before = (one: string, other: string): boolean => !done.includes(other) || done.indexOf(one) < done.indexOf(other);
  const hasCooled = done.includes("hosts.coolDown");
  const isStill = before("hosts.coolDown", "deadLetters.giveUp") && before("hosts.coolDown", "reservations.book");
  const isTold = done.findLast((method) => method !== "calendars.save") === "exports.sendExports";
  // Who found another's commit half done has ended its run.
  const hasFinished = done.includes("calendars.clearPending");
  return [
    [!hasCooled || isStill, "did something else before it let the host cool down"],
    [hasFinished || before("deadLetters.giveUp", "changes.publish"), "told apps of a failure that no letter named yet"],
    [hasFinished || !done.includes("calendars.putRun"), "has a run of what was not saved yet"],
    [read.staleCode === after.staleCode || isTold, "turned stale and did not tell its feeds right before"],
  ];
}

/** Who lost a save decides again, on what it reads then. */
function sinceRead({ done }: Process): string[] {
  return done.slice(done.lastIndexOf("calendars.load"));
}

/** Not before a day and three times; then at once. */
function givenUpRules({ after, process }: Save, { nowMs }: Simulation): Rule[] {
  const sinceMs = nowMs - Date.parse(after.deferredSince ?? "");
  const isOften = (after.deferrals ?? 0) >= DEFERRALS;
  const hasGivenUp = sinceRead(process).includes("deadLetters.giveUp");
  // The last step of a process that slept may be a while after its decision.
  const sleptMs = nowMs - process.startedMs;
  return [
    [!(isOften && sinceMs >= DAY_MS + sleptMs) || hasGivenUp, "waits for ever"],
    [!hasGivenUp || (isOften && sinceMs >= DAY_MS), "gave up a host that said later"],
  ];
}

/** What has no turn of its own soon after the host may be asked again is booked, and nothing else. */
function bookedRules({ after, read, task, process }: Save, { world }: Simulation): Rule[] {
  const done = sinceRead(process);
  const hasGivenUp = done.includes("deadLetters.giveUp");
  const hasBooked = done.includes("reservations.book");
  const isBooked = hasBooked || world.reservations.records.has(task.taskId);
  const untilMs = Date.parse(after.notBefore ?? "");
  const hasTurn = task.turn !== undefined && !isFarTurn(read.wheel, untilMs);
  return [
    [hasTurn || hasGivenUp || isBooked, `dropped ${task.taskId}`],
    [!hasTurn || !hasBooked, "booked what has turns of its own"],
    [!hasGivenUp || !hasBooked, "booked what was given up"],
  ];
}

/** Who is off the wheel is not to be polled. */
function isFarTurn(wheel: string | undefined, untilMs: number): boolean {
  if (wheel === undefined) return false;
  return nextTurn(wheel, Math.floor(untilMs / MINUTE_MS)) * MINUTE_MS - untilMs > TURN_SOON_MS;
}
