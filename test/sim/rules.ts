/** Rules as rows: whether each is kept, and what to say where it is not. */

export type Rule = readonly [isKept: boolean, otherwise: string];

/** What the rules that are not kept say. */
export function brokenOf(rules: readonly Rule[]): string[] {
  return rules.flatMap(([isKept, otherwise]) => (isKept ? [] : [otherwise]));
}
