/** Send dead letters' tasks again at their hosts' pace: each marked first, so that two operators cannot send it twice. */
import type { Letter } from "../contract/letter.ts";
import type { DownloadTask, ExportTask, ImportTask } from "../contract/task.ts";
import { delaySeconds } from "../core/pace.ts";
import { isReplaying, planReplay } from "../core/replay.ts";
import type { PlannedReplay } from "../core/replay.ts";
import { oneOffTaskId } from "../core/runs.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { LetterBook } from "./record-letter.ts";
import { reserveUpTo } from "./reserve-starts.ts";
import type { HostBook, ImportQueue, PacedTask } from "./run-tick.ts";

export interface UrgentQueue {
  /** Sends one task on the urgent lane, to be received after `delaySeconds` (0 if absent). */
  sendUrgent(task: ImportTask, delaySeconds?: number): Promise<void>;
}
export interface RebuildQueue {
  sendExports(tasks: readonly ExportTask[], delaySeconds: number): Promise<void>;
}
export interface DownloadQueue {
  sendDownloads(tasks: readonly DownloadTask[], delaySeconds: number): Promise<void>;
}
export type ReplayPorts = {
  readonly letters: LetterBook;
  readonly calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> };
  readonly hosts: Pick<HostBook, "host" | "reserve">;
  readonly urgent: ImportQueue;
  readonly exports: RebuildQueue;
  readonly downloads: DownloadQueue;
};
export type ReplayContext = { readonly now: () => Date; readonly newId: () => string; readonly who: string };

/**
 * `not-open`: closed, or written by somebody else just now. `replaying`: its task is on its way. `paused`, `gone`: its calendar is.
 * `pace-exceeded`: its host has no free start that a queue can wait for. But for `sent` the letter is as it was.
 */
export type ReplayEnd =
  | { readonly kind: "sent"; readonly taskId: string; readonly startAt: string }
  | { readonly kind: "not-open" | "unreadable" | "replaying" | "paused" | "gone" | "pace-exceeded" };
export type LeftBehind = Exclude<ReplayEnd, { kind: "sent" }>["kind"];

/** Replays one letter. A crash between mark and send leaves it `replaying`; after an hour it may be replayed again. */
export async function replayLetter(letterId: string, ports: ReplayPorts, context: ReplayContext): Promise<ReplayEnd> {
  const letter = await ports.letters.get(letterId);
  if (letter === undefined) return { kind: "not-open" };
  const ends = await replayTen([letter], ports, context);
  return ends.get(letterId) ?? { kind: "not-open" };
}

type Ends = ReadonlyMap<string, ReplayEnd>;
/** `host` is undefined where nobody is asked: an export, a download, or a calendar that is pushed. */
type Planned = PlannedReplay & { readonly host: string | undefined };
type Started = Planned & { readonly startAtMs: number };

/** Replays at most ten letters, the ends by letter: their starts are reserved, then they are marked, then sent. */
export async function replayTen(letters: readonly Letter[], ports: ReplayPorts, context: ReplayContext): Promise<Ends> {
  const ends = new Map<string, ReplayEnd>();
  const planned: Planned[] = [];
  const plans = letters.map(async (letter) => ({ letterId: letter.letterId, found: await plan(letter, ports, context) }));
  for (const { letterId, found } of await Promise.all(plans)) {
    if (typeof found === "string") ends.set(letterId, { kind: found });
    else planned.push(found);
  }
  const started = await reserve(planned, ports, context.now());
  const marks = await Promise.all(started.map(async ({ marked }) => await ports.letters.put(marked)));
  const own = started.filter((_, index) => marks[index] === true);
  await send(own, ports, context.now());
  for (const { marked } of planned) ends.set(marked.letterId, { kind: "pace-exceeded" });
  for (const { marked } of started) ends.set(marked.letterId, { kind: "not-open" });
  for (const { marked, task, startAtMs } of own) {
    ends.set(marked.letterId, { kind: "sent", taskId: task.taskId, startAt: new Date(startAtMs).toISOString() });
  }
  return ends;
}

async function plan(letter: Letter, ports: ReplayPorts, context: ReplayContext): Promise<Planned | LeftBehind> {
  if (letter.state === "resolved" || letter.state === "discarded") return "not-open";
  const at = context.now().toISOString();
  if (isReplaying(letter, at)) return "replaying";
  const replay = planReplay(letter, { at, who: context.who, newTaskId: oneOffTaskId(at, context.newId()) });
  if (replay === undefined) return "unreadable";
  if (replay.task.kind !== "import") return { ...replay, host: undefined };
  const loaded = await ports.calendars.load(replay.task.calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") return "gone";
  // A suspended calendar may be tried again by a person; a paused one was stopped by one.
  if (loaded.calendar.state === "paused") return "paused";
  return { ...replay, host: loaded.checkpoint.host };
}

async function reserve(planned: readonly Planned[], { hosts }: ReplayPorts, now: Date): Promise<readonly Started[]> {
  const started: Started[] = [];
  for (const [host, group] of Map.groupBy(planned, (one) => one.host)) {
    const starts =
      host === undefined ? group.map(() => now.getTime()) : await reserveUpTo(group.length, host, hosts, now.getTime());
    for (const [index, one] of group.entries()) {
      const startAtMs = starts[index];
      if (startAtMs !== undefined) started.push({ ...one, startAtMs });
    }
  }
  return started;
}

async function send(started: readonly Started[], { urgent, exports, downloads }: ReplayPorts, now: Date): Promise<void> {
  const imports: PacedTask[] = [];
  const builds: ExportTask[] = [];
  const parts: DownloadTask[] = [];
  for (const { task, host, startAtMs } of started) {
    if (task.kind === "export") builds.push(task);
    else if (task.kind === "download") parts.push(task);
    else imports.push(paced(task, host ?? task.calendarId, startAtMs, now));
  }
  await Promise.all([
    unlessNone(imports, async (some) => await urgent.sendImports(some)),
    unlessNone(builds, async (some) => await exports.sendExports(some, 0)),
    unlessNone(parts, async (some) => await downloads.sendDownloads(some, 0)),
  ]);
}

/** A queue whose task is not among them is not called. */
async function unlessNone<Sent>(tasks: readonly Sent[], queue: (some: readonly Sent[]) => Promise<void>): Promise<void> {
  if (tasks.length > 0) await queue(tasks);
}

function paced(task: ImportTask, host: string, startAtMs: number, now: Date): PacedTask {
  const startAt = new Date(startAtMs).toISOString();
  return { task: { ...task, startAt }, host, delaySeconds: delaySeconds(startAtMs, now.getTime()) ?? 0 };
}
