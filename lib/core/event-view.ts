/** An event of a snapshot as the API shows it, and which of its parts only the iCalendar shows. */
import type { EventView, OverrideView } from "../contract/event-view.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { propertiesOf, propertyOf, readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { writeTimes } from "../ics/render-times.ts";
import type { TimeReader } from "../ics/render-times.ts";
import { datesOf, hoursOf, wordsOf } from "./event-fields.ts";
import { eventTag } from "./event-tag.ts";

const SHOWN = new Set(
  "UID DTSTART DTEND DURATION RECURRENCE-ID RRULE EXDATE SUMMARY DESCRIPTION LOCATION STATUS TRANSP CLASS CATEGORIES PRIORITY URL".split(
    " ",
  ),
);

type Read = { readonly stored: SnapshotEvent; readonly event: Component };

/** @param group the events of one UID, the master first; at least one */
export function eventView(group: readonly SnapshotEvent[], reader: TimeReader): EventView | undefined {
  const read = group.map((stored) => ({ stored, event: readComponent(stored.text) }));
  const master = read.find(({ stored }) => stored.recurrenceId === undefined)?.event;
  const [first, ...others] = read.map(({ stored, event }) => ({ stored, event: writeTimes(event, master, reader) }));
  const etag = eventTag(group);
  if (first === undefined || etag === undefined) return undefined;
  const { recurrenceId } = overrideView(first);
  const rdate = datesOf(first.event, "RDATE") ?? [];
  const exdate = datesOf(first.event, "EXDATE") ?? [];
  const rrule = propertyOf(first.event, "RRULE")?.value;
  return {
    uid: first.stored.uid,
    etag,
    ...(first.stored.recurrenceId === undefined ? {} : { recurrenceId }),
    ...shownFields(first),
    ...(rrule === undefined ? {} : { rrule }),
    ...(rdate.length === 0 ? {} : { rdate }),
    ...(exdate.length === 0 ? {} : { exdate }),
    ...(others.length === 0 ? {} : { overrides: others.map(overrideView) }),
  };
}

function overrideView(read: Read): OverrideView {
  const line = propertyOf(read.event, "RECURRENCE-ID");
  const named = { name: "VEVENT", properties: line === undefined ? [] : [{ ...line, name: "DTSTART" }], components: [] };
  return { recurrenceId: hoursOf(named).start, ...shownFields(read) };
}

function shownFields({ stored, event }: Read): Omit<OverrideView, "recurrenceId"> {
  const priority = Number(propertyOf(event, "PRIORITY")?.value ?? Number.NaN);
  const url = propertyOf(event, "URL")?.value;
  const others = othersOf(event);
  return {
    ...wordsOf(event),
    ...hoursOf(event),
    ...(Number.isInteger(priority) ? { priority } : {}),
    ...(url === undefined ? {} : { url }),
    sequence: stored.sequence,
    lastModified: stored.lastModified.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, "$1-$2-$3T$4:$5:$6Z"),
    ...(others.length === 0 ? {} : { others }),
  };
}

function othersOf(event: Component): readonly string[] {
  const hidden = event.properties.map(({ name }) => name).filter((name) => !SHOWN.has(name) && name !== "RDATE");
  const again = propertiesOf(event, "RRULE").length > 1 ? ["RRULE"] : [];
  const periods = datesOf(event, "RDATE") === undefined ? ["RDATE"] : [];
  return [...new Set([...hidden, ...again, ...periods, ...event.components.map(({ name }) => name)])].toSorted();
}
