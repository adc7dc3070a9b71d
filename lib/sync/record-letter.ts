/** Store a dead letter, then raise its alert; only then may the message leave its queue. */
import type { Letter } from "../contract/letter.ts";
import type { ExportTask, ImportTask } from "../contract/task.ts";
import { arrivalOf, isNews, stillAcknowledged } from "../core/alert-groups.ts";
import { holdsVersion } from "../core/feed-build.ts";
import { letterOpened } from "../core/life-messages.ts";
import { isLostForNothing, isTold, letterIdOf, letterOf, moved, readDead, tellsOf, whyDead } from "../core/letters.ts";
import type { DeadDelivery } from "../core/letters.ts";
import type { FeedBook } from "./export-feed.ts";
import type { ChangeTopic } from "./finish-commit.ts";
import { raiseAlert, widenAlert } from "./raise-alert.ts";
import type { AlertPorts } from "./raise-alert.ts";

export interface LetterBook {
  get(letterId: string): Promise<Letter | undefined>;
  /** Writes the letter where the stored revision is the one before (or none); false where another write came first. */
  put(letter: Letter): Promise<boolean>;
}
export interface Successes {
  /** UTC instant of the calendar's last success, if any. */
  lastSuccessAt(calendarId: string): Promise<string | undefined>;
}
export interface Owners {
  /** Of the feed, or else of the calendar; undefined where it was removed. */
  ownerOf(of: Pick<Letter, "calendarId" | "feedId" | "downloadId">): Promise<string | undefined>;
}
export interface WaitingRuns {
  /** Ends the task's run as failed where it waits; one that has ended stays as it is, and where nobody asked there is none. */
  endWaiting(task: Pick<ImportTask, "calendarId" | "taskId">, end: RunFailure): Promise<void>;
}
/** `endedAt`: UTC instant. */
export type RunFailure = { readonly code: string; readonly detail: string; readonly endedAt: string };
export type RecordPorts = AlertPorts & {
  readonly letters: LetterBook;
  readonly runs: WaitingRuns;
  readonly successes: Successes;
  readonly feeds?: Pick<FeedBook, "build">;
  readonly owners?: Owners;
  readonly changes: ChangeTopic;
};

type Recorded = "opened" | "superseded" | "doubled";

const TRIES = 5;

/**
 * Records one delivery. `doubled`: it was recorded and raised before; `superseded`: its work was done after it, stored as resolved; or it was a call that comes again.
 * A channel that is down does not keep the message: the alert stands in the table, and the next tick tells it.
 */
export async function recordLetter(delivery: DeadDelivery, ports: RecordPorts, now: Date): Promise<Recorded> {
  if (isLostForNothing(delivery.body)) return "superseded";
  const recorded = await recordOne(delivery, ports, now);
  await endRun(delivery, ports, now);
  return recorded;
}

/** A worker that failed has said so itself; of a task that was given up for our own faults nobody has. Each delivery, for the one before may have died before it. */
async function endRun(delivery: DeadDelivery, { runs }: RecordPorts, now: Date): Promise<void> {
  const task = readDead(delivery.body);
  if (task?.kind !== "import" || task.turn !== undefined) return;
  const { code, reason } = whyDead(delivery);
  await runs.endWaiting(task, { code, detail: reason, endedAt: now.toISOString() });
}

async function recordOne(delivery: DeadDelivery, ports: RecordPorts, now: Date): Promise<Recorded> {
  const letterId = letterIdOf(readDead(delivery.body), delivery.messageId);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await ports.letters.get(letterId);
    if (stored !== undefined && tellsOf(stored, delivery)) return isTold(stored) ? "doubled" : await raise(stored, ports, now);
    const letter = letterOf(delivery, stored, now.toISOString());
    const owned = { ...stillAcknowledged(stored, letter), ownerId: await ownerOf(letter, stored, ports) };
    const settled = await settledBySuccess(owned, delivery, ports, now);
    if (settled.state === "resolved") {
      if (await ports.letters.put(settled)) return "superseded";
    } else if (isNews(stored, settled)) {
      if (await ports.letters.put(settled)) return await raise(settled, ports, now);
    } else {
      if (stored?.fingerprint !== settled.fingerprint) await widenAlert(arrivalOf(settled), ports.alerts);
      if (await ports.letters.put({ ...settled, toldAt: now.toISOString() })) return "opened";
    }
  }
  throw new Error(`letter ${letterId} was written by others ${TRIES} times in a row, wanted one write; the message comes back`);
}

async function raise(letter: Letter, ports: RecordPorts, now: Date): Promise<"opened"> {
  await raiseAlert(arrivalOf(letter), ports, now);
  await ports.changes.publish(letterOpened(letter));
  // Where another write came first, that writer raises it as well.
  await ports.letters.put({ ...letter, revision: letter.revision + 1, toldAt: now.toISOString() });
  return "opened";
}

async function ownerOf(letter: Letter, stored: Letter | undefined, { owners }: RecordPorts): Promise<string | undefined> {
  return stored?.ownerId ?? (await owners?.ownerOf(letter));
}

/** Only a periodic letter is settled by a later success; what somebody asked for needs its own. */
async function settledBySuccess(letter: Letter, delivery: DeadDelivery, ports: RecordPorts, now: Date): Promise<Letter> {
  const success = await laterSuccess(letter, delivery, ports);
  if (success === undefined) return letter;
  return { ...moved(letter, "resolved", { at: now.toISOString(), who: "alert", why: success }), revision: letter.revision };
}

async function laterSuccess(
  { letterId }: Letter,
  { body, sentAt }: DeadDelivery,
  ports: RecordPorts,
): Promise<string | undefined> {
  const task = readDead(body);
  if (task?.kind === "export") return await laterBuild(task, sentAt, ports);
  if (task?.kind !== "import" || letterId !== `import-${task.calendarId}`) return undefined;
  const success = (await ports.successes.lastSuccessAt(task.calendarId)) ?? "";
  return success > sentAt ? `a later success at ${success}` : undefined;
}

/** A build that holds the task's version, or that began later and so saw all there was. */
async function laterBuild(task: ExportTask, sentAt: string, { feeds }: RecordPorts): Promise<string | undefined> {
  const build = await feeds?.build(task.feedId);
  if (build === undefined) return undefined;
  const isDone = holdsVersion(build, task) || (build.begunAt ?? "") > sentAt;
  return isDone ? `the feed was built as revision ${build.revision}` : undefined;
}
