/** Store a dead letter, then tell people; only then may the message leave its queue. */
import type { Letter } from "../contract/letter.ts";
import { isTold, letterIdOf, letterOf, moved, readTask } from "../core/letters.ts";
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

/**
 * Records one delivery. `doubled`: it was recorded and told before; `superseded`: the calendar succeeded after it, stored as resolved.
 * Throws where people could not be told: the letter is safe by then, and the delivery that comes again tells them.
 */
export async function recordLetter(
  delivery: DeadDelivery,
  ports: RecordPorts,
  now: Date,
): Promise<"opened" | "superseded" | "doubled"> {
  const letterId = letterIdOf(readTask(delivery.body), delivery.messageId);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const stored = await ports.letters.get(letterId);
    const letter = letterOf(delivery, stored, now.toISOString());
    if (letter === undefined) return stored === undefined || isTold(stored) ? "doubled" : await tell(stored, ports, now);
    const settled = await settledBySuccess(letter, delivery, ports.successes, now);
    if (!(await ports.letters.put(settled))) continue;
    return settled.state === "resolved" ? "superseded" : await tell(settled, ports, now);
  }
  throw new Error(`letter ${letterId} was written by others ${TRIES} times in a row, wanted one write; the message comes back`);
}

async function tell(letter: Letter, ports: RecordPorts, now: Date): Promise<"opened"> {
  await ports.notifier.notify(letter);
  // Where another write came first, that writer tells people as well.
  await ports.letters.put({ ...letter, revision: letter.revision + 1, toldAt: now.toISOString() });
  return "opened";
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
