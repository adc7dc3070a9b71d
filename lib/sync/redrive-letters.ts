/** Send again what still lies in the dead letter queues because nobody recorded it, at the hosts' pace. */
import type { Task } from "../contract/task.ts";
import { letterIdOf, readDead } from "../core/letters.ts";
import { delaySeconds } from "../core/pace.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { inTens } from "./course.ts";
import type { Course } from "./course.ts";
import type { DownloadQueue, RebuildQueue, ReplayContext, ReplayPorts } from "./replay-letter.ts";
import { reserveUpTo } from "./reserve-starts.ts";
import type { ImportQueue } from "./run-tick.ts";

export type LyingMessage = { readonly messageId: string; readonly receiptHandle: string; readonly body: string };
export interface DeadLetterLane {
  /** `import dlq` and so on. */
  readonly name: string;
  /** Every message that can be received now, each once. */
  lying(): AsyncIterable<LyingMessage>;
  remove(message: LyingMessage): Promise<void>;
  /** The message can be received again at once. */
  putBack(message: LyingMessage): Promise<void>;
}
/** A dead letter queue, and the queue whose tasks end there. */
export type RedriveLane = { readonly from: DeadLetterLane; readonly to: ImportQueue & RebuildQueue & DownloadQueue };
export type RedriveReport = {
  readonly end: "done" | "cancelled";
  readonly sent: number;
  /** Stay where they are: their hosts have no start left that a queue can wait for, or their calendars are paused. */
  readonly waiting: number;
  /** Stay where they are: their calendars were removed. */
  readonly gone: number;
  /** Message ids: they stay where they are, for nobody can read them. */
  readonly unreadable: readonly string[];
};
type RedriveEnd = "sent" | "waiting" | "gone" | "unreadable";

/**
 * A task's own turn may be over, so that it goes as a replay of the letter that it would have become; what somebody asked for stays that task. Sent first, then deleted: a crash
 * between the two doubles a task, which is harmless. What the worker had written on the message is dropped.
 */
export async function redriveLetters(
  lanes: readonly RedriveLane[],
  ports: Pick<ReplayPorts, "calendars" | "hosts">,
  context: ReplayContext & { readonly course: Course },
): Promise<RedriveReport> {
  const counts = { sent: 0, waiting: 0, gone: 0 };
  const unreadable: string[] = [];
  for (const { from, to } of lanes) {
    const end = await inTens(from.lying(), context.course, async (ten) => {
      for (const message of ten) {
        const reached = await redriveOne(message, to, ports, context);
        await (reached === "sent" ? from.remove(message) : from.putBack(message));
        if (reached === "unreadable") unreadable.push(message.messageId);
        else counts[reached] += 1;
      }
    });
    if (end === "cancelled") return { ...counts, unreadable, end };
  }
  return { ...counts, unreadable, end: "done" };
}

async function redriveOne(
  { body, messageId }: LyingMessage,
  to: RedriveLane["to"],
  { calendars, hosts }: Pick<ReplayPorts, "calendars" | "hosts">,
  { now, newId }: ReplayContext,
): Promise<RedriveEnd> {
  const lying = readDead(body);
  if (lying === undefined) return "unreadable";
  const at = now();
  const task = again(lying, letterIdOf(lying, messageId), oneOffTaskId(at.toISOString(), newId()));
  if (task.kind === "export") {
    await to.sendExports([task], 0);
    return "sent";
  }
  if (task.kind === "download") {
    await to.sendDownloads([task], 0);
    return "sent";
  }
  const loaded = await calendars.load(task.calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") return "gone";
  if (loaded.calendar.state === "paused") return "waiting";
  const { host } = loaded.checkpoint;
  const [startAtMs] = host === undefined ? [at.getTime()] : await reserveUpTo(1, host, hosts, at.getTime());
  if (startAtMs === undefined) return "waiting";
  const startAt = new Date(startAtMs).toISOString();
  const delay = delaySeconds(startAtMs, at.getTime()) ?? 0;
  await to.sendImports([{ task: { ...task, startAt }, host: host ?? task.calendarId, delaySeconds: delay }]);
  return "sent";
}

/** What is followed by its id keeps it, so that its end reaches who waits for it. */
function again(lying: Task, replayOf: string, newTaskId: string): Task {
  const fresh = isFollowed(lying)
    ? { taskId: lying.taskId, reason: lying.reason }
    : { taskId: newTaskId, reason: "replay" as const };
  if (lying.kind === "export") return { version: 1, kind: "export", feedId: lying.feedId, replayOf, ...fresh };
  if (lying.kind === "download")
    return { version: 1, kind: "download", downloadId: lying.downloadId, part: lying.part, replayOf, ...fresh };
  const { calendarId, startAt, bookings } = lying;
  return { version: 1, kind: "import", calendarId, startAt, replayOf, bookings, ...fresh };
}

/** By its run, or by its reservation. */
function isFollowed(task: Task): boolean {
  return task.kind === "import" ? task.turn === undefined : task.reason === "reservation";
}
