/** A source's own VTIMEZONE in the form that every subscriber reads: STANDARD and DAYLIGHT with at most one RRULE each, no RDATE. */
import { propertiesOf, propertyOf } from "./component.ts";
import type { Component } from "./component.ts";
import { momentOf, writeMoment } from "./moment.ts";
import { readOffset, writeOffset } from "./vtimezone-offset.ts";
import { DAY_MS, SECOND_MS, writeWall } from "./wall.ts";

const PARTS = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYDAY", "BYMONTHDAY", "WKST"]);

/** The observances, normalised; undefined where one is dated by RDATE, is broken, or has a rule of a form that no zone needs. */
export function ruledObservances(zone: Component): readonly Component[] | undefined {
  const parts = zone.components.filter(({ name }) => name === "STANDARD" || name === "DAYLIGHT");
  const observances = parts.map(ruledObservance).filter((observance) => observance !== undefined);
  return observances.length > 0 && observances.length === parts.length ? observances : undefined;
}

function ruledObservance(part: Component): Component | undefined {
  const valueOf = (name: string): string => propertyOf(part, name)?.value ?? "";
  const start = momentOf(valueOf("DTSTART"));
  const fromMs = readOffset(valueOf("TZOFFSETFROM"));
  const toMs = readOffset(valueOf("TZOFFSETTO"));
  if (start === undefined || fromMs === undefined || toMs === undefined) return undefined;
  const rules = propertiesOf(part, "RRULE").map(({ value }) => writeRule(value, fromMs));
  if (rules.length > 1 || rules.includes(undefined) || propertyOf(part, "RDATE") !== undefined) return undefined;
  const observance = { wallMs: start.wallMs, fromMs, toMs, daylight: part.name === "DAYLIGHT" };
  return writeObservance(observance, rules[0], propertyOf(part, "TZNAME")?.value);
}

/** FREQ first, UNTIL in UTC (RFC 5545 3.6.5), which many feeds give as local time or date. */
function writeRule(text: string, fromMs: number): string | undefined {
  const pairs = text
    .toUpperCase()
    .split(";")
    .filter((part) => part.trim() !== "");
  const parts = new Map(pairs.map((part) => part.split("=")).map(([key = "", value = ""]) => [key.trim(), value.trim()]));
  const plain = [...parts].every(([key, value]) => PARTS.has(key) && /^[A-Z0-9+,-]+$/u.test(value));
  if (parts.get("FREQ") !== "YEARLY" || !parts.has("BYMONTH") || !plain) return undefined;
  const until = parts.get("UNTIL");
  const written = until === undefined ? undefined : writeUntil(until, fromMs);
  if (until !== undefined && written === undefined) return undefined;
  const rest = [...parts].filter(([key]) => key !== "FREQ" && key !== "UNTIL").map(([key, value]) => `${key}=${value}`);
  return ["FREQ=YEARLY", ...(written === undefined ? [] : [`UNTIL=${written}`]), ...rest].join(";");
}

function writeUntil(text: string, fromMs: number): string | undefined {
  const until = momentOf(text);
  if (until === undefined || until.kind === "utc") return until === undefined ? undefined : writeMoment(until);
  const wallMs = until.kind === "date" ? until.wallMs + DAY_MS - SECOND_MS : until.wallMs;
  return writeMoment({ kind: "utc", wallMs: wallMs - fromMs });
}

type Written = { readonly daylight: boolean; readonly wallMs: number; readonly fromMs: number; readonly toMs: number };

/** STANDARD or DAYLIGHT from its first onset. */
export function writeObservance(onset: Written, rule?: string, name?: string): Component {
  const property = (key: string, value: string | undefined): Component["properties"] =>
    value === undefined ? [] : [{ name: key, parameters: [], value }];
  return {
    name: onset.daylight ? "DAYLIGHT" : "STANDARD",
    properties: [
      ...property("TZNAME", name),
      ...property("TZOFFSETFROM", writeOffset(onset.fromMs)),
      ...property("TZOFFSETTO", writeOffset(onset.toMs)),
      ...property("DTSTART", writeWall(onset.wallMs)),
      ...property("RRULE", rule),
    ],
    components: [],
  };
}
