/** Hashes that stand for texts: 128 bits of SHA-256, as short as a checkpoint needs. */
import { hash } from "node:crypto";

const CHARACTERS = 22;

export function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, CHARACTERS);
}
