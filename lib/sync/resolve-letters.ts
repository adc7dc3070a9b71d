/** Resolve dead letters because their work was done after all. */
import type { ImportTask } from "../contract/task.ts";
import { moved } from "../core/letters.ts";
import type { LetterBook } from "./record-letter.ts";

/** The calendar's periodic letter where its turns had failed, and the letter that the task replays. */
export async function resolveLetters(task: ImportTask, failures: number, letters: LetterBook, at: string): Promise<void> {
  if (failures > 0) await resolveLetter(`import-${task.calendarId}`, task.taskId, letters, at);
  if (task.replayOf !== undefined) await resolveLetter(task.replayOf, task.taskId, letters, at);
}

/** Nothing where the letter is closed or unknown, or where another write came first: that one decides. */
export async function resolveLetter(letterId: string, taskId: string, letters: LetterBook, at: string): Promise<void> {
  const letter = await letters.get(letterId);
  if (letter === undefined || letter.state === "resolved" || letter.state === "discarded") return;
  await letters.put(moved(letter, "resolved", { at, who: "worker", why: `task ${taskId} did its work` }));
}
