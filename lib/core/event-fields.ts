/** What a VEVENT says, in the words of this API. */
import { propertiesOf, propertyOf } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { parameterOf, unescapeText } from "../ics/content-line.ts";
import type { ContentLine } from "../ics/content-line.ts";
import { readMoment } from "../ics/moment.ts";
import type { Moment } from "../ics/moment.ts";

/** What an occurrence shows of its event. */
export type EventWords = {
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly status?: string;
  readonly transp?: string;
  readonly class?: string;
  readonly categories?: readonly string[];
};
export type EventHours = {
  readonly start: string;
  readonly end?: string;
  readonly duration?: string;
  readonly zone?: string;
  readonly endZone?: string;
  readonly allDay: boolean;
};

export function wordsOf(event: Component): EventWords {
  const categories = propertiesOf(event, "CATEGORIES").flatMap(({ value }) => splitList(value));
  return {
    ...text(event, "SUMMARY", "summary"),
    ...text(event, "DESCRIPTION", "description"),
    ...text(event, "LOCATION", "location"),
    ...text(event, "STATUS", "status"),
    ...text(event, "TRANSP", "transp"),
    ...text(event, "CLASS", "class"),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function text<Field extends string>(event: Component, name: string, field: Field): { readonly [Key in Field]?: string } {
  const line = propertyOf(event, name);
  const shown: { [Key in Field]?: string } = {};
  return line === undefined ? shown : Object.assign(shown, { [field]: unescapeText(line.value) });
}

/** RFC 5545 3.1.1: values with commas between, of which escaped ones are part of a value. */
function splitList(value: string): string[] {
  return (value.match(/(?:\\.|[^,\\])+/gu) ?? []).map((one) => unescapeText(one).trim()).filter((one) => one !== "");
}

export function hoursOf(event: Component): EventHours {
  const start = momentIn(event, "DTSTART");
  const end = momentIn(event, "DTEND");
  const duration = propertyOf(event, "DURATION")?.value;
  const zone = zoneIn(start);
  const endZone = zoneIn(end);
  return {
    start: start === undefined ? "" : writeTime(start),
    ...(end === undefined ? {} : { end: writeTime(end) }),
    ...(duration === undefined ? {} : { duration }),
    ...(zone === undefined ? {} : { zone }),
    ...(endZone === undefined || endZone === zone ? {} : { endZone }),
    allDay: start?.kind === "date",
  };
}

function zoneIn(moment: Moment | undefined): string | undefined {
  return moment?.kind === "zoned" ? moment.tzid : undefined;
}

function momentIn(event: Component, name: string): Moment | undefined {
  const line = propertyOf(event, name);
  return line === undefined ? undefined : readMoment(line, line.value);
}

/** `2026-05-06`, `2026-05-06T10:00:00` or `2026-05-06T10:00:00Z`. */
function writeTime(moment: Moment): string {
  const iso = new Date(moment.wallMs).toISOString();
  if (moment.kind === "date") return iso.slice(0, 10);
  return moment.kind === "utc" ? `${iso.slice(0, 19)}Z` : iso.slice(0, 19);
}

/** Values of EXDATE or RDATE; undefined where one of them is a period, which has no such form. */
export function datesOf(event: Component, name: "EXDATE" | "RDATE"): readonly string[] | undefined {
  const lines = propertiesOf(event, name);
  if (lines.some(isPeriod)) return undefined;
  return lines.flatMap((line) => line.value.split(",").flatMap((value) => readMoment(line, value) ?? [])).map(writeTime);
}

function isPeriod(line: ContentLine): boolean {
  return parameterOf(line, "VALUE")?.toUpperCase() === "PERIOD";
}
