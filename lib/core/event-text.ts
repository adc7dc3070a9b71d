/** An event given as JSON to the VEVENTs that it stands for: the engine reads them like every other source's. */
import type { EventInput, EventOverride } from "../contract/event-input.ts";
import { writeComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { escapeText } from "../ics/content-line.ts";
import type { ContentLine } from "../ics/content-line.ts";
import { momentLine, momentOf } from "../ics/moment.ts";
import type { Moment } from "../ics/moment.ts";
import { shown } from "./refusals.ts";

/** What is wrong with an event that was put. */
export type EventFault = { readonly detail: string; readonly seen: string; readonly wanted: string };

type Fields = EventInput | EventOverride;

const TIME_NAMES = { date: "a date", floating: "a local time", zoned: "a local time", utc: "a UTC instant" } as const;

/** VCALENDAR with the master and its overrides. Whether zones and rules mean something is found by reading it. */
export function eventText(input: EventInput, uid: string): string | EventFault {
  const wrongUid = uidFault(input, uid);
  if (wrongUid !== undefined) return wrongUid;
  const master = readTimes(input);
  if ("detail" in master) return master;
  const parts = [component(input, master, uid, seriesLines(input, master.start))];
  for (const override of input.overrides ?? []) {
    const times = readTimes(override);
    if ("detail" in times) return times;
    const recurrenceId = momentOf(override.recurrenceId, input.zone);
    if (recurrenceId?.kind !== master.start.kind)
      return fault("overrides.recurrenceId", override.recurrenceId, `${TIME_NAMES[master.start.kind]} as the series' start`);
    parts.push(component(override, times, uid, [momentLine(plain("RECURRENCE-ID", ""), [recurrenceId])]));
  }
  const dates = [...(input.rdate ?? []), ...(input.exdate ?? [])];
  const wrong = dates.find((date) => momentOf(date, input.zone)?.kind !== master.start.kind);
  if (wrong !== undefined) return fault("rdate or exdate", wrong, `${TIME_NAMES[master.start.kind]} as start`);
  return ["BEGIN:VCALENDAR", ...parts.map(writeComponent), "END:VCALENDAR"].join("\n");
}

/** What would have to be escaped in the text would be another UID there. */
function uidFault(input: EventInput, uid: string): EventFault | undefined {
  if (input.uid !== undefined && input.uid !== uid) return fault("uid", input.uid, `${shown(uid)} as the address says`);
  return /[\\;,\p{Cc}]/u.test(uid)
    ? fault("uid", uid, "one without backslash, semicolon, comma and control characters")
    : undefined;
}

type Times = { readonly start: Moment; readonly end: Moment | undefined };

function readTimes(fields: Fields): Times | EventFault {
  const { start: text, zone, allDay } = fields;
  const start = momentOf(text, zone);
  if (start === undefined) return fault("start", text, "a day and time that exist");
  const form = TIME_NAMES[start.kind];
  if (allDay !== undefined && allDay !== (start.kind === "date"))
    return fault("allDay", String(allDay), `${String(!allDay)}, for start is ${form}`);
  if (zone !== undefined && !isLocal(text)) return fault("zone", zone, `no zone, for start is ${form}`);
  const end = readEnd(fields, start);
  return end !== undefined && "detail" in end ? end : { start, end };
}

function readEnd(
  { start: startText, end: text, zone, endZone, duration }: Fields,
  start: Moment,
): Moment | EventFault | undefined {
  if (text === undefined) return endZone === undefined ? undefined : fault("endZone", endZone, "an end that it is the zone of");
  if (duration !== undefined) return fault("duration", duration, "either end or duration");
  if (endZone !== undefined && !isLocal(text)) return fault("endZone", endZone, "no zone, for end is no local time");
  const end = momentOf(text, endZone ?? zone);
  const isSameForm = end !== undefined && (endZone === undefined ? end.kind === start.kind : start.kind === "zoned");
  if (!isSameForm) return fault("end", text, `${TIME_NAMES[start.kind]} as start`);
  if (end.wallMs < start.wallMs && endZone === undefined) return fault("end", text, `a time not before ${startText}`);
  return end;
}

function isLocal(time: string): boolean {
  return time.includes("T") && !time.endsWith("Z");
}

function seriesLines({ rrule, rdate, exdate, zone }: EventInput, start: Moment): ContentLine[] {
  const list = (name: string, dates: readonly string[] | undefined): ContentLine[] => {
    const moments = (dates ?? []).map((date) => momentOf(date, zone)).filter((moment) => moment?.kind === start.kind);
    const known = moments.filter((moment) => moment !== undefined);
    return known.length === 0 ? [] : [momentLine(plain(name, ""), known)];
  };
  return [...(rrule === undefined ? [] : [plain("RRULE", rrule)]), ...list("RDATE", rdate), ...list("EXDATE", exdate)];
}

function component(fields: Fields, { start, end }: Times, uid: string, series: readonly ContentLine[]): Component {
  const text = (name: string, value: string | undefined): ContentLine[] =>
    value === undefined ? [] : [plain(name, escapeText(value))];
  const word = (name: string, value: string | number | undefined): ContentLine[] =>
    value === undefined ? [] : [plain(name, String(value))];
  const { categories = [] } = fields;
  return {
    name: "VEVENT",
    properties: [
      plain("UID", uid),
      momentLine(plain("DTSTART", ""), [start]),
      ...(end === undefined ? [] : [momentLine(plain("DTEND", ""), [end])]),
      ...word("DURATION", fields.duration),
      ...series,
      ...text("SUMMARY", fields.summary),
      ...text("DESCRIPTION", fields.description),
      ...text("LOCATION", fields.location),
      ...word("STATUS", fields.status),
      ...word("TRANSP", fields.transp),
      ...word("CLASS", fields.class),
      ...(categories.length === 0 ? [] : [plain("CATEGORIES", categories.map(escapeText).join(","))]),
      ...word("PRIORITY", fields.priority),
      ...word("URL", fields.url),
    ],
    components: [],
  };
}

function plain(name: string, value: string): ContentLine {
  return { name, parameters: [], value };
}

function fault(field: string, value: string, wanted: string): EventFault {
  const seen = shown(value);
  return { detail: `${field} is ${seen}, wanted ${wanted}`, seen, wanted };
}
