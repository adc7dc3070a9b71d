/** Look at the events of a calendar: the occurrences of a window, the events as they stand, or one of them. */
import type { EventPage, EventsQuery, EventView } from "../contract/event-view.ts";
import type { Snapshot, SnapshotEvent } from "../contract/snapshot.ts";
import { eventDocument } from "../core/event-document.ts";
import { isNamed } from "../core/event-tag.ts";
import { eventView } from "../core/event-view.ts";
import { pageTag, readEventCursor, windowOf, writeEventCursor } from "../core/event-window.ts";
import { Refusal } from "../core/failure.ts";
import { listOccurrences } from "../core/list-occurrences.ts";
import { memberZones } from "../core/member-zones.ts";
import { shown, unknownCalendar } from "../core/refusals.ts";
import { expand } from "../ics/expand.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export type EventPorts = { readonly calendars: Pick<CalendarBook, "load">; readonly objects: SnapshotReader };

export type EventsAnswer = { readonly etag: string; readonly page: EventPage | "not-modified" };

/** Occurrences that are looked through for the events of a window. */
const MOST_OCCURRENCES = 20_000;

/** @param ifNoneMatch what the caller has already. Throws `calendar-unknown`, `query-invalid`. */
export async function listEvents(
  calendarId: string,
  asked: { readonly query: EventsQuery; readonly ifNoneMatch: string | undefined },
  ports: EventPorts,
  now: Date,
): Promise<EventsAnswer> {
  const loaded = await load(calendarId, ports);
  const { calendarVersion } = loaded.checkpoint;
  const { query, ifNoneMatch } = asked;
  const today = now.toISOString().slice(0, 10);
  const etag = pageTag(query, calendarVersion, today);
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag, "weak")) return { etag, page: "not-modified" };
  const snapshot = await snapshotOf(loaded, ports);
  if (query.expand === "false") return { etag, page: { ...listWhole(snapshot, query, today), calendarVersion } };
  const window = windowOf(query, snapshot.properties.timeZone, today);
  return { etag, page: { ...listOccurrences(snapshot, window, query), calendarVersion } };
}

type Listed = Pick<Snapshot, "events" | "timezones" | "properties">;

async function snapshotOf({ checkpoint: { snapshotKey } }: LoadedCalendar, { objects }: EventPorts): Promise<Listed> {
  return snapshotKey === undefined ? { events: [], timezones: [], properties: {} } : await objects.getSnapshot(snapshotKey);
}

async function load(calendarId: string, { calendars }: EventPorts): Promise<LoadedCalendar> {
  const loaded = await calendars.load(calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") throw unknownCalendar(calendarId);
  return loaded;
}

/** Events by UID, as they stand. */
function listWhole(
  snapshot: Listed,
  query: EventsQuery,
  today: string,
): Omit<Extract<EventPage, { kind: "events" }>, "calendarVersion"> {
  const [after = ""] = query.cursor === undefined ? [] : readEventCursor(query.cursor, [/^./u]);
  const uids = query.from === undefined && query.to === undefined ? undefined : uidsWithin(snapshot, query, today);
  const groups = Map.groupBy(snapshot.events, ({ uid }) => uid);
  const asked = [...groups].filter(([uid]) => uid > after && (uids === undefined || uids.has(uid)));
  const page = asked.slice(0, query.limit);
  const last = asked.length > query.limit ? page.at(-1)?.[0] : undefined;
  const items = page.flatMap(([, group]) => viewOf(group, snapshot) ?? []);
  return { kind: "events", items, ...(last === undefined ? {} : { cursor: writeEventCursor([last]) }) };
}

function uidsWithin({ timezones, events, properties }: Listed, query: EventsQuery, today: string): ReadonlySet<string> {
  const { timeZone } = properties;
  const { from, to, zone } = windowOf(query, timeZone, today);
  const window = { from, to, rule: "overlaps" as const, limit: MOST_OCCURRENCES, floating: zone.id };
  const { occurrences, capped } = expand({ timezones, events, timeZone }, window);
  if (!capped) return new Set(occurrences.map(({ uid }) => uid));
  const what = `the window has more than ${MOST_OCCURRENCES} occurrences or costs too much to expand, wanted fewer`;
  throw new Refusal("query-invalid", what, "ask for a smaller window, or for all events without from and to");
}

function viewOf(group: readonly SnapshotEvent[], { timezones }: Pick<Snapshot, "timezones">): EventView | undefined {
  return eventView(group, { zoneOf: memberZones(timezones).zoneOf });
}

export type ShownEvent = { readonly view: EventView; readonly ics: () => string };

/** Throws `calendar-unknown`, `event-unknown`. */
export async function showEvent(calendarId: string, uid: string, ports: EventPorts): Promise<ShownEvent> {
  const loaded = await load(calendarId, ports);
  const snapshot = await snapshotOf(loaded, ports);
  const group = snapshot.events.filter((event) => event.uid === uid);
  const view = viewOf(group, snapshot);
  if (view === undefined) {
    const what = `calendar ${shown(calendarId)} has no event ${shown(uid)}, wanted the uid of one of its events`;
    const details = { seen: shown(uid), wanted: "the uid of one of its events" };
    throw new Refusal("event-unknown", what, `list them with: calferry event list ${calendarId}`, { details });
  }
  return { view, ics: () => eventDocument(group, snapshot, loaded.calendar) };
}
