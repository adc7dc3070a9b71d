/** Size limits of one content line: a long text is shortened, a long inline attachment dropped, and each is reported. */
import type { Line } from "./lines.ts";
import type { Problem } from "./problem.ts";

const TEXT_CHARACTERS = 65_536;
const ATTACHMENT_CHARACTERS = 32_768;
const ATTACHMENT = /^(?:ATTACH|X-ALT-DESC|IMAGE)[;:]/iu;
/** Values that are lists of times: shortened they would say something else. A block has its own limit. */
const TIMES = /^(?:EXDATE|RDATE)[;:]/iu;

/** The line within its limits, undefined where it is left out, and a note on what was done. */
export function boundLine(line: Line): { readonly text: string | undefined; readonly note?: Problem } {
  const { text, number } = line;
  if (text.length <= ATTACHMENT_CHARACTERS) return { text };
  const name = text
    .slice(0, text.search(/[;:]|$/u))
    .slice(0, 40)
    .toUpperCase();
  if (ATTACHMENT.test(text)) {
    return { text: undefined, note: note(number, "attachment-dropped", name, text.length, ATTACHMENT_CHARACTERS) };
  }
  if (text.length <= TEXT_CHARACTERS || TIMES.test(text)) return { text };
  return { text: shorten(text), note: note(number, "value-shortened", name, text.length, TEXT_CHARACTERS) };
}

function note(line: number, code: "attachment-dropped" | "value-shortened", name: string, size: number, limit: number): Problem {
  return { line, code, reason: `${name} has ${size} characters, expected at most ${limit}` };
}

/** Splits neither a surrogate pair nor an escape. */
function shorten(text: string): string {
  const cut = text.slice(0, TEXT_CHARACTERS).replace(/[\u{d800}-\u{dbff}]$/u, "");
  let end = cut.length;
  // From the end on: a search for a run at the end costs the square of all runs before it.
  while (cut.charAt(end - 1) === "\\") end -= 1;
  return (cut.length - end) % 2 === 1 ? cut.slice(0, -1) : cut;
}
