/** Send a dead letter's task again: marked first, so that two operators cannot send it twice. */
import type { ExportTask, ImportTask } from "../contract/task.ts";
import { moved, replayTask } from "../core/letters.ts";
import { oneOffTaskId } from "../core/runs.ts";
import type { LetterBook } from "./record-letter.ts";

export interface UrgentQueue {
  /** Sends one task on the urgent lane, to be received after `delaySeconds` (0 if absent). */
  sendUrgent(task: ImportTask, delaySeconds?: number): Promise<void>;
}
export interface RebuildQueue {
  sendExports(tasks: readonly ExportTask[], delaySeconds: number): Promise<void>;
}
export type ReplayPorts = { readonly letters: LetterBook; readonly urgent: UrgentQueue; readonly exports: RebuildQueue };
export type ReplayContext = { readonly now: () => Date; readonly newId: () => string; readonly who: string };

export type ReplayEnd =
  | { readonly kind: "sent"; readonly taskId: string }
  | { readonly kind: "not-open" }
  | { readonly kind: "unreadable" };

/** Replays one letter. A crash between mark and send leaves it `replaying`; replaying it again is harmless. */
export async function replayLetter(letterId: string, ports: ReplayPorts, context: ReplayContext): Promise<ReplayEnd> {
  const letter = await ports.letters.get(letterId);
  if (letter === undefined || letter.state === "resolved" || letter.state === "discarded") return { kind: "not-open" };
  const at = context.now().toISOString();
  const task = replayTask(letter, oneOffTaskId(at, context.newId()), at);
  if (task === undefined) return { kind: "unreadable" };
  const marked = moved(letter, "replaying", { at, who: context.who, why: `replayed as ${task.taskId}` });
  if (!(await ports.letters.put(marked))) return { kind: "not-open" };
  await (task.kind === "import" ? ports.urgent.sendUrgent(task) : ports.exports.sendExports([task], 0));
  return { kind: "sent", taskId: task.taskId };
}
