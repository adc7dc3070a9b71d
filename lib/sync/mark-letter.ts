/** Acknowledge or discard dead letters, with who and why in their history. */
import type { Letter } from "../contract/letter.ts";
import { moved } from "../core/letters.ts";
import { inTens } from "./course.ts";
import type { Course } from "./course.ts";
import type { LetterBook } from "./record-letter.ts";

export type Mark = {
  readonly state: "acknowledged" | "discarded";
  readonly who: string;
  readonly why: string;
  readonly now: () => Date;
};
export type MarksReport = {
  readonly end: "done" | "cancelled";
  readonly marked: readonly string[];
  readonly left: readonly string[];
};

const TRIES = 4;

/** The letter as it is then; `not-open` where it is closed, `unknown` where there is none. A mark that it has is not made again. */
export async function markLetter(letterId: string, mark: Mark, letters: LetterBook): Promise<Letter | "not-open" | "unknown"> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const letter = await letters.get(letterId);
    if (letter === undefined) return "unknown";
    if (letter.state === mark.state) return letter;
    if (!isMarkable(letter, mark)) return "not-open";
    const marked = marks(letter, mark);
    if (await letters.put(marked)) return marked;
  }
  return "not-open";
}

/** Marks each letter as it was read: one that somebody wrote meanwhile is left to them. */
export async function markLetters(
  letters: AsyncIterable<Letter> | Iterable<Letter>,
  mark: Mark,
  book: LetterBook,
  course: Course,
): Promise<MarksReport> {
  const marked: string[] = [];
  const left: string[] = [];
  const end = await inTens(letters, course, async (ten) => {
    const saved = await Promise.all(ten.map(async (letter) => isMarkable(letter, mark) && (await book.put(marks(letter, mark)))));
    for (const [index, { letterId }] of ten.entries()) (saved[index] === true ? marked : left).push(letterId);
  });
  return { end, marked, left };
}

/** An open letter can be acknowledged; whatever is not closed can be discarded. */
function isMarkable({ state }: Letter, mark: Mark): boolean {
  return state === "open" || (mark.state === "discarded" && (state === "acknowledged" || state === "replaying"));
}

function marks(letter: Letter, { state, who, why, now }: Mark): Letter {
  return moved(letter, state, { at: now().toISOString(), who, why });
}
