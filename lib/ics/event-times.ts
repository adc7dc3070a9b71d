/** When an event happens: its start, length, recurrence and identity in its series, read from the properties of a VEVENT. */
import { propertiesOf, propertyOf } from "./component.ts";
import type { Component } from "./component.ts";
import { parameterOf } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { readDuration } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { momentOf, readMoment, tzidOf } from "./moment.ts";
import type { Moment } from "./moment.ts";
import type { Fault } from "./problem.ts";
import { addNote, shown } from "./problem.ts";
import { readRule } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** End of an occurrence: a time of its own, or a length from its start. */
export type Extent = { readonly end: Moment } | { readonly duration: Duration } | undefined;

export type RecurrenceDate = { readonly start: Moment; readonly extent: Extent };

export type EventTimes = {
  readonly start: Moment;
  readonly extent: Extent;
  readonly rules: readonly Rule[];
  readonly exceptionRules: readonly Rule[];
  readonly dates: readonly RecurrenceDate[];
  readonly exceptions: readonly Moment[];
  readonly recurrenceId: Moment | undefined;
  readonly range: "one" | "this-and-future";
};

/** The times, what was left out of them, or why they cannot be read. */
export type TimesReading = { readonly times: EventTimes; readonly notes: readonly Fault[] } | Fault;

/** vCalendar 1.0: `D2 #10`, `W1 MO TU 20261231T000000`, `MP1 2+ TU #5`; other readers keep such an event without its rule. */
const VCALENDAR_RULE = /^\s*(?:D|W|MP|MD|YM|YD|M)\d+(?:\s|$)/iu;

export function readTimes(event: Component): TimesReading {
  const start = readStart(event);
  if ("code" in start) return start;
  const identity = readIdentity(event, start);
  if ("code" in identity) return identity;
  const notes: Fault[] = [];
  const rules = readRules(event, "RRULE", notes);
  if ("code" in rules) return rules;
  const exceptionRules = readRules(event, "EXRULE", notes);
  if ("code" in exceptionRules) return exceptionRules;
  const times: EventTimes = {
    start,
    extent: readExtent(event, notes),
    rules,
    exceptionRules,
    dates: readDates(event, start, notes),
    exceptions: readExceptions(event, start, notes),
    ...identity,
  };
  return { times, notes };
}

function readStart(event: Component): Moment | Fault {
  const line = propertyOf(event, "DTSTART");
  if (line === undefined) return { code: "dtstart-missing", reason: "the event has no DTSTART" };
  const start = readMoment(line, line.value);
  return start ?? { code: "dtstart-invalid", reason: `DTSTART is ${shown(line.value)}, expected a date or a date-time` };
}

function readIdentity(event: Component, start: Moment): Pick<EventTimes, "recurrenceId" | "range"> | Fault {
  const line = propertyOf(event, "RECURRENCE-ID");
  if (line === undefined) return { recurrenceId: undefined, range: "one" };
  const recurrenceId = readMoment(line, line.value);
  if (recurrenceId === undefined) {
    return { code: "recurrence-id-invalid", reason: `RECURRENCE-ID is ${shown(line.value)}, expected a date or a date-time` };
  }
  const isRange = parameterOf(line, "RANGE")?.trim().toUpperCase() === "THISANDFUTURE";
  return { recurrenceId: inZoneOf(start, recurrenceId), range: isRange ? "this-and-future" : "one" };
}

function readRules(event: Component, name: "RRULE" | "EXRULE", notes: Fault[]): readonly Rule[] | Fault {
  const rules: Rule[] = [];
  for (const { value } of propertiesOf(event, name)) {
    if (value.trim() === "") continue;
    const rule = readRule(value);
    if (!("code" in rule)) rules.push(rule);
    else if (VCALENDAR_RULE.test(value))
      addNote(notes, { ...rule, reason: `${rule.reason}; it is in the form of vCalendar 1.0 and left out` });
    else return rule;
  }
  return rules;
}

/** A time of a zoned series that names no zone is meant in the series' zone; RFC 5545 wants it to say so. */
export function inZoneOf(start: Moment, moment: Moment): Moment {
  return moment.kind === "floating" && start.kind !== "date" ? { ...start, wallMs: moment.wallMs } : moment;
}

function readExtent(event: Component, notes: Fault[]): Extent {
  const endLine = propertyOf(event, "DTEND");
  if (endLine !== undefined) {
    const end = readMoment(endLine, endLine.value);
    if (end !== undefined) return { end };
    notes.push({ code: "dtend-invalid", reason: `DTEND is ${shown(endLine.value)}, expected a date or a date-time; left out` });
  }
  const durationLine = propertyOf(event, "DURATION");
  if (durationLine === undefined) return undefined;
  const duration = readDuration(durationLine.value);
  if (duration !== undefined) return { duration };
  notes.push({
    code: "duration-invalid",
    reason: `DURATION is ${shown(durationLine.value)}, expected a duration such as PT1H; left out`,
  });
  return undefined;
}

function readDates(event: Component, start: Moment, notes: Fault[]): readonly RecurrenceDate[] {
  return propertiesOf(event, "RDATE").flatMap((line) =>
    valuesOf(line).flatMap((value) => {
      const date = readRecurrenceDate(line, value);
      if (date === undefined)
        addNote(notes, {
          code: "rdate-invalid",
          reason: `RDATE has ${shown(value)}, expected a date-time or a period; left out`,
        });
      return date === undefined ? [] : [{ ...date, start: inZoneOf(start, date.start) }];
    }),
  );
}

function readRecurrenceDate(line: ContentLine, value: string): RecurrenceDate | undefined {
  const [startText = "", endText] = value.split("/");
  const start = readMoment(line, startText);
  if (start === undefined) return undefined;
  if (endText === undefined) return { start, extent: undefined };
  const end = momentOf(endText, tzidOf(line));
  const duration = readDuration(endText);
  if (end !== undefined) return { start, extent: { end } };
  return duration === undefined ? undefined : { start, extent: { duration } };
}

function readExceptions(event: Component, start: Moment, notes: Fault[]): readonly Moment[] {
  return propertiesOf(event, "EXDATE").flatMap((line) =>
    valuesOf(line).flatMap((value) => {
      const moment = readMoment(line, value);
      if (moment === undefined)
        addNote(notes, {
          code: "exdate-invalid",
          reason: `EXDATE has ${shown(value)}, expected a date or a date-time; left out`,
        });
      return moment === undefined ? [] : [inZoneOf(start, moment)];
    }),
  );
}

function valuesOf(line: ContentLine): readonly string[] {
  return line.value
    .split(/[,;]/u)
    .map((value) => value.trim())
    .filter((value) => value !== "");
}
