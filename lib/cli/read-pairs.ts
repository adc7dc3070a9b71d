/** Arguments of the form KEY=VALUE. */
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";

/** Throws `usage-wrong`. */
export function readPairs(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map(pairOf));
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new Refusal("usage-wrong", `${shown(text)} was given, wanted KEY=VALUE`, "see the command's --help");
}
