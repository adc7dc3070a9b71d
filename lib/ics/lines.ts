/** Physical lines of a decoded body to unfolded content lines, RFC 5545 3.1, whatever ends the lines. */

/** A content line without its folds, and the line on which it begins, from 1. */
export type Line = { readonly text: string; readonly number: number };

/** `any`: CRLF, LF, CR and CR-CR-LF end a line. `feed`: a CR without LF belongs to the value. */
export type LineEnds = "any" | "feed";

const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;

/** Reads line by line without building the list of all; empty lines are skipped and do not interrupt a fold. */
export function* readLines(body: string, ends: LineEnds): Generator<Line, void, void> {
  let number = 1;
  let first = 0;
  let head: string | undefined;
  let folded: string[] = [];
  for (let at = 0; at < body.length;) {
    const end = lineEnd(body, at, ends);
    const code = body.charCodeAt(at);
    if ((code === SPACE || code === TAB) && head !== undefined) {
      folded.push(body.slice(at + 1, end));
    } else if (end > at) {
      if (head !== undefined) yield { text: unfold(head, folded), number: first };
      head = body.slice(at, end);
      if (folded.length > 0) folded = [];
      first = number;
    }
    at = afterReturns(body, end);
    // CR-CR-LF, which a text-mode writer makes of CRLF, is one line end; without LF every CR is one.
    number += body.charCodeAt(at) === LF ? 1 : at - end;
    if (body.charCodeAt(at) === LF) at += 1;
  }
  if (head !== undefined) yield { text: unfold(head, folded), number: first };
}

function unfold(head: string, folded: readonly string[]): string {
  return folded.length === 0 ? head : head + folded.join("");
}

function lineEnd(body: string, from: number, ends: LineEnds): number {
  for (let at = from; at < body.length; at += 1) {
    const code = body.charCodeAt(at);
    if (code === LF) return at;
    if (code !== CR) continue;
    const after = afterReturns(body, at);
    if (ends === "any" || after === body.length || body.charCodeAt(after) === LF) return at;
    at = after - 1;
  }
  return body.length;
}

function afterReturns(body: string, from: number): number {
  let at = from;
  while (body.charCodeAt(at) === CR) at += 1;
  return at;
}

/** Whether a run of CR stands anywhere without LF after it. */
export function hasLoneReturn(body: string): boolean {
  for (let at = body.indexOf("\r"); at >= 0; at = body.indexOf("\r", at)) {
    at = afterReturns(body, at);
    if (body.charCodeAt(at) !== LF) return true;
  }
  return false;
}
