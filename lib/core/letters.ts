/** Dead letters: what a delivery from a dead-letter queue becomes, and how its state may move. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Letter, LetterState } from "../contract/letter.ts";
import type { RepeatCall } from "../contract/repeat.ts";
import { LostForNothing, LostRepeat, LostTurn, TaskBody } from "../contract/task.ts";
import type { Task } from "../contract/task.ts";
import { shortHash } from "./object-keys.ts";

/** One message of a dead-letter queue, as the alert function receives it. */
export type DeadDelivery = {
  readonly messageId: string;
  readonly body: string;
  /** Name of the dead-letter queue it lay in. */
  readonly queue: string;
  /** UTC instant at which it was sent to the dead-letter queue, or first sent where SQS moved it. */
  readonly sentAt: string;
  /** Present where a worker gave the task up; a message that SQS moved has none. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly host?: string | undefined;
  readonly attempts: number;
};

/** Message ids remembered to know a delivery that comes twice. */
const MESSAGES_REMEMBERED = 20;
const HISTORY_REMEMBERED = 50;
/** The start of a turn that had none reserved. */
const LONG_AGO = "1970-01-01T00:00:00.000Z";

/** Whether the letter tells of this very delivery. */
export function tellsOf(letter: Letter, { messageId }: Pick<DeadDelivery, "messageId">): boolean {
  return letter.messageIds.includes(messageId);
}

/** A new letter, or the stored one reopened with its history. */
export function letterOf(delivery: DeadDelivery, stored: Letter | undefined, at: string): Letter {
  const fresh = newLetter(delivery, at);
  if (stored === undefined) return fresh;
  return {
    ...fresh,
    revision: stored.revision + 1,
    attempts: stored.attempts + fresh.attempts,
    messageIds: [...stored.messageIds, ...fresh.messageIds].slice(-MESSAGES_REMEMBERED),
    count: stored.count + 1,
    firstAt: stored.firstAt,
    history: [...stored.history, ...fresh.history].slice(-HISTORY_REMEMBERED),
  };
}

function newLetter(delivery: DeadDelivery, at: string): Letter {
  const task = readDead(delivery.body);
  const kind = task?.kind ?? "unreadable";
  const { code, reason } = whyDead(delivery);
  return {
    version: 1,
    revision: 1,
    letterId: letterIdOf(task, delivery.messageId),
    kind,
    ...thingsOf(task),
    fingerprint: [kind, code, delivery.host ?? "-"].join("|"),
    code,
    reason,
    host: delivery.host,
    queue: delivery.queue,
    body: delivery.body,
    attempts: delivery.attempts,
    messageIds: [delivery.messageId],
    count: 1,
    firstAt: delivery.sentAt,
    lastAt: delivery.sentAt,
    state: "open",
    history: [{ at, state: "open", who: "alert", why: `${code}: ${reason}` }],
  };
}

/** What the task is about. */
function thingsOf(task: Task | undefined): Pick<Letter, "calendarId" | "feedId" | "downloadId"> {
  const none = { calendarId: undefined, feedId: undefined, downloadId: undefined };
  switch (task?.kind) {
    case "import":
      return { ...none, calendarId: task.calendarId };
    case "export":
      return { ...none, calendarId: task.calendarId, feedId: task.feedId };
    case "download":
      return { ...none, downloadId: task.downloadId };
    case undefined:
      return none;
  }
}

/** Whether people have heard of the letter since it was last written about. */
export function isTold(letter: Letter): boolean {
  return letter.state === "resolved" || letter.state === "discarded" || (letter.toldAt ?? "") >= letter.lastAt;
}

/** The letter in another state, with who and why in its history. */
export function moved(
  letter: Letter,
  state: LetterState,
  by: { readonly at: string; readonly who: string; readonly why: string },
): Letter {
  const history = [...letter.history, { ...by, state }].slice(-HISTORY_REMEMBERED);
  return { ...letter, revision: letter.revision + 1, state, history };
}

/** One letter for all turns of a calendar or feed; one for each task that somebody asked for, or for each part of it. */
export function letterIdOf(task: Task | undefined, messageId: string): string {
  if (task === undefined) return `unreadable-${shortHash(messageId)}`;
  if (task.replayOf !== undefined) return task.replayOf;
  if (task.kind === "export") return `export-${task.feedId}`;
  if (task.kind === "download") return `download-${task.downloadId}-${task.part}`;
  return task.turn === undefined ? `import-${task.calendarId}-${shortHash(task.taskId)}` : `import-${task.calendarId}`;
}

/** A turn that gave no success leaves a gap of two intervals; the start of the next one may move by its pace. */
const GAP_INTERVALS = 1.5;

/**
 * Whether a letter of the calendar's turns may be open at a success: turns failed, none succeeded for a while (SQS or the batch gave one up,
 * and no worker could note it), or a UTC day begins, which ends what a crash between two writes left. Else a success costs no read of it.
 */
export function mayHaveLetter(
  { failures, lastSuccessAt }: Pick<Checkpoint, "failures" | "lastSuccessAt">,
  intervalMinutes: number,
  at: string,
): boolean {
  if (failures > 0 || lastSuccessAt === undefined) return true;
  const gapMs = Date.parse(at) - Date.parse(lastSuccessAt);
  return gapMs > GAP_INTERVALS * intervalMinutes * 60_000 || dayOf(lastSuccessAt) !== dayOf(at);
}

function dayOf(instant: string): string {
  return instant.slice(0, "2026-05-06".length);
}

/** The task in a message's body, or undefined where it cannot be read: such a message is kept as an unreadable letter. */
export function readTask(body: string): Task | undefined {
  return TaskBody.safeParse(body).data;
}

/** The task of a dead message; of a call that never reached fan-out, the task that it would have sent. */
export function readDead(body: string): Task | undefined {
  return readTask(body) ?? lostTurn(body);
}

function lostTurn(body: string): Task | undefined {
  const call = LostTurn.safeParse(body).data;
  if (call === undefined) return undefined;
  const { calendarId, reason } = call;
  const known = { version: 1, kind: "import", calendarId, reason } as const;
  if (!("dueAt" in call)) {
    const { taskId, replayOf, turn, startAt = LONG_AGO } = call;
    return { ...known, taskId, startAt, replayOf, turn };
  }
  const turn = Math.floor(Date.parse(call.dueAt) / 60_000);
  return { ...known, taskId: `${calendarId}@${turn}`, turn, startAt: call.dueAt };
}

/** Nothing is lost with a tick: the next one owes its minutes, and an alarm tells where none comes. Nor with a reservation's call: its record stands. */
export function isLostForNothing(body: string): boolean {
  return LostForNothing.safeParse(body).success;
}

/** A task that does the letter's work again, with a fresh budget of attempts. */
export function replayTask(letter: Letter, taskId: string, at: string): Task | undefined {
  const task = letter.body === undefined ? undefined : readDead(letter.body);
  if (task === undefined) return undefined;
  const fresh = { taskId, reason: "replay" as const, replayOf: letter.letterId };
  if (task.kind === "export") return { version: 1, kind: "export", feedId: task.feedId, ...fresh };
  if (task.kind === "download") return { version: 1, kind: "download", downloadId: task.downloadId, part: task.part, ...fresh };
  return { version: 1, kind: "import", calendarId: task.calendarId, startAt: at, ...fresh };
}

/** Why the task gave up: what its worker said, or what its message itself tells. */
export function whyDead(delivery: DeadDelivery): { readonly code: string; readonly reason: string } {
  const { body } = delivery;
  const repeat = LostRepeat.safeParse(body).data;
  const isOurs = repeat !== undefined || readDead(body) !== undefined;
  const code = delivery.code ?? (isOurs ? "worker-crashed" : "message-invalid");
  return { code, reason: delivery.reason ?? (repeat === undefined ? reasonOf(code, delivery) : reasonOfRepeat(repeat)) };
}

function reasonOfRepeat({ repeatId, dueAt }: RepeatCall): string {
  const what = `Scheduler could not call fan-out for repeat ${repeatId}, due ${dueAt}, wanted a call that ends`;
  return `${what}; this download was not asked for, ask for it with: calferry download request; the next time comes by itself`;
}

function reasonOf(code: string, { body, attempts }: DeadDelivery): string {
  if (readTask(body) === undefined && code === "worker-crashed")
    return "Scheduler could not call fan-out for this turn, wanted a call that ends; look for fan-out's errors and throttles";
  return code === "worker-crashed"
    ? `the task was received ${attempts} times and never ended, wanted an answer; look for the worker's time-outs and memory`
    : "the message's body is no task of a known version, wanted import, export or download, version 1; look at who sent it";
}
