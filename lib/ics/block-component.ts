/** The lines of a block to a component; a line that is none is left out and reported. */
import type { Block } from "./blocks.ts";
import type { Component } from "./component.ts";
import { readContentLine } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { shown } from "./problem.ts";
import type { Problem } from "./problem.ts";

type OpenComponent = { readonly name: string; readonly properties: ContentLine[]; readonly components: Component[] };

const MARKER = /^(BEGIN|END):([A-Z0-9-]+)$/u;

export function readBlockComponent(block: Block): { readonly component: Component; readonly notes: readonly Problem[] } {
  const root: OpenComponent = { name: block.name, properties: [], components: [] };
  const open: OpenComponent[] = [root];
  const notes: Problem[] = [...block.notes];
  for (const [index, text] of block.lines.entries()) {
    const [, mark, name] = MARKER.exec(text) ?? [];
    const current = open.at(-1) ?? root;
    if (mark === "BEGIN" && name !== undefined) {
      open.push({ name, properties: [], components: [] });
    } else if (mark === "END" && open.length > 1) {
      open.pop();
      open.at(-1)?.components.push(current);
    } else {
      const line = readContentLine(text);
      if (line === undefined || line.name === "BEGIN" || line.name === "END") notes.push(invalidLine(block.numbers[index] ?? block.line, text));
      else current.properties.push(line);
    }
  }
  return { component: root, notes };
}

function invalidLine(line: number, text: string): Problem {
  return { line, code: "line-invalid", reason: `the line ${shown(text)} has no name and colon, expected NAME:value; left out` };
}
