/** What a block says, whatever the order of its lines and components, without DTSTAMP: equal means nothing to read again. */
import type { Block } from "./blocks.ts";
import { digest } from "./digest.ts";

/** `uid`: as it stands. `content`: without UID, for a source that makes up new ones each time. */
export type HashIdentity = "uid" | "content";

const STAMP = /^DTSTAMP[;:]/iu;
const UID = /^UID[;:]/iu;

export function hashBlock(block: Block, identity: HashIdentity): string {
  const stack: string[][] = [[]];
  for (const line of block.lines) {
    const lines = stack.at(-1) ?? [];
    if (line.startsWith("BEGIN:")) {
      stack.push([line]);
    } else if (line.startsWith("END:") && stack.length > 1) {
      stack.pop();
      stack.at(-1)?.push(lines.toSorted().join("\n"));
    } else if (!isLeftOut(line, stack.length, identity)) {
      lines.push(line);
    }
  }
  return digest((stack[0] ?? []).toSorted().join("\n"));
}

function isLeftOut(line: string, depth: number, identity: HashIdentity): boolean {
  const first = line.charCodeAt(0) | 32;
  if (first === 100) return STAMP.test(line);
  return identity === "content" && depth === 1 && UID.test(line);
}
