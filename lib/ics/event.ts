/** One block of a VEVENT to what it means: identity, revision, normal form; or why it cannot be read. */
import { readBlockComponent } from "./block-component.ts";
import type { Block } from "./blocks.ts";
import { propertyOf, writeComponent } from "./component.ts";
import type { Component } from "./component.ts";
import { unescapeText } from "./content-line.ts";
import { digest } from "./digest.ts";
import { inZoneOf, readTimes } from "./event-times.ts";
import type { EventTimes } from "./event-times.ts";
import { hashMeaning } from "./meaning.ts";
import { momentOf, readMoment, writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { normalForm } from "./normal-form.ts";
import type { Problem } from "./problem.ts";
import { addNote, shown } from "./problem.ts";
import { findEndless } from "./endless.ts";
import { writeRecurrenceId } from "./recurrence-id.ts";
import type { Work } from "./rule-library.ts";
import { writeRule } from "./rule.ts";
import type { Zones } from "./zones.ts";

export type EventReading = {
  /** The UID as the source wrote it; empty when it has none. */
  readonly sourceUid: string;
  /** Of an event without UID: the same for the same start, end, summary and location. */
  readonly contentKey: string;
  readonly recurrenceId: string | undefined;
  readonly meaning: string;
  readonly zoneUnknown: boolean;
  /** The normal form with this UID. */
  readonly textFor: (uid: string) => string;
  readonly notes: readonly Problem[];
};

/** A problem means that the whole event is left out. `work` bounds the search for the first time of doubtful rules. */
export function readEvent(block: Block, zones: Zones, work: Work): EventReading | Problem {
  const { component, notes } = readBlockComponent(block);
  const sourceUid = propertyOf(component, "UID")?.value.trim() ?? "";
  const uid = sourceUid === "" ? undefined : sourceUid;
  const place = { line: block.line, uid };
  const reading = readTimes(component);
  if ("code" in reading) return { ...place, ...reading };
  const { times } = reading;
  const endless = findEndless(times, work);
  if (endless !== undefined) {
    return {
      ...place,
      code: "rrule-endless",
      reason: `the rule ${shown(writeRule(endless))} gives no time at all, expected one that does`,
    };
  }
  const { unknown, definitions } = zonesOf(times, zones);
  const normal = normalForm(component, times, sourceUid);
  const unknownNotes: Problem[] = [];
  for (const tzid of unknown) {
    const reason = `the zone ${shown(tzid)} is neither defined in the feed nor known by name; the event is kept and its times are read as local`;
    addNote(unknownNotes, { ...place, code: "zone-unknown", reason });
  }
  return {
    sourceUid,
    contentKey: contentKey(component, times),
    recurrenceId: times.recurrenceId === undefined ? undefined : writeRecurrenceId(times.recurrenceId, zones),
    meaning: hashMeaning(normal, definitions),
    zoneUnknown: unknown.length > 0,
    textFor: (own) =>
      writeComponent({ ...normal, properties: [{ name: "UID", parameters: [], value: own }, ...normal.properties.slice(1)] }),
    notes: [
      ...notes.map(({ line, code, reason }) => ({ line, uid, code, reason })),
      ...reading.notes.map(({ code, reason }) => ({ line: block.line, uid, code, reason })),
      ...unknownNotes,
    ],
  };
}

function contentKey(component: Component, times: EventTimes): string {
  const textOf = (name: string): string => unescapeText(propertyOf(component, name)?.value ?? "").trim();
  const { extent } = times;
  const end = extent === undefined ? "" : "end" in extent ? writeMoment(extent.end) : textOf("DURATION");
  return digest([writeMoment(times.start), end, textOf("SUMMARY"), textOf("LOCATION")].join("\n"));
}

function zonesOf(
  times: EventTimes,
  zones: Zones,
): { readonly unknown: readonly string[]; readonly definitions: readonly string[] } {
  const tzids = new Set(momentsOf(times).flatMap((moment) => (moment.kind === "zoned" ? [moment.tzid] : [])));
  const unknown = [...tzids].filter((tzid) => zones.resolve(tzid) === undefined);
  return { unknown, definitions: [...tzids].map((tzid) => zones.definitionOf(tzid)).filter((text) => text !== undefined) };
}

function momentsOf(times: EventTimes): readonly Moment[] {
  const { start, extent, recurrenceId, dates, exceptions } = times;
  const end = extent !== undefined && "end" in extent ? [extent.end] : [];
  return [
    start,
    ...end,
    ...(recurrenceId === undefined ? [] : [recurrenceId]),
    ...dates.map((date) => date.start),
    ...exceptions,
  ];
}

/** SEQUENCE and LAST-MODIFIED, read from the lines alone: they decide between copies of one event. */
export function readRevision(block: Block): { readonly sequence: number; readonly lastModified: string | undefined } {
  const valueOf = (name: RegExp): string => {
    const line = block.lines.find((text) => name.test(text)) ?? "";
    return line.slice(line.indexOf(":") + 1).trim();
  };
  const sequence = valueOf(/^SEQUENCE[;:]/iu);
  const modified = momentOf(valueOf(/^LAST-MODIFIED[;:]/iu));
  return {
    sequence: /^\d{1,9}$/u.test(sequence) ? Number(sequence) : 0,
    lastModified: modified === undefined ? undefined : writeMoment({ kind: "utc", wallMs: modified.wallMs }),
  };
}

/** UID and RECURRENCE-ID of a block that cannot be read as a whole. */
export function readIdentity(
  block: Block,
  zones: Zones,
): { readonly sourceUid: string; readonly occurrence: "master" | "unreadable" | { readonly recurrenceId: string } } {
  const { component } = readBlockComponent(block);
  const sourceUid = propertyOf(component, "UID")?.value.trim() ?? "";
  const line = propertyOf(component, "RECURRENCE-ID");
  if (line === undefined) return { sourceUid, occurrence: "master" };
  const moment = readMoment(line, line.value);
  if (moment === undefined) return { sourceUid, occurrence: "unreadable" };
  const startLine = propertyOf(component, "DTSTART");
  const start = startLine === undefined ? undefined : readMoment(startLine, startLine.value);
  const named = start === undefined ? moment : inZoneOf(start, moment);
  return { sourceUid, occurrence: { recurrenceId: writeRecurrenceId(named, zones) } };
}
