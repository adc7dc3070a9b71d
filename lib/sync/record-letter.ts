/** Store a dead letter, then tell people; only then may the message leave its queue. */
import type { Letter } from "../contract/letter.ts";
import { letterIdOf, letterOf, moved, readTask } from "../core/letters.ts";
import type { DeadDelivery } from "../core/letters.ts";

export interface LetterBook {
  get(letterId: string): Promise<Letter | undefined>;
  /** Writes the letter where the stored revision is the one before (or none); false where another write came first. */
  put(letter: Letter): Promise<boolean>;
}
export interface Successes {
  /** UTC instant of the calendar's last success, if any. */
  lastSuccessAt(calendarId: string): Promise<string | undefined>;
}
export interface Notifier {
  /** Tells people of a letter; no secret is in it. */
  notify(letter: Letter): Promise<void>;
}
export type RecordPorts = { readonly letters: LetterBook; readonly successes: Successes; readonly notifier: Notifier };

const TRIES = 5;

/** Records one delivery. `doubled`: it was recorded before; `superseded`: the calendar succeeded after it, stored as resolved. */
export async function recordLetter(
  delivery: DeadDelivery,
  ports: RecordPorts,
  now: Date,
): Promise<"opened" | "superseded" | "doubled"> {
  const letterId = letterIdOf(readTask(delivery.body), delivery.messageId);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const letter = letterOf(delivery, await ports.letters.get(letterId), now.toISOString());
    if (letter === undefined) return "doubled";
    const settled = await settledBySuccess(letter, delivery, ports.successes, now);
    if (!(await ports.letters.put(settled))) continue;
    if (settled.state === "resolved") return "superseded";
    await ports.notifier.notify(settled);
    return "opened";
  }
  throw new Error(`letter ${letterId} was written by others ${TRIES} times in a row, wanted one write; the message comes back`);
}

/** Only a periodic letter is settled by the calendar's later success; what somebody asked for needs its own. */
async function settledBySuccess(letter: Letter, delivery: DeadDelivery, successes: Successes, now: Date): Promise<Letter> {
  if (letter.calendarId === undefined || letter.letterId !== `import-${letter.calendarId}`) return letter;
  const success = await successes.lastSuccessAt(letter.calendarId);
  if (success === undefined || success <= delivery.sentAt) return letter;
  return {
    ...moved(letter, "resolved", { at: now.toISOString(), who: "alert", why: `a later success at ${success}` }),
    revision: letter.revision,
  };
}
