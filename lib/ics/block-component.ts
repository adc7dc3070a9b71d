/** The lines of a block to a component; a line that is none is left out and reported. */
import type { Block } from "./blocks.ts";
import type { Component } from "./component.ts";
import { readContentLine } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { addNote, shown } from "./problem.ts";
import type { Problem } from "./problem.ts";

type OpenComponent = { readonly name: string; readonly properties: ContentLine[]; readonly components: Component[] };

const MARKER = /^(BEGIN|END):([A-Z0-9-]+)$/u;

export function readBlockComponent(block: Block): { readonly component: Component; readonly notes: readonly Problem[] } {
  const root: OpenComponent = { name: block.name, properties: [], components: [] };
  const open: OpenComponent[] = [root];
  const notes: Problem[] = [...block.notes];
  for (const [index, text] of block.lines.entries()) {
    if (readMarker(open, text)) continue;
    const line = readContentLine(text);
    if (line === undefined || line.name === "BEGIN" || line.name === "END") {
      addNote(notes, invalidLine(block.numbers[index] ?? block.line, text));
    } else {
      open.at(-1)?.properties.push(line);
    }
  }
  return { component: root, notes };
}

/** The tokenizer has seen to it that each BEGIN has its END. */
function readMarker(open: OpenComponent[], text: string): boolean {
  const [, mark, name] = MARKER.exec(text) ?? [];
  if (name === undefined) return false;
  if (mark === "BEGIN") {
    open.push({ name, properties: [], components: [] });
    return true;
  }
  if (open.length === 1) return false;
  const closed = open.pop();
  if (closed !== undefined) open.at(-1)?.components.push(closed);
  return true;
}

function invalidLine(line: number, text: string): Problem {
  return { line, code: "line-invalid", reason: `the line ${shown(text)} has no name and colon, expected NAME:value; left out` };
}
