/** The zones of one member: what its source defined, then what every host knows. */
import { createHash } from "node:crypto";

import type { SnapshotTimezone } from "../contract/snapshot.ts";
import { readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import type { Zone } from "../ics/zone.ts";
import { knownZone, makeZones } from "../ics/zones.ts";

export type MemberZones = {
  readonly zoneOf: (tzid: string) => Zone | undefined;
  /** The VTIMEZONE that `zoneOf` read the zone from; undefined where it came from a table. */
  readonly sourceOf: (tzid: string) => Component | undefined;
};

export function memberZones(timezones: readonly SnapshotTimezone[]): MemberZones {
  const own = new Map<string, { readonly zone: Zone; readonly source: Component }>();
  for (const { tzid, text } of timezones) {
    const source = unescaped(readComponent(text));
    const zone = makeZones([source]).resolve(unescapeText(tzid));
    const hasRules = source.components.some(({ name }) => name === "STANDARD" || name === "DAYLIGHT");
    if (zone !== undefined && hasRules && !own.has(keyOf(tzid))) own.set(keyOf(tzid), { zone, source });
  }
  const known = new Map<string, Zone | undefined>();
  return {
    zoneOf: (tzid) => {
      const key = keyOf(tzid);
      if (!known.has(key)) known.set(key, own.get(key)?.zone ?? knownZone(unescapeText(tzid)));
      return known.get(key);
    },
    sourceOf: (tzid) => own.get(keyOf(tzid))?.source,
  };
}

/** TZID is TEXT in a VTIMEZONE and no TEXT as a parameter; feeds escape it in either, both or neither. */
function keyOf(tzid: string): string {
  return unescapeText(tzid)
    .trim()
    .replaceAll(/^"+|"+$/gu, "")
    .toLowerCase();
}

function unescaped(zone: Component): Component {
  const properties = zone.properties.map((line) => (line.name === "TZID" ? { ...line, value: unescapeText(line.value) } : line));
  return { ...zone, properties };
}

const MASKED_TZID = /^Zone-[0-9a-f]{10}$/u;

/** A zone's name as a masked event may show it: one that every host knows stays, one that a person may have written becomes a hash. */
export function maskedTzid(tzid: string): string {
  const isPublic =
    ianaZone(tzid) !== undefined || (/^[A-Za-z.]+(?: [A-Za-z.]+)* Standard Time$/u.test(tzid) && knownZone(tzid) !== undefined);
  if (isPublic || MASKED_TZID.test(tzid)) return tzid;
  return `Zone-${createHash("sha256").update(tzid).digest("hex").slice(0, 10)}`;
}

/** The zone that a calendar means its floating times in, under a name that every subscriber knows. */
export function floatingZoneName(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return ianaZone(name) === undefined ? knownZone(name)?.id : name;
}
