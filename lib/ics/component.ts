/** A component as a tree of content lines; the form in which snapshots keep events and zones. */
import { readContentLine, writeContentLine } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";

export type Component = {
  /** Upper-case: VEVENT, VALARM, VTIMEZONE, ... */
  readonly name: string;
  readonly properties: readonly ContentLine[];
  readonly components: readonly Component[];
};

/** Reads the text that `writeComponent` wrote (unfolded lines joined by "\n"). Throws where it is not one whole component. */
export function readComponent(text: string): Component {
  const open: { name: string; properties: ContentLine[]; components: Component[] }[] = [];
  let done: Component | undefined;
  for (const raw of text.split("\n")) {
    const line = readContentLine(raw);
    if (line === undefined) throw new Error(`component text has a line that is no content line: ${raw.slice(0, 40)}`);
    if (line.name === "BEGIN") {
      open.push({ name: line.value.trim().toUpperCase(), properties: [], components: [] });
    } else if (line.name === "END") {
      const closed = open.pop();
      if (closed === undefined) break;
      const parent = open.at(-1);
      if (parent === undefined) done = closed;
      else parent.components.push(closed);
    } else {
      open.at(-1)?.properties.push(line);
    }
  }
  if (done === undefined || open.length > 0) throw new Error(`component text does not end: ${text.slice(0, 40)}`);
  return done;
}

/** Unfolded content lines joined by "\n", BEGIN to END. */
export function writeComponent(component: Component): string {
  return componentLines(component).join("\n");
}

function componentLines(component: Component): string[] {
  return [
    `BEGIN:${component.name}`,
    ...component.properties.map(writeContentLine),
    ...component.components.flatMap(componentLines),
    `END:${component.name}`,
  ];
}

/** First property of that name, or undefined. */
export function propertyOf(component: Component, name: string): ContentLine | undefined {
  return component.properties.find((property) => property.name === name);
}

/** All properties of that name, in order. */
export function propertiesOf(component: Component, name: string): ContentLine[] {
  return component.properties.filter((property) => property.name === name);
}
