/** Reads what an agenda shows of a VEVENT, where that is plain; series, durations and odd zones are left to Calferry. Pure. */

export type Entry = {
  readonly uid: string;
  readonly summary: string;
  /** A UTC instant, or a date of an all-day event. */
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
  readonly allDay: boolean;
};
type Property = { readonly zone: string | undefined; readonly value: string };

/** Name, parameters (a quoted one may hold a colon), value. */
const LINE = /^([A-Z-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)$/u;
const TIME = /^(\d{8})(?:T(\d{6})(Z?))?$/u;
const DATE = /(\d{4})(\d\d)(\d\d)/u;
const CLOCK = /(\d\d)(\d\d)(\d\d)/u;
const SERIES = ["RRULE", "RDATE", "DURATION", "RECURRENCE-ID"];
const ZONES = new Set(Intl.supportedValuesOf("timeZone"));
const DAY_MS = 86_400_000;

/** `not-plain` where the text alone does not say it; `nothing` for a cancelled event. */
export function readEvent(text: string): Entry | "not-plain" | "nothing" {
  const properties = propertiesIn(text);
  if (SERIES.some((name) => properties.has(name))) return "not-plain";
  if (properties.get("STATUS")?.value === "CANCELLED") return "nothing";
  const times = timesOf(properties.get("DTSTART"), properties.get("DTEND"));
  if (times === undefined) return "not-plain";
  const [uid, summary] = [properties.get("UID")?.value ?? "", unescaped(properties.get("SUMMARY")?.value ?? "")];
  return { uid, summary, ...times };
}

function propertiesIn(text: string): Map<string, Property> {
  const properties = new Map<string, Property>();
  // RFC 5545 3.6.1: alarms come after the event's own properties, and have names in common with them.
  const [own = ""] = text.slice("BEGIN:VEVENT\n".length).split("\nBEGIN:", 1);
  for (const line of own.split("\n")) {
    const [, name = "", parameters = "", value = ""] = LINE.exec(line) ?? [];
    properties.set(name, { zone: /;TZID=([^;:]+)/u.exec(parameters)?.[1], value });
  }
  return properties;
}

function timesOf(start: Property | undefined, end: Property | undefined): Pick<Entry, "start" | "end" | "allDay"> | undefined {
  const startsAt = start === undefined ? undefined : instantIn(start);
  const endsAt = end === undefined ? startsAt : instantIn(end);
  if (startsAt === undefined || endsAt === undefined) return undefined;
  const allDay = start?.value.length === "20260506".length;
  if (!allDay) return { start: startsAt, end: endsAt, allDay };
  // RFC 5545 3.6.1: a date without an end is that day.
  const after = end === undefined ? new Date(Date.parse(startsAt) + DAY_MS).toISOString() : endsAt;
  return { start: startsAt.slice(0, 10), end: after.slice(0, 10), allDay };
}

/** Midnight of a date, or a local time, of the zone as a UTC instant in milliseconds. */
export function instantOf(wallMs: number, zone: string): number {
  const guess = wallMs - offsetAt(wallMs, zone);
  return wallMs - offsetAt(guess, zone);
}

/** Undefined for floating times and for zones that this runtime does not know. */
function instantIn({ zone, value }: Property): string | undefined {
  const [, date, time, utc] = TIME.exec(value) ?? [];
  if (date === undefined) return undefined;
  const wallMs = Date.parse(`${date.replace(DATE, "$1-$2-$3")}T${(time ?? "000000").replace(CLOCK, "$1:$2:$3")}Z`);
  if (Number.isNaN(wallMs)) return undefined;
  if (time === undefined || utc === "Z") return new Date(wallMs).toISOString();
  if (zone === undefined || !ZONES.has(zone)) return undefined;
  return new Date(instantOf(wallMs, zone)).toISOString();
}

/** Milliseconds that the zone's clocks are ahead of UTC. */
function offsetAt(instantMs: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const name = format.formatToParts(instantMs).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/u.exec(name) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** RFC 5545 3.3.11. */
function unescaped(value: string): string {
  return value.replaceAll(/\\([\\;,nN])/gu, (_, escaped: string) => (escaped.toLowerCase() === "n" ? "\n" : escaped));
}
