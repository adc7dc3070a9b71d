/** What each end of an import may write into the checkpoint, field by field, against what its source answered. */
import type { Checkpoint, Hold } from "../../lib/contract/checkpoint.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { classOf } from "../../lib/core/failure.ts";
import { deferredRules } from "./laters.ts";
import { titlesGiven, titlesOf } from "./observer.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Heard, Witness } from "./witness.ts";

const ATTEMPTS = 5;
const DAY_MINUTES = 1440;
const BAD_EVENTS = 20;
const MINUTE_MS = 60_000;
/** An approved hold, a rejected one, a version brought back, a PUT: people's writes leave what the source's failures left. */
const NOBODYS = ["attempts", "failures", "lastTurn", "notBefore", "deferrals", "deferredSince"] as const;
/** What only an answer with a body, or its "as before", moves. */
const SOURCES = ["snapshotKey", "fetchedAt", "lastSuccessAt", "etag", "contentHash"] as const;
const VALIDATORS = new Set<string>(["etag", "contentHash"]);

/** What a day without turns leaves as it is. */
const LEFT_BY_DAYS = ["attempts", "failures", "deferrals", "deferredSince", "calendarVersion", "refusedHash"] as const;

export type Save = {
  /** As the process read it: failures of two tasks at once count as one. */
  readonly read: Checkpoint;
  readonly before: Checkpoint;
  readonly after: Checkpoint;
  readonly task: ImportTask;
  /** Undefined where nobody was asked. */
  readonly heard: Heard | undefined;
  readonly process: Process;
};

export class Outcomes {
  private readonly simulation: Simulation;
  private readonly witness: Witness;

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
    this.watchStates();
    this.watchPrunes();
  }

  /** Asked at the moment of each write of a checkpoint. */
  saved(before: Checkpoint, after: Checkpoint): void {
    const process = this.simulation.actor;
    if (process?.done.at(-1) !== "calendars.save") return;
    const rules =
      process.task === undefined
        ? peoplesRules(before, after, this.witness.seen(process)?.stored, process)
        : this.workersRules(before, after, process);
    for (const text of brokenOf(rules)) this.simulation.violate(`calendar ${after.calendarId}: ${process.name} ${text}`);
  }

  /** Only a source that is gone suspends its calendar, and only its answer brings it back, or that the calendar has left it. */
  private watchStates(): void {
    const { calendars } = this.simulation.world;
    const moveState = calendars.moveState.bind(calendars);
    calendars.moveState = async (calendarId, from, to) => {
      const { outcome } = calendars.checkpoints.get(calendarId) ?? {};
      const isMoved = calendars.metas.get(calendarId)?.state === from && from !== to;
      // Who slept after its save may find that others could not ask since.
      const isGone = outcome?.code === "source-gone" || this.hasHeardGone();
      const mayMove = hasAnswered(outcome) || (to === "suspended" ? isGone : this.hasLeft(calendarId) || this.hasHeardAnswer());
      if (isMoved && !mayMove) this.simulation.violate(`calendar ${calendarId} is ${to} after ${JSON.stringify(outcome)}`);
      await moveState(calendarId, from, to);
    };
  }

  /** People wait for what was committed, nobody for what is cleaned up. */
  private watchPrunes(): void {
    const { calendars, objects } = this.simulation.world;
    const prune = objects.prune.bind(objects);
    objects.prune = async (calendarId, calendarVersion, now) => {
      const { pending } = calendars.checkpoints.get(calendarId) ?? {};
      // A hand may have it owed again since it was told.
      const hasTold = this.simulation.actor?.done.includes("calendars.clearPending") === true;
      if (!hasTold && pending?.version === calendarVersion)
        this.simulation.violate(`calendar ${calendarId} is cleaned up before version ${calendarVersion} is told`);
      await prune(calendarId, calendarVersion, now);
    };
  }

  private hasHeardGone(): boolean {
    const { actor } = this.simulation;
    return actor !== undefined && this.witness.heard(actor)?.code === "source-gone";
  }

  /** Others may have been told to wait since its answer was saved, by this process or before it looked. */
  private hasHeardAnswer(): boolean {
    const { actor } = this.simulation;
    if (actor === undefined) return false;
    const { kind } = this.witness.heard(actor) ?? {};
    const hasSaved = (kind === "complete" || kind === "unchanged") && actor.done.includes("calendars.save");
    return hasSaved || hasAnswered(this.witness.seen(actor)?.checkpoint.outcome);
  }

  /** Whether the address that said it was gone is not the calendar's any more. */
  private hasLeft(calendarId: string): boolean {
    const { actor, world } = this.simulation;
    const heard = actor === undefined ? undefined : this.witness.heard(actor);
    const source = world.calendars.metas.get(calendarId)?.source;
    return heard?.code === "source-gone" && source?.kind === "url" && heard.request.url.href !== source.url;
  }

  private workersRules(before: Checkpoint, after: Checkpoint, process: Process): Rule[] {
    const { task } = process;
    const read = this.witness.seen(process)?.checkpoint;
    if (task?.kind !== "import" || read === undefined) return [[false, "saved an outcome"]];
    const save: Save = { read, before, after, task, heard: this.witness.heard(process), process };
    return [...turnRules(save), staleRule(save), ...this.statusRules(save)];
  }

  private statusRules(save: Save): Rule[] {
    const status = save.after.outcome?.status;
    if (status === "imported" || status === "unchanged") return [...successRules(save), this.contentRule(save)];
    if (status === "held") return this.heldRules(save);
    if (status === "failed") return [...keptRules(save), ...this.failedRules(save)];
    if (status === "deferred") return [...keptRules(save), ...deferredRules(save, this.simulation, this.witness)];
    if (status === "skipped") return skippedRules(save);
    return [[false, `saved the outcome ${status}`]];
  }

  /** A calendar has just what the body says that was read last. */
  private contentRule({ before, after, heard }: Save): Rule {
    const { stored } = this.simulation.world.objects;
    const key = after.snapshotKey ?? "";
    // The same body again changes nothing, not even what a person brought back.
    const isRead = after.contentHash !== before.contentHash || key !== before.snapshotKey;
    if (heard?.kind !== "complete" || !isRead || !stored.has(key)) return [true, ""];
    const { events }: Snapshot = JSON.parse(this.simulation.world.objects.text(key));
    const [seen, wanted] = [titlesGiven(events), titlesOf(heard.body ?? "")];
    return [seen === wanted, `has ${seen}, its source said ${wanted}`];
  }

  private heldRules({ before, after, heard }: Save): Rule[] {
    const hold = this.simulation.world.calendars.holds.get(after.calendarId);
    return [
      ...resetRules(after),
      [isSound(heard), `held what was ${heard?.kind}`],
      [hold !== undefined, "says held, and there is no hold"],
      [after.outcome?.code === "removal-held", `is held because of ${after.outcome?.code}`],
      [after.lastSuccessAt === before.lastSuccessAt, "took a held body for a success"],
      [after.etag === before.etag && after.contentHash === before.contentHash, "took over what it holds"],
    ];
  }

  private failedRules(save: Save): Rule[] {
    const { after, read, heard } = save;
    const attempts = read.attempts + 1;
    const isTransient = heard?.code !== undefined && classOf(heard.code) === "transient";
    const mayTryAgain = isTransient && attempts < ATTEMPTS;
    const rules: Rule[] = [[isFailure(save), `failed with ${after.outcome?.code}, heard ${heard?.kind} ${heard?.code}`]];
    if (after.attempts > 0) {
      const isLeft = after.failures === read.failures && after.notBefore === read.notBefore;
      rules.push([mayTryAgain && after.attempts === attempts, `tries again after ${attempts} attempts`]);
      rules.push([isLeft, "backs off for one attempt"]);
      return rules;
    }
    rules.push([!mayTryAgain, `gave up after ${attempts} attempts`]);
    const calls = decided(save.process);
    rules.push([calls.includes("deadLetters.giveUp"), "gave up and told nobody"]);
    const isFirst = calls.lastIndexOf("deadLetters.giveUp") < calls.lastIndexOf("changes.publish");
    rules.push([isFirst, "told apps of a failure before anybody was to look after it"]);
    rules.push([after.failures === read.failures + 1, `counts ${after.failures} failures after ${read.failures}`]);
    rules.push(this.backOffRule(save));
    return rules;
  }

  private backOffRule({ after: { failures, notBefore = "" }, heard, process }: Save): Rule {
    const { nowMs } = this.simulation;
    // As it read it: its owner may have another interval by now.
    const calendar = this.witness.seen(process)?.calendar;
    if (calendar === undefined || heard === undefined) return [true, ""];
    const wantedMs = Math.min(DAY_MINUTES, calendar.intervalMinutes * 2 ** failures) * MINUTE_MS;
    const waitMs = Date.parse(notBefore) - heard.atMs;
    // Half an interval early is meant; between the answer and the save it may have slept.
    const earliestMs = wantedMs - (calendar.intervalMinutes * MINUTE_MS) / 2;
    const isRight = waitMs >= earliestMs && waitMs <= wantedMs + nowMs - heard.atMs;
    return [isRight, `backs off for ${waitMs} ms after ${failures} failures`];
  }
}

/** Nobody was asked on another day than a business day: what sources, hosts and people have said since stands. */
function skippedRules(save: Save): Rule[] {
  const { before, after, heard, task } = save;
  const left = LEFT_BY_DAYS.map((field): Rule => [after[field] === before[field], `took back ${field} for a day without turns`]);
  return [
    ...left,
    ...keptRules(save),
    [heard === undefined, `asked on another day than a business day, heard ${heard?.kind}`],
    [(after.notBefore ?? "") >= (before.notBefore ?? ""), `asks sooner, at ${after.notBefore}, for a day without turns`],
    [task.turn !== undefined, "closed the turn of a task that has none"],
  ];
}

function hasAnswered(outcome: Checkpoint["outcome"]): boolean {
  return outcome?.status === "imported" || outcome?.status === "unchanged";
}

function isFailure({ after, heard }: Save): boolean {
  if (heard?.kind === "failed") return heard.code === after.outcome?.code;
  return heard?.kind === "complete" && !isSound(heard);
}

/** What it called since it last read the calendar: who lost a save decides again. */
function decided({ done }: Process): readonly string[] {
  return done.slice(done.lastIndexOf("calendars.load"));
}

/** Feeds that say how fresh their calendars are hear of it before it is so; a new version builds them by itself. */
function staleRule({ read, before, after, process }: Save): Rule {
  const isTold = read.staleCode === after.staleCode || after.calendarVersion !== before.calendarVersion;
  const what = `turns stale for ${after.staleCode}, was for ${read.staleCode}, and told no feed`;
  return [isTold || decided(process).includes("exports.sendExports"), what];
}

/** Only the last end of a task closes its turn, and no turn is closed twice. */
function turnRules({ before, after, task }: Save): Rule[] {
  const { turn } = task;
  const isAttempt = after.outcome?.status === "failed" && after.attempts > 0;
  if (isAttempt || turn === undefined) return [[after.lastTurn === before.lastTurn, "closed a turn that is not its own"]];
  return [[after.lastTurn === turn && turn > before.lastTurn, `closed turn ${after.lastTurn} after ${before.lastTurn}`]];
}

function successRules({ before, after, heard, process }: Save): Rule[] {
  const { outcome, lastSuccessAt, staleCode, calendarVersion } = after;
  const isNew = calendarVersion !== before.calendarVersion;
  const beganMs = Date.parse(after.fetchedAt ?? "");
  return [
    ...resetRules(after),
    [isSound(heard), `succeeded, heard ${heard?.kind}`],
    [lastSuccessAt === outcome?.at, `succeeded at ${outcome?.at} and remembers ${lastSuccessAt}`],
    [staleCode === undefined, "is stale although it succeeded"],
    [isNew === (outcome?.status === "imported"), `says ${outcome?.status} of version ${calendarVersion}`],
    [beganMs >= process.startedMs && beganMs <= (heard?.atMs ?? 0), `began at ${after.fetchedAt}`],
  ];
}

function resetRules({ attempts, failures, notBefore, deferredSince, deferrals }: Checkpoint): Rule[] {
  return [
    [attempts === 0 && failures === 0 && notBefore === undefined, "still counts old failures"],
    [deferredSince === undefined && deferrals === undefined, "still counts the host's laters"],
  ];
}

function keptRules({ read, before, after }: Save): Rule[] {
  // Who read it before a refresh may write again what that has made void, and who reads it after takes that away.
  const { refreshedAt, fetchedAt = "" } = after;
  const isVoid = refreshedAt !== undefined && fetchedAt <= refreshedAt;
  const isKept = (field: (typeof SOURCES)[number]): boolean =>
    after[field] === before[field] || (isVoid && VALIDATORS.has(field) && [read[field], undefined].includes(after[field]));
  return SOURCES.map((field) => [isKept(field), `changed ${field}, which a source had said before`]);
}

function peoplesRules(before: Checkpoint, after: Checkpoint, hold: Hold | undefined, { name, done }: Process): Rule[] {
  const rules = NOBODYS.map((field): Rule => [after[field] === before[field], `moved ${field} to ${after[field]}`]);
  const isVersion = after.calendarVersion !== before.calendarVersion;
  rules.push([!isVersion || done.includes("urgent.sendUrgent"), "would leave a version that nobody finishes"]);
  rules.push([(after.fetchedAt ?? "") > (before.fetchedAt ?? ""), "could be overwritten by an older fetch"]);
  if (name.startsWith("reject")) {
    rules.push([after.refusedHash !== undefined, "forgot what was rejected"]);
    rules.push([after.calendarVersion === before.calendarVersion, "applied what was rejected"]);
  }
  if (name.startsWith("approve")) rules.push(...approvedRules(before, after, hold));
  return rules;
}

/** The source was last read well when it confirmed the hold; what failed since then stays as it is. */
function approvedRules(before: Checkpoint, after: Checkpoint, hold: Hold | undefined): Rule[] {
  const { outcome, failures } = before;
  const successAt = successOf(before, hold);
  const isFailing = failures > 0 || outcome?.status === "deferred";
  return [
    [after.refusedHash === undefined, "still refuses what was approved"],
    [after.lastSuccessAt === successAt, `takes ${after.lastSuccessAt} for its last success, wanted ${successAt}`],
    [!isFailing || after.outcome?.at === outcome?.at, "hides what fails"],
    [isFailing || after.outcome?.status !== "held", "is approved and still says held"],
  ];
}

function successOf({ lastSuccessAt = "" }: Checkpoint, hold: Hold | undefined): string {
  const readAt = hold?.lastConfirmedAt ?? hold?.openedAt ?? "";
  return readAt > lastSuccessAt ? readAt : lastSuccessAt;
}

/** "As before", or one whole iCalendar, as far as these sources can break it. */
function isSound(heard: Heard | undefined): boolean {
  if (heard?.kind === "unchanged") return true;
  return heard?.kind === "complete" && heard.body?.includes("END:VCALENDAR") === true && !isDamaged(heard.body);
}

/** Events without a start cannot be read; of a body that has many, and more of them than others, nothing is believed. */
function isDamaged(body: string): boolean {
  const [all, started] = [body.match(/^BEGIN:VEVENT/gmu)?.length ?? 0, body.match(/^DTSTART/gmu)?.length ?? 0];
  return all - started > BAD_EVENTS && (all - started) * 2 > all;
}
