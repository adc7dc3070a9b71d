/** Occurrences of a part as rows: each with the words of the event, or of the override, that it comes from. */
import type { DownloadColumn, DownloadSource, SheetCell } from "../contract/download.ts";
import { propertiesOf, propertyOf, readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { readTimes } from "../ics/event-times.ts";
import { expand } from "../ics/expand.ts";
import type { ListedOccurrence } from "../ics/expand.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { writeRecurrenceId } from "../ics/recurrence-id.ts";
import { DAY_MS } from "../ics/wall.ts";
import { UTC } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";
import { knownZone, makeZones } from "../ics/zones.ts";
import type { Zones } from "../ics/zones.ts";
import { tooLarge } from "./download-plan.ts";
import type { TooLarge } from "./download-plan.ts";

export type Row = {
  readonly occurrence: ListedOccurrence;
  readonly words: Words;
  /** Zone that the times are shown in: of a day the one it was read in. */
  readonly zone: Zone;
};
type Words = Readonly<Record<"title" | "location" | "description" | "status" | "categories" | "url", string>>;

/** Far above what a part is meant to have; a single day may have more than that. */
const MOST_ROWS = 40_000;

export function rowsOf(source: DownloadSource, zoneName: string): readonly Row[] | TooLarge {
  const { from = "", to = "", floating, timezones, events } = source;
  const expansion = expand({ timezones, events }, { from, to, limit: MOST_ROWS, floating });
  if (expansion.capped) return tooLarge(`the days from ${from} have over ${expansion.total} occurrences in one part`, MOST_ROWS);
  const zones = makeZones(timezones.map(({ text }) => readComponent(text)));
  const wordsOf = findWords(events, zones);
  const zone = ianaZone(zoneName) ?? UTC;
  const dayZone = zones.resolve(floating) ?? knownZone(floating) ?? UTC;
  return expansion.occurrences.map((occurrence) => ({
    occurrence,
    words: wordsOf(occurrence),
    zone: occurrence.allDay ? dayZone : zone,
  }));
}

type Series = {
  master: Words;
  readonly own: Map<string, Words>;
  readonly ranges: { readonly id: string; readonly words: Words }[];
};

const NONE: Words = { title: "", location: "", description: "", status: "", categories: "", url: "" };

/** An occurrence's own override, else the newest change of "this and future", else the series. */
function findWords(events: DownloadSource["events"], zones: Zones): (occurrence: ListedOccurrence) => Words {
  const all = new Map<string, Series>();
  for (const { uid, text } of events) {
    const event = readComponent(text);
    const reading = readTimes(event);
    if (!("times" in reading)) continue;
    const series: Series = all.get(uid) ?? { master: NONE, own: new Map(), ranges: [] };
    all.set(uid, series);
    const { recurrenceId, range } = reading.times;
    if (recurrenceId === undefined) {
      series.master = wordsIn(event);
      continue;
    }
    const id = writeRecurrenceId(recurrenceId, zones);
    series.own.set(id, wordsIn(event));
    if (range === "this-and-future") series.ranges.push({ id, words: wordsIn(event) });
  }
  for (const { ranges } of all.values()) ranges.sort((a, b) => (a.id < b.id ? -1 : 1));
  return ({ uid, recurrenceId }) => {
    const series = all.get(uid);
    if (series === undefined || recurrenceId === undefined) return series?.master ?? NONE;
    return series.own.get(recurrenceId) ?? series.ranges.findLast(({ id }) => id <= recurrenceId)?.words ?? series.master;
  };
}

function wordsIn(event: Component): Words {
  const textOf = (name: string): string => unescapeText(propertyOf(event, name)?.value ?? "");
  return {
    title: textOf("SUMMARY"),
    location: textOf("LOCATION"),
    description: textOf("DESCRIPTION"),
    status: textOf("STATUS"),
    categories: unescapeText(
      propertiesOf(event, "CATEGORIES")
        .map(({ value }) => value)
        .join(","),
    ),
    url: propertyOf(event, "URL")?.value ?? "",
  };
}

/** For people: times of the zone; the end of an all-day event is its last day. */
export function cellsOf({ occurrence, words, zone }: Row, columns: readonly DownloadColumn[]): SheetCell[] {
  const { allDay, uid, recurrenceId = "" } = occurrence;
  const [start, end] = [wallOf(occurrence.startUtc, zone), wallOf(occurrence.endUtc, zone)];
  const last = allDay ? Math.max(start, end - DAY_MS) : end;
  const cells = {
    start: { wallMs: start, isDay: allDay },
    end: { wallMs: last, isDay: allDay },
    allDay,
    uid,
    recurrenceId,
    ...words,
  } satisfies Record<DownloadColumn, SheetCell>;
  return columns.map((column) => cells[column]);
}

/** For programs: RFC 3339 with the zone's offset, days as days, ends exclusive as RFC 5545 has them. */
export function jsonOf({ occurrence, words, zone }: Row, columns: readonly DownloadColumn[]): string {
  const { allDay, uid, recurrenceId } = occurrence;
  const timeOf = (utc: string): string => (allDay ? isoWall(utc, zone).slice(0, "2026-05-06".length) : withOffset(utc, zone));
  const values = {
    start: timeOf(occurrence.startUtc),
    end: timeOf(occurrence.endUtc),
    allDay,
    uid,
    recurrenceId,
    ...words,
  } satisfies Record<DownloadColumn, string | boolean | undefined>;
  return JSON.stringify(Object.fromEntries(columns.map((column) => [column, values[column]])));
}

function wallOf(utc: string, zone: Zone): number {
  const instantMs = Date.parse(utc);
  return instantMs + zone.offsetAt(instantMs);
}

function isoWall(utc: string, zone: Zone): string {
  return new Date(wallOf(utc, zone)).toISOString().slice(0, "2026-05-06T01:00:00".length);
}

function withOffset(utc: string, zone: Zone): string {
  const minutes = Math.round(zone.offsetAt(Date.parse(utc)) / 60_000);
  if (minutes === 0) return `${isoWall(utc, zone)}Z`;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${isoWall(utc, zone)}${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}
