/** A module with all its mutants in it, each of which can be switched on: one load for very many of them. */
import type { Mutant } from "./mutant.ts";

/** The switch that the module's text asks at each place; gives the number of the mutant that is on. */
export const SWITCH = "mutantSwitch";

/** A mutant that leaves an expression an expression, with its number. */
export type Numbered = { readonly number: number; readonly mutant: Mutant };
type Range = { readonly start: number; readonly end: number };
type Place = Range & { readonly own: readonly Numbered[] };

export function instrumented(code: string, mutants: readonly Numbered[]): string {
  const groups = Map.groupBy(mutants, ({ mutant: { within } }) => `${within?.start} ${within?.end}`);
  const places = [...groups.values()].flatMap((own): Place[] => {
    const within = own[0]?.mutant.within;
    return within === undefined ? [] : [{ ...within, own }];
  });
  // A wider place before those inside it.
  const sorted = places.toSorted((one, other) => one.start - other.start || other.end - one.end);
  return rendered(code, { start: 0, end: code.length }, sorted);
}

function rendered(code: string, { start, end }: Range, places: readonly Place[]): string {
  let text = "";
  let at = start;
  for (const [index, place] of places.entries()) {
    if (place.start < at) continue;
    const inside = places.slice(index + 1).filter((other) => other.start >= place.start && other.end <= place.end);
    text += code.slice(at, place.start) + switched(code, place, rendered(code, place, inside));
    at = place.end;
  }
  return text + code.slice(at, end);
}

function switched(code: string, { start, end, own }: Place, sound: string): string {
  const first = own[0]?.number ?? -1;
  const broken = own.map(({ number, mutant: { change } }) => {
    const text = code.slice(start, change.start) + change.text + code.slice(change.end, end);
    return `globalThis.${SWITCH}(${first}) === ${number} ? (${text}) : `;
  });
  return `(${broken.join("")}(${sound}))`;
}
