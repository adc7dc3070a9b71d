/** Resolve dead letters because their work was done after all. */
import type { ImportTask } from "../contract/task.ts";
import { mayHaveLetter, moved } from "../core/letters.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { LetterBook } from "./record-letter.ts";

/** UTC instants of a task's success, and of the moment from which on it saw how things are. */
type Success = { readonly at: string; readonly began: string };

/** The calendar's periodic letter where there may be one, and the letter that the task replays. */
export async function resolveLetters(
  task: ImportTask,
  { calendar, checkpoint }: LoadedCalendar,
  letters: LetterBook,
  success: Success,
): Promise<void> {
  const periodic = mayHaveLetter(checkpoint, calendar.intervalMinutes, success.at) ? [`import-${task.calendarId}`] : [];
  const replayed = task.replayOf === undefined ? [] : [task.replayOf];
  // A replay of the periodic letter is one letter, read once.
  const letterIds = new Set([...periodic, ...replayed]);
  await Promise.all([...letterIds].map(async (letterId) => await resolveLetter(letterId, task.taskId, letters, success)));
}

/** Nothing where the letter is closed or unknown, tells of something newer, or where another write came first: that one decides. */
export async function resolveLetter(
  letterId: string,
  taskId: string,
  letters: LetterBook,
  { at, began }: Success,
): Promise<void> {
  const letter = await letters.get(letterId);
  if (letter === undefined || letter.state === "resolved" || letter.state === "discarded" || letter.lastAt >= began) return;
  await letters.put(moved(letter, "resolved", { at, who: "worker", why: `task ${taskId} did its work` }));
}
