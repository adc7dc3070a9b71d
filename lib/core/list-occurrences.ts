/** One page of the occurrences of a calendar within a window, by start. */
import type { EventPage, EventsQuery, OccurrenceView } from "../contract/event-view.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { readComponent } from "../ics/component.ts";
import { expand } from "../ics/expand.ts";
import type { ListedOccurrence } from "../ics/expand.ts";
import { wordsOf } from "./event-fields.ts";
import { readEventCursor, writeEventCursor } from "./event-window.ts";
import type { EventWindow } from "./event-window.ts";

type Listed = Pick<Snapshot, "events" | "timezones" | "properties">;
type Occurrences = Extract<EventPage, { kind: "occurrences" }>;

/** The last occurrence of the page before, and how many from where this one is expanded were shown already. */
type Place = { readonly start: string; readonly key: readonly string[]; readonly seen: number };

export function listOccurrences(snapshot: Listed, window: EventWindow, { limit, cursor }: EventsQuery): Occurrences {
  const { zone } = window;
  const after = cursor === undefined ? undefined : readPlace(cursor);
  // Once all that goes on at the beginning of the window is shown, the rest begins where the page before ended.
  const isWithin = after !== undefined && after.start >= window.from;
  const seen = after?.seen ?? 0;
  const { occurrences, isPartial } = expand(
    { timezones: snapshot.timezones, events: snapshot.events, timeZone: snapshot.properties.timeZone },
    {
      from: isWithin ? after.start : window.from,
      to: window.to,
      rule: isWithin ? "starts" : "overlaps",
      limit: limit + seen + 1,
      floating: zone.id,
    },
  );
  const rest = after === undefined ? occurrences : occurrences.filter((one) => compareKeys(keyOf(one), after.key) > 0);
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  return {
    kind: "occurrences",
    from: window.from,
    to: window.to,
    zone: zone.id,
    items: shown.map(viewerOf(snapshot, window)),
    isPartial,
    ...(last === undefined ? {} : { cursor: writePlace(placeAfter(last, shown, after, window)) }),
  };
}

function placeAfter(
  last: ListedOccurrence,
  shown: readonly ListedOccurrence[],
  after: Place | undefined,
  { from }: EventWindow,
): Place {
  const key = keyOf(last);
  const start = last.startUtc;
  const isWithin = instantOf(start) >= from;
  const isSame = after !== undefined && (isWithin ? after.start === instantOf(start) : true);
  const own = isWithin ? shown.filter(({ startUtc }) => startUtc === start).length : shown.length;
  return { start: instantOf(start), key, seen: own + (isSame ? after.seen : 0) };
}

/** As a window's: with milliseconds. */
function instantOf(startUtc: string): string {
  return startUtc.replace(/Z$/u, ".000Z");
}

/** In the order of an expansion. */
function keyOf({ startUtc, uid, endUtc, recurrenceId = "" }: ListedOccurrence): readonly string[] {
  return [startUtc, uid, endUtc, recurrenceId];
}

function compareKeys(one: readonly string[], other: readonly string[]): number {
  for (const [at, part] of one.entries()) {
    const against = other[at] ?? "";
    if (part !== against) return part < against ? -1 : 1;
  }
  return 0;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u;

function writePlace({ key, seen }: Place): string {
  return writeEventCursor([...key, String(seen)]);
}

function readPlace(cursor: string): Place {
  const [start = "", uid = "", end = "", recurrenceId = "", seen] = readEventCursor(cursor, [
    INSTANT,
    /^/u,
    INSTANT,
    /^/u,
    /^\d{1,6}$/u,
  ]);
  return { start: instantOf(start), key: [start, uid, end, recurrenceId], seen: Number(seen) };
}

function viewerOf({ events }: Listed, { zone }: EventWindow): (occurrence: ListedOccurrence) => OccurrenceView {
  const texts = new Map(events.map(({ uid, recurrenceId = "", text }) => [`${uid}\n${recurrenceId}`, text]));
  const dateIn = (instant: string): string => {
    const ms = Date.parse(instant);
    return new Date(ms + zone.offsetAt(ms)).toISOString().slice(0, 10);
  };
  return ({ uid, recurrenceId, startUtc: start, endUtc: end, allDay }) => {
    const text = texts.get(`${uid}\n${recurrenceId ?? ""}`) ?? texts.get(`${uid}\n`);
    return {
      uid,
      ...(recurrenceId === undefined ? {} : { recurrenceId }),
      start,
      end,
      allDay,
      ...(allDay ? { startDate: dateIn(start), endDate: dateIn(end) } : {}),
      ...(text === undefined ? {} : wordsOf(readComponent(text))),
    };
  };
}
