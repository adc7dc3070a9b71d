/** One event as an iCalendar that can be put back: what it says is the same whether it was put back or not. */
import type { Snapshot, SnapshotEvent } from "../contract/snapshot.ts";
import { propertyOf, readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { readMoment, tzidOf } from "../ics/moment.ts";
import { stampEvent } from "../ics/render-event.ts";
import { renderCalendar } from "../ics/render.ts";
import { timezoneComponent } from "../ics/vtimezone.ts";
import { yearOf } from "../ics/wall.ts";
import { knownZone } from "../ics/zones.ts";

/** Zones are described from here on, or from an earlier first event. */
const FIRST_YEAR = 1970;

/** @param name of the calendar */
export function eventDocument(
  group: readonly SnapshotEvent[],
  { timezones }: Pick<Snapshot, "timezones">,
  { name, intervalMinutes }: { readonly name: string; readonly intervalMinutes: number },
): string {
  const events = group.map((stored) => ({ stored, event: readComponent(stored.text) }));
  const components = events.map(({ event }) => event);
  const firstYear = Math.min(FIRST_YEAR, ...components.map(yearIn));
  const own = new Map(timezones.map(({ tzid, text }) => [tzid, text]));
  const zones = [...new Set(components.flatMap(tzidsIn))].toSorted().flatMap((tzid): Component[] => {
    const text = own.get(tzid);
    const zone = knownZone(tzid);
    if (text !== undefined) return [readComponent(text)];
    return zone === undefined ? [] : [timezoneComponent(tzid, zone, undefined, firstYear)];
  });
  const stamped = events.map(({ stored, event }) => stampEvent(event, stored.uid, stored));
  return renderCalendar({ name, refreshMinutes: intervalMinutes }, [...zones, ...stamped]);
}

function yearIn(event: Component): number {
  const line = propertyOf(event, "DTSTART");
  const moment = line === undefined ? undefined : readMoment(line, line.value);
  return moment === undefined ? FIRST_YEAR : yearOf(moment.wallMs);
}

function tzidsIn(component: Component): string[] {
  return [...component.properties.flatMap((line) => tzidOf(line) ?? []), ...component.components.flatMap(tzidsIn)];
}
