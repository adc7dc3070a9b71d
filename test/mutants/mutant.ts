/** One broken place: where it stands in a file, what was done to it, and the changes of the text that do it. */
import * as z from "zod";

const Range = z.object({ start: z.number(), end: z.number() });
const Change = Range.extend({ text: z.string() });
/** A change of a module's text; `at` is the offset that names its place. */
const Edit = z.object({
  at: z.number(),
  kind: z.string(),
  change: Change,
  /** The expression that the change leaves an expression; absent where statements change places. */
  within: Range.optional(),
});
export type Edit = z.infer<typeof Edit>;

export const Mutant = Edit.omit({ at: true }).extend({
  /** `file:line:column kind`: the same for the same source. */
  id: z.string(),
  file: z.string(),
  /** The line as it was, for people. */
  line: z.string(),
});
export type Mutant = z.infer<typeof Mutant>;

export function mutantOf(file: string, code: string, { at, ...edit }: Edit): Mutant {
  const before = code.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  const line = (code.split("\n")[before.length - 1] ?? "").trim();
  return { ...edit, id: `${file}:${before.length}:${column} ${edit.kind}`, file, line };
}

/** The module's text with the mutant in it. */
export function applied(code: string, { change }: Pick<Mutant, "change">): string {
  return code.slice(0, change.start) + change.text + code.slice(change.end);
}
