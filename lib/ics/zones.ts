/** Which zone a TZID means: the feed's own definition, then IANA, then Windows and Exchange names; nothing else is guessed. */
import { findIana, WINDOWS_TO_IANA_MAP } from "windows-iana";

import type { Component } from "./component.ts";
import { propertyOf } from "./component.ts";
import { digest } from "./digest.ts";
import { feedZone } from "./feed-zone.ts";
import { ianaZone } from "./iana-zone.ts";
import { meaningOf } from "./meaning.ts";
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
const DISPLAY_PREFIX = /^\((?:UTC|GMT)[^)]*\)\s*/iu;

/** The zones of one feed. VTIMEZONEs are its own: nothing outlives the returned object. */
export function makeZones(timezones: readonly Component[]): Zones {
  const own = new Map<string, { readonly zone: Zone; readonly definition: string }>();
  for (const component of timezones) {
    const tzid = propertyOf(component, "TZID")?.value.trim();
    if (tzid === undefined) continue;
    const zone = feedZone(tzid, component);
    if (zone !== undefined && !own.has(nameKey(tzid))) own.set(nameKey(tzid), { zone, definition: definitionOf(component) });
  }
  const resolved = new Map<string, Zone | undefined>();
  return {
    resolve: (tzid) => {
      const key = nameKey(tzid);
      if (!resolved.has(key)) resolved.set(key, own.get(key)?.zone ?? knownZone(tzid));
      return resolved.get(key);
    },
    definitionOf: (tzid) => own.get(nameKey(tzid))?.definition,
  };
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

function nameKey(tzid: string): string {
  return tzid.trim().replaceAll(/^"+|"+$/gu, "").toLowerCase();
}

/** A zone by its name alone, without a feed's definition. */
export function knownZone(name: string): Zone | undefined {
  const text = name.trim().replaceAll(/^"+|"+$/gu, "");
  if (text === "" || text.length > 200) return undefined;
  return ianaByPath(text) ?? windowsZone(text) ?? displayZone(text) ?? offsetZone(text);
}

function ianaByPath(name: string): Zone | undefined {
  const segments = name.replaceAll(" ", "_").split("/").filter((segment) => segment !== "");
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

/** `(UTC+01:00) Amsterdam, Berlin, Bern` and `Eastern Time (US & Canada)`, as Windows shows them to people. */
function displayZone(name: string): Zone | undefined {
  const text = name.replace(DISPLAY_PREFIX, "");
  const common = /^([A-Za-z. ]+) Time(?: \([^)]*\))?(?:,.*)?$/u.exec(text)?.[1];
  const named = common === undefined ? undefined : windowsZone(`${common} Standard Time`);
  if (named !== undefined) return named;
  for (const city of text.split(",")) {
    const iana = cityZones().get(city.trim().replaceAll(/[ .]+/gu, "_").toLowerCase());
    if (iana !== undefined) return ianaZone(iana);
  }
  return undefined;
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
