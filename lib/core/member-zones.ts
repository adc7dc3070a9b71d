/** The zones of one member: what its source defined, then what every host knows. */
import { createHash } from "node:crypto";

import type { SnapshotTimezone } from "../contract/snapshot.ts";
import { readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { feedZone } from "../ics/feed-zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import type { Zone } from "../ics/zone.ts";
import { knownZone, unquoted } from "../ics/zones.ts";

export type MemberZones = {
  readonly zoneOf: (tzid: string) => Zone | undefined;
  /** The VTIMEZONE that `zoneOf` read the zone from; undefined where it came from a table. */
  readonly sourceOf: (tzid: string) => Component | undefined;
};

export function memberZones(timezones: readonly SnapshotTimezone[]): MemberZones {
  // The very name wins over one in other letters: a feed may define Europe/Lisbon and, wrongly, Europe/lisbon.
  const exact = new Map<string, Own>();
  const loose = new Map<string, Own>();
  for (const { tzid, text } of timezones) {
    const name = nameOf(tzid);
    const own = ownZone(name, readComponent(text));
    if (own === undefined || exact.has(name)) continue;
    exact.set(name, own);
    if (!loose.has(name.toLowerCase())) loose.set(name.toLowerCase(), own);
  }
  const ownOf = (tzid: string): Own | undefined => exact.get(nameOf(tzid)) ?? loose.get(nameOf(tzid).toLowerCase());
  const known = new Map<string, Zone | undefined>();
  return {
    zoneOf: (tzid) => {
      if (!known.has(tzid)) known.set(tzid, ownOf(tzid)?.zone ?? knownZone(nameOf(tzid)));
      return known.get(tzid);
    },
    sourceOf: (tzid) => ownOf(tzid)?.source,
  };
}

type Own = { readonly zone: Zone; readonly source: Component };

function ownZone(name: string, source: Component): Own | undefined {
  const zone = feedZone(name, source);
  return zone === undefined ? undefined : { zone, source };
}

/** TZID is TEXT in a VTIMEZONE and no TEXT as a parameter; feeds escape it in either, both or neither. */
function nameOf(tzid: string): string {
  return unquoted(unescapeText(tzid));
}

const MASKED_TZID = /^Zone-[0-9a-f]{10}$/u;

/** A zone's name as a masked event may show it: one that every host knows stays, one that a person may have written becomes a hash. */
export function maskedTzid(tzid: string): string {
  const isPublic =
    ianaZone(tzid) !== undefined || (/^[A-Za-z.]+(?: [A-Za-z.]+)* Standard Time$/u.test(tzid) && knownZone(tzid) !== undefined);
  if (isPublic || MASKED_TZID.test(tzid)) return tzid;
  return `Zone-${createHash("sha256").update(tzid).digest("hex").slice(0, 10)}`;
}

/** The zone that a calendar means its floating times in, under the name that reading it back would give. */
export function floatingZoneName(name: string | undefined): string | undefined {
  const id = name === undefined ? undefined : knownZone(name)?.id;
  // The runtime leads some names to others in two steps, such as GMT+0 by Etc/GMT to UTC.
  return id === undefined ? undefined : (ianaZone(id)?.id ?? id);
}
