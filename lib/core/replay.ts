/** Sending a dead letter's task again: which letters may be, and what is written before it is sent. */
import type { Letter } from "../contract/letter.ts";
import type { Task } from "../contract/task.ts";
import { moved, replayTask } from "./letters.ts";

/** A task that was sent and says nothing for so long was never sent: whoever marked the letter crashed before. */
const LOST_AFTER_MS = 3_600_000;

export type ReplayedBy = { readonly at: string; readonly who: string; readonly newTaskId: string };
/** The letter as it is written first, and the task that is sent then. */
export type PlannedReplay = { readonly marked: Letter; readonly task: Task };

/** Whether the letter's task is on its way: it must not be sent twice. */
export function isReplaying(letter: Letter, at: string): boolean {
  return letter.state === "replaying" && Date.parse(at) - Date.parse(replayedAt(letter)) < LOST_AFTER_MS;
}

/**
 * Undefined where the letter holds no task. One that stayed `replaying` keeps its task id and its one entry in the history,
 * which then says that the task was sent again: should the first have come after all, both are the same task.
 */
export function planReplay(letter: Letter, { at, who, newTaskId }: ReplayedBy): PlannedReplay | undefined {
  const lost = letter.state === "replaying" ? letter.replay?.taskId : undefined;
  const taskId = lost ?? newTaskId;
  const task = replayTask(letter, taskId, at);
  if (task === undefined) return undefined;
  const entry = letter.history.at(-1);
  if (lost === undefined || entry === undefined) {
    const marked = moved(letter, "replaying", { at, who, why: `replayed as ${taskId}` });
    return { task, marked: { ...marked, replay: { taskId, at } } };
  }
  const why = `replayed as ${taskId}, sent again at ${at} by ${who} because nothing was heard of it`;
  const history = [...letter.history.slice(0, -1), { ...entry, why }];
  return { task, marked: { ...letter, revision: letter.revision + 1, replay: { taskId, at }, history } };
}

function replayedAt({ replay, history, lastAt }: Letter): string {
  return replay?.at ?? history.findLast(({ state }) => state === "replaying")?.at ?? lastAt;
}
