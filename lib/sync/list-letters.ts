/** One page of the letters that a filter means. */
import type { Letter, LetterFilter, LetterState } from "../contract/letter.ts";
import { isMeant } from "../core/letter-choice.ts";
import type { LetterShelf, LetterStock, Page, PageRequest } from "./registry.ts";

/** A rare filter reads so many pages for one of its own; what it gives then may be short and still has a cursor. */
const PAGES_READ = 20;

/** The newest first. The cursor stands behind the last letter that was looked at. */
export async function listLetters(
  shelf: LetterShelf,
  choice: { readonly state: LetterState; readonly filter: LetterFilter; readonly now: Date },
  page: PageRequest,
): Promise<Page<Letter>> {
  const items: Letter[] = [];
  let { cursor } = page;
  for (let read = 0; read < PAGES_READ && items.length < page.limit; read += 1) {
    const found = await shelf.list(choice.state, { limit: page.limit - items.length, cursor });
    items.push(...found.items.filter((letter) => isMeant(letter, choice.filter, choice.now)));
    ({ cursor } = found);
    if (cursor === undefined) break;
  }
  return { items, cursor };
}

/** Every letter of these states that the filter means, in no order. */
export async function* chosenLetters(
  stock: LetterStock,
  { states, filter, now }: { readonly states: readonly LetterState[]; readonly filter: LetterFilter; readonly now: Date },
): AsyncGenerator<Letter> {
  for (const state of states) {
    for await (const letter of stock.every(state)) if (isMeant(letter, filter, now)) yield letter;
  }
}
