/** Randomness of the process: ids of calendars, feeds and tasks (short, safe in urls, keys and file names) and bytes of secrets. */
import { randomBytes as nodeBytes, randomInt } from "node:crypto";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const CHARACTERS = `0123456789${LETTERS}`;
const LENGTH = 16;

/** 16 of 0-9 and a-z, the first a letter: about 82 bits. */
export function randomId(): string {
  const rest = Array.from({ length: LENGTH - 1 }, () => pick(CHARACTERS));
  return pick(LETTERS) + rest.join("");
}

/** For the secrets of links and keys. */
export function randomBytes(size: number): Uint8Array {
  return nodeBytes(size);
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}
