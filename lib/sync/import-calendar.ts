/** Import one url calendar: load what is remembered, fetch, decide, save. */
import type { Blackout } from "../contract/blackout.ts";
import type { Calendar, SourceAuth } from "../contract/calendar.ts";
import type { Checkpoint, Hold } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import type { ImportTask } from "../contract/task.ts";
import type { Failure } from "../core/failure.ts";
import { lateSeconds } from "../core/cooldown.ts";
import { heldSinceRefreshed, isAnothers, isStanding, markRefused, sinceRefreshed } from "../core/hold.ts";
import { hasNewSource } from "../core/patch-calendar.ts";
import { runOf } from "../core/runs.ts";
import type { TaskEnd } from "../core/runs.ts";
import { sourceHost } from "../core/source-url.ts";
import type { BodyObjects } from "./accept-body.ts";
import { askSource } from "./ask-source.ts";
import type { Reservations } from "./book-task.ts";
import { endUnasked, isOldTurn, whyIdle } from "./end-idle.ts";
import { decideAndSave } from "./end-import.ts";
import type { FinishPorts, PendingBook } from "./finish-commit.ts";
import { finishRecorded } from "./finish-recorded.ts";
import type { SlotMover } from "./follow-hint.ts";
import type { AlertBook } from "./raise-alert.ts";
import type { LetterBook } from "./record-letter.ts";
import { resolveLetter } from "./resolve-letters.ts";
import { bringBack, hasAnswered } from "./suspend-calendar.ts";
import type { SuspensionBook } from "./suspend-calendar.ts";

/** What the source answered. Only `complete` can change anything. */
export type Fetched =
  | { readonly kind: "unchanged" }
  | ({ readonly kind: "complete" } & CompleteBody)
  | { readonly kind: "deferred"; readonly until: string | undefined; readonly failure: Failure }
  | { readonly kind: "failed"; readonly failure: Failure };

export type CompleteBody = {
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
};

export type FetchRequest = {
  readonly url: URL;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly userAgent?: string | undefined;
  /** For the url's own origin; a secret. */
  readonly auth?: SourceAuth | undefined;
  /** Waits until a large body may be in memory, where it then stays until the task ends. */
  readonly makeRoom?: (() => Promise<void>) | undefined;
  readonly signal: AbortSignal;
};

export interface SourceFetcher {
  /** Never throws for what a source does; throws where `signal` aborted it. */
  fetch(request: FetchRequest): Promise<Fetched>;
}

export type LoadedCalendar = { readonly calendar: Calendar; readonly checkpoint: Checkpoint; readonly hold: Hold | undefined };

/** What must still hold when an outcome is written: the version, no newer turn, no newer fetch, what the source is asked with. */
export type Expected = {
  readonly calendarVersion: number;
  readonly turn: number | undefined;
  readonly fetchBegan: string;
  /** No later outcome is stored. @default any outcome may be */
  readonly outcomeAt?: string;
  /** The validators that were read under this key are not forgotten. @default there were none */
  readonly engineKey?: string | undefined;
};

export interface CalendarBook extends PendingBook, SlotMover, SuspensionBook {
  /** META, checkpoint and hold in one consistent read; undefined where one of the first two is missing. */
  load(calendarId: string): Promise<LoadedCalendar | undefined>;
  /** Writes the whole checkpoint but its place on the wheel, or nothing where `expected` no longer holds. */
  save(checkpoint: Checkpoint, expected: Expected): Promise<"saved" | "lost">;
  /** Not over one that a later fetch opened or confirmed: who is that late loses its save as well. */
  putHold(hold: Hold): Promise<void>;
  /** Removes the hold where it is still this one. */
  endHold(calendarId: string, holdId: string): Promise<void>;
  /** Writes the run; not over an end that says more. */
  putRun(run: Run): Promise<void>;
}

export interface Cooldowns {
  /** UTC instant until which nobody asks the host, if any. */
  cooldownUntil(host: string): Promise<string | undefined>;
  /** Windows in which nobody asks the host, if any. */
  blackoutOf(host: string): Promise<Blackout | undefined>;
  coolDown(host: string, until: string): Promise<void>;
  /** Moves a cooldown that is over to the end of a lease, for whoever tries first; false where another did. */
  claimProbe(host: string, over: string, leaseUntil: string): Promise<boolean>;
  /** Ends the cooldown where it is still this lease. */
  endCooldown(host: string, leaseUntil: string): Promise<void>;
}

export interface DeadLetterQueue {
  /** Sends the task with code, reason and attempts; it is durable when this returns. */
  giveUp(task: ImportTask, failure: Failure, attempts: number): Promise<void>;
}

export type ImportPorts = FinishPorts & {
  readonly calendars: CalendarBook;
  readonly source: SourceFetcher;
  readonly hosts: Cooldowns;
  readonly deadLetters: DeadLetterQueue;
  readonly reservations: Pick<Reservations, "book">;
  readonly letters: LetterBook;
  readonly alerts: AlertBook;
  readonly objects: BodyObjects & FinishPorts["objects"];
};
export type ImportContext = {
  readonly now: () => Date;
  readonly random: () => number;
  readonly newId: () => string;
  readonly signal: AbortSignal;
  /** Attempts before a failing task is given up. */
  readonly attempts: number;
  /** Times that the task's message was received; a late one goes back the first time. */
  readonly receives?: number;
  /** As in a fetch's request. */
  readonly makeRoom?: () => Promise<void>;
};

const DECISIONS = 3;

/** Runs one import task to its end: done (and how), or to be tried again after a delay. Throws only where a service of ours failed or `signal` aborted. */
export async function importCalendar(task: ImportTask, ports: ImportPorts, context: ImportContext): Promise<TaskEnd> {
  const late = lateEnd(task, context);
  if (late !== undefined) return late;
  const loaded = await loadSettled(task.calendarId, ports, context);
  if (loaded === undefined) return await endUnasked(task, { kind: "done", status: "gone" }, ports, context);
  const idle = await whyIdle(task, loaded, ports, context.now());
  if (idle !== undefined) return await endUnasked(task, idle, ports, context);
  const began = context.now().toISOString();
  const fetched = await askSource(task, loaded, ports, context);
  if (fetched.kind === "retry") return fetched;
  let current = loaded;
  for (let decision = 0; decision < DECISIONS; decision += 1) {
    const end = await decideAndSave({ task, loaded: current, fetched, began }, ports, context);
    if (end !== "lost") return end;
    const again = await loadSettled(task.calendarId, ports, context);
    if (again === undefined || isOldTurn(task, again.checkpoint)) return { kind: "done", status: "duplicate" };
    const why = whyUnheard(fetched, loaded.calendar, again);
    if (why !== undefined) return lostFor(`calendar ${task.calendarId} ${why}`);
    if ((again.checkpoint.fetchedAt ?? "") >= began) return await endSuperseded(task, again, began, ports, context);
    current = again;
  }
  return lostFor(`calendar ${task.calendarId} was written by others ${DECISIONS} times in a row`);
}

/** Why the answer says nothing of the calendar as it is now. */
function whyUnheard(fetched: Fetched, asked: Calendar, again: LoadedCalendar): string | undefined {
  if (hasNewSource(asked, again.calendar)) return "was moved to another source";
  // "As before" answers validators; where none are remembered any more, somebody wants it read anew.
  const isForgotten = again.checkpoint.engineKey === undefined;
  return fetched.kind === "unchanged" && isForgotten ? "is to be read anew" : undefined;
}

function lostFor(why: string): TaskEnd {
  const failure: Failure = { code: "commit-lost", reason: `${why}, wanted one undisturbed write` };
  return { kind: "retry", delaySeconds: DECISIONS, failure };
}

/** A fetch that began later has said how things are; whoever asked for this one is told so. */
async function endSuperseded(
  task: ImportTask,
  again: LoadedCalendar,
  began: string,
  ports: ImportPorts,
  context: ImportContext,
): Promise<TaskEnd> {
  const end: TaskEnd = { kind: "done", status: "duplicate" };
  const at = context.now().toISOString();
  const isSuccess = (again.checkpoint.lastSuccessAt ?? "") >= began;
  // It may be this very fetch, whose save took effect and whose answer was lost.
  if (hasAnswered(again)) await bringBack(again, ports.calendars);
  if (task.replayOf !== undefined && isSuccess) await resolveLetter(task.replayOf, task.taskId, ports.letters, { at, began });
  if (task.turn === undefined) await ports.calendars.putRun(runOf(task, end, began, at));
  return end;
}

/** Loads the calendar and first finishes what a crash left pending. */
async function loadSettled(calendarId: string, ports: ImportPorts, context: ImportContext): Promise<LoadedCalendar | undefined> {
  const loaded = await ports.calendars.load(calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") return undefined;
  const { pending, ...settled } = loaded.checkpoint;
  // Who has just moved it names its host after its address; whose pace and whose "later" it is, the address says.
  const checkpoint = sinceRefreshed({ ...settled, host: sourceHost(loaded.calendar.source) });
  const hold = heldSinceRefreshed(await standingHold(loaded, ports), checkpoint);
  if (pending === undefined) return { ...loaded, checkpoint, hold };
  await finishRecorded(loaded, pending, ports, context.now().toISOString());
  return { ...loaded, checkpoint, hold };
}

/** A worker that died, or that was slower than a sound fetch or a person, may have left or put back a hold that had ended. */
async function standingHold(loaded: LoadedCalendar, { calendars }: ImportPorts): Promise<Hold | undefined> {
  const { hold, checkpoint, calendar } = loaded;
  if (hold === undefined) return undefined;
  if (!isAnothers(hold, calendar) && isStanding(hold, checkpoint.fetchedAt)) return markRefused(hold, checkpoint.refusedHash);
  await calendars.endHold(hold.calendarId, hold.holdId);
  return undefined;
}

/** A task of a backlog goes back the first time that it is received; a mending one asks nobody and need not. */
function lateEnd(task: ImportTask, { now, random, receives }: ImportContext): TaskEnd | undefined {
  const delaySeconds = receives === 1 && task.reason !== "mend" ? lateSeconds(task, now(), random()) : undefined;
  if (delaySeconds === undefined) return undefined;
  const what = `the task was to start at ${task.startAt} and came more than a minute later, wanted it in time`;
  return { kind: "retry", delaySeconds, failure: { code: "task-late", reason: `${what}; it comes back once, spread out` } };
}
