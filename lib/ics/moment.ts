/** DATE and DATE-TIME values, RFC 5545 3.3.4 and 3.3.5, read with the tolerance that real feeds need. */
import { parameterOf } from "./content-line.ts";
import type { ContentLine } from "./content-line.ts";
import { HOUR_MS, MINUTE_MS, wallOf, writeDay, writeWall } from "./wall.ts";

export type Moment =
  /** A day; `wallMs` is its midnight. */
  | { readonly kind: "date"; readonly wallMs: number }
  | { readonly kind: "floating"; readonly wallMs: number }
  /** An instant; `wallMs` is the time in UTC. */
  | { readonly kind: "utc"; readonly wallMs: number }
  | { readonly kind: "zoned"; readonly wallMs: number; readonly tzid: string };

const UTC_NAME = /^(?:UTC|Z|GMT|Etc\/UTC|Etc\/GMT)$/iu;
const VALUE = /^(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?([Zz]|[+-]\d{2}:?\d{2})?$/u;

/** One value of a property; the zone comes from its TZID, unless the value is a date or says UTC itself. */
export function readMoment(line: ContentLine, value: string): Moment | undefined {
  return momentOf(value, tzidOf(line), parameterOf(line, "VALUE")?.trim().toUpperCase() === "DATE" ? "date" : undefined);
}

/** TZID of a property, without the blanks and the quotes that some writers leave on it. */
export function tzidOf(line: ContentLine): string | undefined {
  const tzid = parameterOf(line, "TZID")?.trim();
  return tzid === "" ? undefined : tzid;
}

/** `as`: VALUE=DATE stands on the property; a time of midnight after it is ignored. */
export function momentOf(value: string, tzid?: string, as?: "date"): Moment | undefined {
  const match = VALUE.exec(value.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, zone] = match;
  const clock = [numberOf(hour), numberOf(minute), numberOf(second)] as const;
  const wallMs = wallOf([numberOf(year), numberOf(month), numberOf(day)], clock);
  if (wallMs === undefined) return undefined;
  if (hour === undefined) return zone === undefined ? { kind: "date", wallMs } : undefined;
  if (as === "date" && clock.every((part) => part === 0)) return { kind: "date", wallMs };
  if (zone !== undefined) return { kind: "utc", wallMs: wallMs - offsetMs(zone) };
  if (tzid === undefined) return { kind: "floating", wallMs };
  return UTC_NAME.test(tzid) ? { kind: "utc", wallMs } : { kind: "zoned", wallMs, tzid };
}

function numberOf(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}

/** `Z` or `+hh:mm`, as some writers put after the time. */
function offsetMs(zone: string): number {
  if (zone.length === 1) return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * HOUR_MS + Number(zone.slice(-2)) * MINUTE_MS);
}

/** The value alone: `20260506`, `20260506T010000` or `20260506T010000Z`. */
export function writeMoment(moment: Moment): string {
  if (moment.kind === "date") return writeDay(moment.wallMs);
  return moment.kind === "utc" ? `${writeWall(moment.wallMs)}Z` : writeWall(moment.wallMs);
}

/** The property with these values in normal form: VALUE and TZID say what they are, other parameters stay. */
export function momentLine(line: ContentLine, values: readonly Moment[]): ContentLine {
  const [first] = values;
  const others = line.parameters.filter(({ name }) => name !== "VALUE" && name !== "TZID");
  const own =
    first?.kind === "date"
      ? [{ name: "VALUE", values: ["DATE"] }]
      : first?.kind === "zoned"
        ? [{ name: "TZID", values: [first.tzid] }]
        : [];
  return { name: line.name, parameters: [...own, ...others], value: values.map(writeMoment).join(",") };
}
