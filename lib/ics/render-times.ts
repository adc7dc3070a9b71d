/** The times of an event as subscribers must get them: one type and zone for a whole series, and never another instant. */
import type { Component } from "./component.ts";
import { propertiesOf, propertyOf } from "./component.ts";
import { parameterOf } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { momentLine, momentOf, readMoment, tzidOf, writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { startOfDay } from "./wall.ts";
import { instantOf } from "./zone.ts";
import type { Zone } from "./zone.ts";

/** What the times of one member mean. */
export type TimeReader = {
  /** Undefined where nobody knows the zone. */
  readonly zoneOf: (tzid: string) => Zone | undefined;
  /** Zone to write floating times in, where the feed cannot say it in one place. */
  readonly floatingTzid?: string | undefined;
};

const LISTS = ["EXDATE", "RDATE"];
const TIMES = new Set(["DTSTART", "DTEND", "RECURRENCE-ID"]);
const RULES = new Set(["RRULE", "EXRULE"]);
/** Keeps the name of a zone that nobody knows. */
const UNKNOWN_ZONE = "X-CALFERRY-ZONE";

/**
 * The event with its times in order. EXDATE, RDATE and RECURRENCE-ID get the type and zone of the series' DTSTART, since Apple drops a series
 * where they differ; UNTIL is UTC where DTSTART has a zone, and a date where that is one. A time in a zone that nobody knows is
 * written floating, beside the zone's name: Outlook refuses a TZID without VTIMEZONE, and a VTIMEZONE made up by us would be a lie.
 */
export function writeTimes(event: Component, master: Component | undefined, reader: TimeReader): Component {
  const place = { reader, unknown: new Set<string>() };
  const series = startOf(master ?? event, reader);
  const properties = event.properties.flatMap((line): ContentLine[] => {
    if (RULES.has(line.name)) return [{ ...line, value: writeRule(line.value, series, reader) }];
    if (LISTS.includes(line.name)) return [];
    if (TIMES.has(line.name)) return [writeTime(line, series, place)];
    return [hasUnknownZone(line, reader) ? withoutZone(line) : line];
  });
  const lists = LISTS.flatMap((name) => writeList(name, event, series, place));
  const named = [...place.unknown].map((tzid) => ({ name: UNKNOWN_ZONE, parameters: [], value: tzid }));
  const others = properties.filter(({ name }) => name !== UNKNOWN_ZONE || named.length === 0);
  return { ...event, properties: [...others, ...lists, ...named] };
}

type Place = { readonly reader: TimeReader; readonly unknown: Set<string> };

function isPeriod(line: ContentLine): boolean {
  return parameterOf(line, "VALUE")?.toUpperCase() === "PERIOD";
}

function startOf(component: Component, reader: TimeReader): Moment | undefined {
  const line = propertyOf(component, "DTSTART");
  const moment = line === undefined ? undefined : readMoment(line, line.value);
  return moment === undefined ? undefined : placed(moment, { reader, unknown: new Set() });
}

/** In a zone that can be said in the feed. */
function placed(moment: Moment, { reader, unknown }: Place): Moment {
  if (moment.kind === "zoned" && reader.zoneOf(moment.tzid) === undefined) {
    unknown.add(moment.tzid);
    return { kind: "floating", wallMs: moment.wallMs };
  }
  if (moment.kind === "floating" && reader.floatingTzid !== undefined)
    return { ...moment, kind: "zoned", tzid: reader.floatingTzid };
  return moment;
}

function writeTime(line: ContentLine, series: Moment | undefined, place: Place): ContentLine {
  const read = readMoment(line, line.value);
  if (read === undefined) return line;
  const moment = placed(read, place);
  const typed = line.name === "RECURRENCE-ID" && series !== undefined ? typedAs(moment, series, place.reader) : moment;
  return momentLine(line, [typed]);
}

/** All values of EXDATE or RDATE, each once; one line for each type and zone, as VALUE and TZID hold for a whole line; periods last. */
function writeList(name: string, event: Component, series: Moment | undefined, place: Place): ContentLine[] {
  const all = propertiesOf(event, name);
  const lines = all.filter((line) => !isPeriod(line));
  const moments = lines.flatMap((line) => line.value.split(",").flatMap((value) => readMoment(line, value) ?? []));
  const typed = moments.map((moment) => {
    const own = placed(moment, place);
    if (series === undefined || (name === "RDATE" && isOtherType(own, series))) return own;
    return typedAs(own, series, place.reader);
  });
  const groups = Map.groupBy(typed, (moment) => (moment.kind === "zoned" ? `zoned ${moment.tzid}` : moment.kind));
  const plain = [...groups.values()].map((group) => momentLine({ name, parameters: [], value: "" }, unique(group)));
  return [...plain, ...all.filter(isPeriod).map((line) => writePeriods(line, place))];
}

/** A day more and a time more are different occurrences; EXDATE and RECURRENCE-ID only point at one. */
function isOtherType(moment: Moment, series: Moment): boolean {
  return (moment.kind === "date") !== (series.kind === "date");
}

function unique(moments: readonly Moment[]): Moment[] {
  return [...new Map(moments.map((moment) => [moment.wallMs, moment])).values()];
}

function typedAs(moment: Moment, series: Moment, reader: TimeReader): Moment {
  if (series.kind === "date") return { kind: "date", wallMs: startOfDay(moment.wallMs) };
  // A day stands for the occurrence on it.
  if (moment.kind === "date") return { ...series, wallMs: moment.wallMs + (series.wallMs - startOfDay(series.wallMs)) };
  if (moment.kind === "floating") return { ...series, wallMs: moment.wallMs };
  const instant = instantOfMoment(moment, reader);
  if (instant === undefined) return moment;
  if (series.kind === "utc") return { kind: "utc", wallMs: instant };
  const zone = series.kind === "zoned" ? reader.zoneOf(series.tzid) : undefined;
  if (zone === undefined) return moment;
  const wallMs = instant + zone.offsetAt(instant);
  // The second of two equal wall times cannot be said with a TZID.
  return instantOf(zone, wallMs) === instant ? { ...series, wallMs } : { kind: "utc", wallMs: instant };
}

function instantOfMoment(moment: Moment, reader: TimeReader): number | undefined {
  if (moment.kind === "utc") return moment.wallMs;
  const zone = moment.kind === "zoned" ? reader.zoneOf(moment.tzid) : undefined;
  return zone === undefined ? undefined : instantOf(zone, moment.wallMs);
}

/** A PERIOD keeps its type; only its zone must be one that can be said. */
function writePeriods(line: ContentLine, { reader, unknown }: Place): ContentLine {
  const tzid = tzidOf(line);
  if (!hasUnknownZone(line, reader)) return line;
  if (tzid !== undefined) unknown.add(tzid);
  return withoutZone(line);
}

function hasUnknownZone(line: ContentLine, reader: TimeReader): boolean {
  const tzid = tzidOf(line);
  return tzid !== undefined && reader.zoneOf(tzid) === undefined;
}

function withoutZone(line: ContentLine): ContentLine {
  return { ...line, parameters: line.parameters.filter(({ name }) => name !== "TZID") };
}

/** FREQ first, for Apple drops a series whose rule begins otherwise. */
function writeRule(text: string, series: Moment | undefined, reader: TimeReader): string {
  const parts = text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const isFrequency = (part: string): boolean => /^FREQ=/iu.test(part);
  const ordered = [...parts.filter(isFrequency), ...parts.filter((part) => !isFrequency(part))];
  return ordered.map((part) => writePart(part, series, reader)).join(";");
}

function writePart(part: string, series: Moment | undefined, reader: TimeReader): string {
  const [, value = ""] = /^UNTIL=(.*)$/iu.exec(part) ?? [];
  const until = momentOf(value);
  if (until === undefined || series === undefined) return part.toUpperCase();
  return `UNTIL=${writeMoment(untilFor(until, series, reader))}`;
}

/** RFC 5545 3.3.10: UNTIL has the type of DTSTART, and is UTC where that has a zone. */
function untilFor(until: Moment, series: Moment, reader: TimeReader): Moment {
  if (series.kind === "date") return { kind: "date", wallMs: startOfDay(until.wallMs) };
  // Readers differ on whether a date includes its day; left as it is, each reads what it would read at the source.
  if (until.kind !== "floating" || series.kind === "floating") return until;
  const instant = instantOfMoment({ ...series, wallMs: until.wallMs }, reader);
  return instant === undefined ? until : { kind: "utc", wallMs: instant };
}
