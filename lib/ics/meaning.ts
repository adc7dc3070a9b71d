/** Hash of what an event means: order, UID, DTSTAMP, CREATED, LAST-MODIFIED and SEQUENCE aside, its zones' definitions included. */
import type { Component } from "./component.ts";
import { writeContentLine } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { digest } from "./digest.ts";

const NO_MEANING = new Set(["UID", "CREATED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"]);

/** `definitions` are the feed's own definitions of the zones that the event uses. */
export function hashMeaning(event: Component, definitions: readonly string[]): string {
  const kept = { ...event, properties: event.properties.filter(({ name }) => !NO_MEANING.has(name)) };
  return digest([meaningOf(kept), ...definitions.toSorted()].join("\n"));
}

/** A component's text in one order. */
export function meaningOf(component: Component): string {
  const lines = component.properties.map((line) => writeContentLine(sortParameters(line)));
  const parts = [...lines, ...component.components.map(meaningOf)].toSorted();
  return `BEGIN:${component.name}\n${parts.join("\n")}\nEND:${component.name}`;
}

function sortParameters(line: ContentLine): ContentLine {
  return { ...line, parameters: line.parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
