/** A VEVENT in the one order that all exports have, with the stamps of its stored revision. */
import type { Component } from "./component.ts";
import type { ContentLine } from "./content-line.ts";

export type Revision = {
  /** `20260506T010000Z`. */
  readonly lastModified: string;
  readonly sequence: number;
};

const ORDER = [
  "UID",
  "DTSTAMP",
  "DTSTART",
  "DTEND",
  "DURATION",
  "RRULE",
  "EXRULE",
  "EXDATE",
  "RDATE",
  "RECURRENCE-ID",
  "SEQUENCE",
  "LAST-MODIFIED",
  "SUMMARY",
];
const RANK = new Map(ORDER.map((name, index) => [name, index]));
const STAMPED = new Set(["UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"]);

/**
 * Known properties first, the rest by name; of one name as the source has them. DTSTAMP is LAST-MODIFIED, never the time of the export, which
 * would make every event look changed each time; Google takes an edit only where SEQUENCE or LAST-MODIFIED moved.
 */
export function stampEvent(event: Component, uid: string, { lastModified, sequence }: Revision): Component {
  const kept = event.properties.filter(({ name }) => !STAMPED.has(name));
  const stamps = [
    line("UID", uid),
    line("DTSTAMP", lastModified),
    line("SEQUENCE", String(sequence)),
    line("LAST-MODIFIED", lastModified),
  ];
  return { ...event, properties: [...stamps, ...kept].toSorted(compareLines) };
}

function line(name: string, value: string): ContentLine {
  return { name, parameters: [], value };
}

function compareLines(left: ContentLine, right: ContentLine): number {
  const rank = (RANK.get(left.name) ?? ORDER.length) - (RANK.get(right.name) ?? ORDER.length);
  if (rank !== 0 || left.name === right.name) return rank;
  return left.name < right.name ? -1 : 1;
}
