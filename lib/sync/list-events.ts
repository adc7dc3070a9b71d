/** Look at the events of a calendar: the occurrences of a window, the events as they stand, or one of them. */
import type { EventPage, EventsQuery, EventView } from "../contract/event-view.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { eventDocument } from "../core/event-document.ts";
import { calendarTag, isNamed } from "../core/event-tag.ts";
import { eventView } from "../core/event-view.ts";
import { pageTag, windowOf } from "../core/event-window.ts";
import { Refusal } from "../core/failure.ts";
import { listOccurrences } from "../core/list-occurrences.ts";
import { listWhole } from "../core/list-whole.ts";
import { memberZones } from "../core/member-zones.ts";
import { shown } from "../core/refusals.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export type EventPorts = { readonly calendars: Pick<CalendarBook, "load">; readonly objects: SnapshotReader };

export type EventsAnswer = { readonly etag: string; readonly page: EventPage | "not-modified" };

export type AskedEvents = {
  readonly query: EventsQuery;
  /** What the caller has already. */
  readonly ifNoneMatch: string | undefined;
};

/** Throws `calendar-unknown`, `query-invalid`. */
export async function listEvents(calendarId: string, asked: AskedEvents, ports: EventPorts, now: Date): Promise<EventsAnswer> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { calendarVersion } = loaded.checkpoint;
  const read = async (): Promise<Listed> => await snapshotOf(loaded, ports);
  return await answerEvents(asked, { tag: calendarTag(calendarVersion), version: { calendarVersion }, read }, now);
}

type Stand = {
  /** Of all that is listed. */
  readonly tag: string;
  readonly version: Pick<EventPage, "calendarVersion" | "revision">;
  /** Called only where the caller has not this page. */
  readonly read: () => Promise<Listed>;
};

/** One page of events as they stand. Throws `query-invalid`. */
export async function answerEvents(
  { query, ifNoneMatch }: AskedEvents,
  { tag, version, read }: Stand,
  now: Date,
): Promise<EventsAnswer> {
  const today = now.toISOString().slice(0, 10);
  const etag = pageTag(query, tag, today);
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag, "weak")) return { etag, page: "not-modified" };
  const listed = await read();
  if (query.expand === "false") return { etag, page: { ...listWhole(listed, query, today), ...version } };
  const window = windowOf(query, listed.properties.timeZone, today);
  return { etag, page: { ...listOccurrences(listed, window, query), ...version } };
}

export type Listed = Pick<Snapshot, "events" | "timezones" | "properties">;

async function snapshotOf({ checkpoint: { snapshotKey } }: LoadedCalendar, { objects }: EventPorts): Promise<Listed> {
  return snapshotKey === undefined ? { events: [], timezones: [], properties: {} } : await objects.getSnapshot(snapshotKey);
}

export type ShownEvent = { readonly view: EventView; readonly ics: () => string };

/** Throws `calendar-unknown`, `event-unknown`. */
export async function showEvent(calendarId: string, uid: string, ports: EventPorts): Promise<ShownEvent> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const snapshot = await snapshotOf(loaded, ports);
  const group = snapshot.events.filter((event) => event.uid === uid);
  const view = eventView(group, { zoneOf: memberZones(snapshot.timezones).zoneOf });
  if (view === undefined) {
    const what = `calendar ${shown(calendarId)} has no event ${shown(uid)}, wanted the uid of one of its events`;
    const details = { seen: shown(uid), wanted: "the uid of one of its events" };
    throw new Refusal("event-unknown", what, `list them with: calferry event list ${calendarId}`, { details });
  }
  return { view, ics: () => eventDocument(group, snapshot, loaded.calendar) };
}
