/** One broken place: where it stands in a file, what was done to it, and the changes of the text that do it. */
import * as z from "zod";

const Change = z.object({ start: z.number(), end: z.number(), text: z.string() });
/** A change of a module's text; `at` is the offset that names its place. */
const Edit = z.object({ at: z.number(), kind: z.string(), changes: z.array(Change) });
export type Edit = z.infer<typeof Edit>;

export const Mutant = z.object({
  /** `file:line:column kind`: the same for the same source. */
  id: z.string(),
  file: z.string(),
  kind: z.string(),
  /** The line as it was, for people. */
  line: z.string(),
  changes: z.array(Change),
});
export type Mutant = z.infer<typeof Mutant>;

export function mutantOf(file: string, code: string, { at, kind, changes }: Edit): Mutant {
  const before = code.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  const line = (code.split("\n")[before.length - 1] ?? "").trim();
  return { id: `${file}:${before.length}:${column} ${kind}`, file, kind, line, changes };
}

/** The module's text with the mutant in it. */
export function applied(code: string, { changes }: Pick<Mutant, "changes">): string {
  return changes
    .toSorted((one, other) => other.start - one.start)
    .reduce((text, change) => text.slice(0, change.start) + change.text + text.slice(change.end), code);
}
