/** A VEVENT as snapshots keep it: values repaired where their meaning is clear, the rest as the source wrote it. */
import type { Component } from "./component.ts";
import type { ContentLine } from "./content-line.ts";
import type { EventTimes, RecurrenceDate } from "./event-times.ts";
import { momentLine, writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { writeRule } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Written from what was read; of DTSTART and the like only the first counts, RFC 5545 3.6.1. */
const TIMES = new Set(["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "EXRULE", "RDATE", "EXDATE"]);
/** The stored revision has these beside the text. */
const REVISION = new Set(["DTSTAMP", "LAST-MODIFIED", "SEQUENCE"]);

export function normalForm(event: Component, times: EventTimes, uid: string): Component {
  const others = event.properties.filter(({ name }) => name !== "UID" && !TIMES.has(name) && !REVISION.has(name));
  return {
    name: "VEVENT",
    properties: [{ name: "UID", parameters: [], value: uid }, ...timeLines(event, times), ...others],
    components: event.components.map(withoutStamp),
  };
}

function withoutStamp(component: Component): Component {
  return {
    name: component.name,
    properties: component.properties.filter(({ name }) => name !== "DTSTAMP"),
    components: component.components.map(withoutStamp),
  };
}

function timeLines(event: Component, times: EventTimes): ContentLine[] {
  const sourceLine = (name: string): ContentLine =>
    event.properties.find((line) => line.name === name) ?? { name, parameters: [], value: "" };
  const one = (name: string, moment: Moment | undefined): ContentLine[] =>
    moment === undefined ? [] : [momentLine(sourceLine(name), [moment])];
  const { extent } = times;
  return [
    ...one("DTSTART", times.start),
    ...(extent !== undefined && "end" in extent ? one("DTEND", extent.end) : []),
    ...(extent !== undefined && "duration" in extent
      ? [{ ...sourceLine("DURATION"), value: sourceLine("DURATION").value.trim() }]
      : []),
    ...one("RECURRENCE-ID", times.recurrenceId),
    ...ruleLines("RRULE", times.rules),
    ...ruleLines("EXRULE", times.exceptionRules),
    ...dateLines(times.dates),
    ...momentLines("EXDATE", times.exceptions),
  ];
}

function ruleLines(name: string, rules: readonly Rule[]): ContentLine[] {
  return rules.map((rule) => ({ name, parameters: [], value: writeRule(rule) }));
}

function dateLines(dates: readonly RecurrenceDate[]): ContentLine[] {
  const plain = dates.filter(({ extent }) => extent === undefined).map(({ start }) => start);
  const periods = dates.flatMap(({ start, extent }) => (extent === undefined ? [] : [periodLine(start, extent)]));
  return [...momentLines("RDATE", plain), ...periods];
}

function periodLine(start: Moment, extent: NonNullable<RecurrenceDate["extent"]>): ContentLine {
  const line = momentLine({ name: "RDATE", parameters: [], value: "" }, [start]);
  const end = "end" in extent ? writeMoment(extent.end) : writeDuration(extent.duration.nominalMs, extent.duration.exactMs);
  const parameters = [{ name: "VALUE", values: ["PERIOD"] }, ...line.parameters.filter(({ name }) => name === "TZID")];
  return { name: "RDATE", parameters, value: `${line.value}/${end}` };
}

function writeDuration(nominalMs: number, exactMs: number): string {
  const days = nominalMs === 0 ? "" : `${nominalMs / 86_400_000}D`;
  const time = exactMs === 0 && days !== "" ? "" : `T${exactMs / 1000}S`;
  return `P${days}${time}`;
}

/** One line for each type and zone, as VALUE and TZID hold for a whole line. */
function momentLines(name: string, moments: readonly Moment[]): ContentLine[] {
  const groups = Map.groupBy(moments, (moment) => (moment.kind === "zoned" ? `zoned ${moment.tzid}` : moment.kind));
  return [...groups.values()].map((group) => momentLine({ name, parameters: [], value: "" }, group));
}
