/** One page of events as they stand, by UID: all of them, or those with an occurrence in a window. */
import type { EventPage, EventsQuery } from "../contract/event-view.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { expand } from "../ics/expand.ts";
import { eventView } from "./event-view.ts";
import { readEventCursor, windowOf, writeEventCursor } from "./event-window.ts";
import { Refusal } from "./failure.ts";
import { memberZones } from "./member-zones.ts";

type Listed = Pick<Snapshot, "events" | "timezones" | "properties">;

/** Occurrences that are looked through for the events of a window. */
const MOST_OCCURRENCES = 20_000;

/** @param today UTC date. Throws `query-invalid`. */
export function listWhole(snapshot: Listed, query: EventsQuery, today: string): Extract<EventPage, { kind: "events" }> {
  const [after = ""] = query.cursor === undefined ? [] : readEventCursor(query.cursor, [/^./u]);
  const uids = query.from === undefined && query.to === undefined ? undefined : uidsWithin(snapshot, query, today);
  const groups = Map.groupBy(snapshot.events, ({ uid }) => uid);
  const asked = [...groups]
    .filter(([uid]) => uid > after && (uids === undefined || uids.has(uid)))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  const page = asked.slice(0, query.limit);
  const last = asked.length > query.limit ? page.at(-1)?.[0] : undefined;
  const reader = { zoneOf: memberZones(snapshot.timezones).zoneOf };
  const items = page.flatMap(([, group]) => eventView(group, reader) ?? []);
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
