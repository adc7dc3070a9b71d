/** Which zone a TZID means: the feed's own definition, then IANA, then Windows and Exchange names; nothing else is guessed. */
import { findIana, WINDOWS_TO_IANA_MAP } from "windows-iana";

import type { Component } from "./component.ts";
import { propertyOf } from "./component.ts";
import { unescapeText } from "./content-line.ts";
import { digest } from "./digest.ts";
import { feedZone } from "./feed-zone.ts";
import { ianaZone } from "./iana-zone.ts";
import { meaningOf } from "./meaning.ts";
import { HOUR_MS, MINUTE_MS, midnightOf } from "./wall.ts";
import { UTC } from "./zone.ts";
import type { Zone } from "./zone.ts";

export type Zones = {
  /** Undefined where neither the feed nor any table knows the name. */
  readonly resolve: (tzid: string) => Zone | undefined;
  /** Hash of the feed's own definition, where it has one. */
  readonly definitionOf: (tzid: string) => string | undefined;
};

const OBSERVANCE = new Set(["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"]);
/** America/Argentina/Buenos_Aires; what stands before is a path such as /mozilla.org/20050126_1/. */
const LONGEST_IANA_SEGMENTS = 3;
const OFFSET_NAME = /^(?:UTC|GMT) ?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/iu;
const DISPLAY_PREFIX = /^\((?:UTC|GMT) ?(?:([+-])(\d{1,2})[:.]?(\d{2}))?\)\s*/iu;
/** The offset of a display name is that of winter; a city alone, which may be another of its name, is not enough. */
const SEASONS_MS = [midnightOf(2024, 1, 15), midnightOf(2024, 7, 15)];
/** The longest display name of Windows has 70 characters. */
const LONGEST_NAME = 200;
/** More names than there are zones are none; looking each up would cost seconds. */
const MOST_NAMES = 1500;

type Meaning = { readonly zone: Zone | undefined; readonly definition: string | undefined };

const UNKNOWN: Meaning = { zone: undefined, definition: undefined };

/** The zones of one feed. VTIMEZONEs are its own: nothing outlives the returned object. Each is read when it is first asked for. */
export function makeZones(timezones: readonly Component[]): Zones {
  const exact = new Map<string, Component>();
  const loose = new Map<string, Component>();
  for (const component of timezones) {
    const tzid = zoneName(component);
    if (tzid === undefined || tzid.length > LONGEST_NAME) continue;
    if (!exact.has(tzid)) exact.set(tzid, component);
    if (!loose.has(looseName(tzid))) loose.set(looseName(tzid), component);
  }
  const meanings = new Map<string, Meaning>();
  const meaningOfName = (tzid: string): Meaning => {
    const known = meanings.get(tzid);
    if (known !== undefined) return known;
    if (tzid.length > LONGEST_NAME || meanings.size >= MOST_NAMES) return UNKNOWN;
    // As written before any case: a feed may have Europe/Lisbon beside Europe/lisbon.
    const meaning = readMeaning(tzid, exact.get(tzid.trim()) ?? loose.get(looseName(tzid)));
    meanings.set(tzid, meaning);
    return meaning;
  };
  return {
    resolve: (tzid) => meaningOfName(tzid).zone,
    definitionOf: (tzid) => meaningOfName(tzid).definition,
  };
}

function readMeaning(tzid: string, component: Component | undefined): Meaning {
  const zone = component === undefined ? undefined : feedZone(tzid, component);
  if (component === undefined || zone === undefined) return { zone: knownZone(tzid), definition: undefined };
  return { zone, definition: definitionOf(component) };
}

/** TZID of a VTIMEZONE as a parameter has it: here it is TEXT, with escapes. */
export function zoneName(component: Component): string | undefined {
  const tzid = unescapeText(propertyOf(component, "TZID")?.value ?? "").trim();
  return tzid === "" ? undefined : tzid;
}

function looseName(tzid: string): string {
  return unquoted(unescapeText(tzid)).toLowerCase();
}

/** Without the quotes around it. Step by step: a search for a run at the end costs the square of all runs before it. */
export function unquoted(tzid: string): string {
  let text = tzid.trim();
  while (text.startsWith('"')) text = text.slice(1);
  while (text.endsWith('"')) text = text.slice(0, -1);
  return text;
}

/** The observances alone: names and comments of a zone move no event. */
function definitionOf({ components }: Component): string {
  const observances = components.map(({ name, properties }) => ({
    name,
    properties: properties.filter((line) => OBSERVANCE.has(line.name)),
    components: [],
  }));
  return digest(meaningOf({ name: "VTIMEZONE", properties: [], components: observances }));
}

/** A zone by its name alone, without a feed's definition. */
export function knownZone(name: string): Zone | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const text = unquoted(name);
  if (text === "") return undefined;
  return ianaByPath(text) ?? windowsZone(text) ?? displayZone(text) ?? offsetZone(text);
}

function ianaByPath(name: string): Zone | undefined {
  const segments = name
    .replaceAll(" ", "_")
    .split("/")
    .filter((segment) => segment !== "");
  for (let length = Math.min(LONGEST_IANA_SEGMENTS, segments.length); length > 0; length -= 1) {
    const zone = ianaZone(segments.slice(-length).join("/"));
    if (zone !== undefined) return zone;
  }
  return undefined;
}

const windowsNames = new Map(WINDOWS_TO_IANA_MAP.map(({ windowsName }) => [windowsName.toLowerCase(), windowsName]));

function windowsZone(name: string): Zone | undefined {
  const windowsName = windowsNames.get(name.toLowerCase());
  const iana = windowsName === undefined ? undefined : findIana(windowsName, "001")[0];
  return iana === undefined ? undefined : ianaZone(iana);
}

/** `Eastern Time (US & Canada)` and `(UTC+01:00) Amsterdam, Berlin, Bern`, as Windows shows them to people. */
function displayZone(name: string): Zone | undefined {
  const [prefix = "", sign, hours, minutes] = DISPLAY_PREFIX.exec(name) ?? [];
  const text = name.slice(prefix.length);
  const common = /^([A-Za-z. ]+) Time(?: \([^)]*\))?(?:,.*)?$/u.exec(text)?.[1];
  const named = common === undefined ? undefined : windowsZone(`${common} Standard Time`);
  if (named !== undefined || prefix === "") return named;
  const offsetMs = (Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * MINUTE_MS) * (sign === "-" ? -1 : 1);
  return text
    .split(",")
    .map((city) => cityZones().get(city.trim().replaceAll(/[ .]+/gu, "_").toLowerCase()))
    .map((iana) => (iana === undefined ? undefined : ianaZone(iana)))
    .find((zone) => zone !== undefined && SEASONS_MS.some((atMs) => zone.offsetAt(atMs) === offsetMs));
}

let cities: ReadonlyMap<string, string> | undefined;

/** IANA names by their last segment; built when the first such name is met, for few feeds have one. */
function cityZones(): ReadonlyMap<string, string> {
  cities ??= new Map(
    Intl.supportedValuesOf("timeZone")
      .filter((name) => name.includes("/"))
      .map((name) => [name.slice(name.lastIndexOf("/") + 1).toLowerCase(), name]),
  );
  return cities;
}

/** `UTC+11`, `GMT-05:00`: an offset that never changes. In brackets it is the winter offset of a zone that nobody names. */
function offsetZone(name: string): Zone | undefined {
  const match = OFFSET_NAME.exec(name);
  if (match === null) return undefined;
  const [, sign, hours, minutes] = match;
  if (sign === undefined || hours === undefined) return UTC;
  return ianaZone(`${sign}${hours.padStart(2, "0")}:${minutes ?? "00"}`);
}
