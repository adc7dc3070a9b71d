/** Occurrences of a calendar within a window: series with their overrides, bounded in count, window and work. */
import { readComponent } from "./component.ts";
import { readTimes } from "./event-times.ts";
import type { EventTimes } from "./event-times.ts";
import type { Work } from "./rule-library.ts";
import { writeRecurrenceId } from "./recurrence-id.ts";
import type { Moment } from "./moment.ts";
import { expandMaster } from "./overridden-series.ts";
import type { RuledWindow } from "./overridden-series.ts";
import { occurrenceAt } from "./series.ts";
import type { Clock, Occurrence } from "./series.ts";
import { midnightOf } from "./wall.ts";
import { UTC } from "./zone.ts";
import { knownZone, makeZones } from "./zones.ts";
import type { Zones } from "./zones.ts";

/** What a snapshot holds of a calendar. */
export type ExpandableCalendar = {
  readonly timezones: readonly { readonly text: string }[];
  readonly events: readonly {
    readonly uid: string;
    readonly text: string;
    /** The UID that the list shows, where that is another. */
    readonly listedUid?: string | undefined;
  }[];
  /** X-WR-TIMEZONE: the zone of floating times and dates. */
  readonly timeZone?: string | undefined;
};

export type ExpandWindow = {
  /** UTC ISO instants; an occurrence belongs to the window if its start lies in [from, to). */
  readonly from: string;
  readonly to: string;
  /** `overlaps`: one that began before `from` and goes on after it belongs to it, too. */
  readonly rule?: "starts" | "overlaps";
  /** Occurrences listed at most; `total` counts all. */
  readonly limit: number;
  /** Zone of floating times and dates, before the calendar's own. */
  readonly floating?: string | undefined;
};

export type ListedOccurrence = {
  readonly uid: string;
  /** Of an occurrence that recurs, as in SnapshotEvent. */
  readonly recurrenceId?: string;
  readonly startUtc: string;
  readonly endUtc: string;
  readonly allDay: boolean;
};

export type Expansion = {
  readonly occurrences: readonly ListedOccurrence[];
  readonly total: number;
  /** More than `limit`, or more than an expansion may cost. */
  readonly capped: boolean;
  /** Whether it would have cost more than an expansion may: some occurrences were not found. */
  readonly isPartial: boolean;
};

const FIRST_MS = midnightOf(1, 1, 1);
const END_MS = midnightOf(10_000, 1, 1);
/** Times that one expansion may make; below a second, also on a busy machine. */
const WORK = 150_000;

/** `series` is the master or the override that an occurrence comes from, where it recurs. */
type Found = { readonly uid: string; readonly occurrence: Occurrence; readonly series: EventTimes | undefined };

export function expand(calendar: ExpandableCalendar, window: ExpandWindow): Expansion {
  const zones = makeZones(calendar.timezones.map(({ text }) => readComponent(text)));
  const clock = clockOf(zones, window.floating ?? calendar.timeZone);
  const instants = { fromMs: readInstant(window.from), toMs: readInstant(window.to), rule: window.rule ?? "starts" };
  const work: Work = { left: WORK };
  const found = new FirstFound(window.limit);
  let state: "whole" | "partial" = "whole";
  for (const [uid, events] of Map.groupBy(calendar.events, (event) => event.uid)) {
    const members = events.map(({ text }) => timesOf(text)).filter((times) => times !== undefined);
    if (expandGroup(events[0]?.listedUid ?? uid, members, clock, instants, work, found) === "partial") state = "partial";
  }
  return {
    occurrences: found.list().map((each) => list(each, zones)),
    total: found.total,
    capped: found.total > window.limit || state === "partial",
    isPartial: state === "partial",
  };
}

/** Counts all and holds the first ones: what a window contains may be far more than memory should. */
class FirstFound {
  total = 0;
  readonly #limit: number;
  #found: Found[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(found: Found): void {
    if (!isWritable(found)) return;
    this.total += 1;
    this.#found.push(found);
    if (this.#found.length > 4 * this.#limit + 1000) this.#found = this.list();
  }

  list(): Found[] {
    return this.#found.toSorted(compareFound).slice(0, this.#limit);
  }
}

/** An unknown zone is read as floating time: the event says so itself (zoneUnknown). */
export function clockOf(zones: Zones, floating: string | undefined): Clock {
  const zone = (floating === undefined ? undefined : (zones.resolve(floating) ?? knownZone(floating))) ?? UTC;
  return { zoneOf: (moment) => (moment.kind === "zoned" ? (zones.resolve(moment.tzid) ?? zone) : zone) };
}

function isWithin({ startMs, endMs }: Occurrence, { fromMs, toMs, rule }: RuledWindow): boolean {
  return startMs < toMs && (startMs >= fromMs || (rule === "overlaps" && endMs > fromMs));
}

function timesOf(text: string): EventTimes | undefined {
  const reading = readTimes(readComponent(text));
  return "times" in reading ? reading.times : undefined;
}

function expandGroup(
  uid: string,
  members: readonly EventTimes[],
  clock: Clock,
  window: RuledWindow,
  work: Work,
  found: FirstFound,
): "whole" | "partial" {
  const masters = members.filter(({ recurrenceId }) => recurrenceId === undefined);
  const overrides = members.filter(({ recurrenceId }) => recurrenceId !== undefined);
  let state: "whole" | "partial" = "whole";
  for (const times of masters) {
    const series = expandMaster(times, overrides, clock, window, work);
    for (const occurrence of series.occurrences) {
      if (isWithin(occurrence, window)) found.add({ uid, occurrence, series: recurs(times) ? times : undefined });
    }
    if (series.state === "partial") state = "partial";
  }
  for (const times of overrides) {
    const occurrence = occurrenceAt(times, times.start, times.extent, clock);
    if (isWithin(occurrence, window)) found.add({ uid, occurrence, series: times });
  }
  return state;
}

function recurs(times: EventTimes): boolean {
  return times.rules.length > 0 || times.dates.length > 0;
}

function idOf({ start, recurrenceId }: EventTimes, { wallMs, originalMs }: Occurrence): Moment {
  if (recurrenceId !== undefined) return recurrenceId;
  return start.kind === "date" || start.kind === "floating" ? { ...start, wallMs } : { kind: "utc", wallMs: originalMs };
}

/** RFC 5545 3.3.4: a year has four digits. */
function isWritable({ occurrence }: Found): boolean {
  return occurrence.startMs >= FIRST_MS && occurrence.endMs < END_MS;
}

function compareFound(a: Found, b: Found): number {
  const byStart = a.occurrence.startMs - b.occurrence.startMs;
  if (byStart !== 0) return byStart;
  if (a.uid !== b.uid) return a.uid < b.uid ? -1 : 1;
  return a.occurrence.endMs - b.occurrence.endMs || a.occurrence.originalMs - b.occurrence.originalMs;
}

function list({ uid, occurrence, series }: Found, zones: Zones): ListedOccurrence {
  const { startMs, endMs, allDay } = occurrence;
  const listed = { uid, startUtc: writeInstant(startMs), endUtc: writeInstant(endMs), allDay };
  return series === undefined ? listed : { ...listed, recurrenceId: writeRecurrenceId(idOf(series, occurrence), zones) };
}

/** `2026-05-06T01:00:00Z`. */
function writeInstant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/u, "Z");
}

/** Date.parse wants a sign and six digits from the year 10000 on. */
function readInstant(text: string): number {
  return Date.parse(text.replace(/^(\d{5,6})-/u, (_, year: string) => `+${year.padStart(6, "0")}-`));
}
