/** Which dead letters are meant, and what is shown of one. */
import type { Letter, LetterFilter } from "../contract/letter.ts";
import type { LetterView } from "../contract/letter-view.ts";
import { readDead } from "./letters.ts";

/** Whether the filter means the letter; its age counts from when it was last heard of. */
export function isMeant(letter: Letter, filter: LetterFilter, now: Date): boolean {
  const { host, code, owner, kind, age } = filter;
  return (
    (host === undefined || letter.host === host) &&
    (code === undefined || letter.code === code) &&
    (owner === undefined || letter.ownerId === owner) &&
    (kind === undefined || letter.kind === kind) &&
    (age === undefined || now.getTime() - Date.parse(letter.lastAt) > age)
  );
}

/** Without its message as it was sent: one that nobody can read may hold anything. */
export function letterView(letter: Letter): LetterView {
  const { body, bodyKey: _object, messageIds: _ids, ...rest } = letter;
  if (body === undefined) return rest;
  const task = readDead(body);
  return task === undefined ? { ...rest, bodyBytes: new TextEncoder().encode(body).length } : { ...rest, task };
}
