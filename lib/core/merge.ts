/** Many calendars as one: UIDs of different members stay apart, and each zone's name means one zone. */
import { createHash } from "node:crypto";

import { writeComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { timezoneComponent } from "../ics/vtimezone.ts";
import { sameOffsets } from "../ics/vtimezone-onsets.ts";
import type { Zone } from "../ics/zone.ts";

type OwnedUid = { readonly calendarId: string; readonly uid: string };

/**
 * The UID that each member's events go out under: the member whose calendarId comes first keeps a shared one, whatever its position,
 * the others get it with a hash of their own calendarId, the same in every build.
 */
export function distinctUids(owned: readonly OwnedUid[]): (calendarId: string, uid: string) => string {
  const calendarsOf = new Map<string, Set<string>>();
  for (const { calendarId, uid } of owned) calendarsOf.set(uid, (calendarsOf.get(uid) ?? new Set()).add(calendarId));
  const names = new Map<string, string>();
  for (const [uid, calendars] of calendarsOf) {
    for (const calendarId of [...calendars].toSorted().slice(1))
      names.set(`${calendarId}\n${uid}`, freeUid(uid, calendarId, calendarsOf));
  }
  return (calendarId, uid) => names.get(`${calendarId}\n${uid}`) ?? uid;
}

function freeUid(uid: string, calendarId: string, taken: ReadonlyMap<string, unknown>): string {
  const hash = hashOf(calendarId);
  let length = 8;
  while (length < hash.length && taken.has(`${uid}-${hash.slice(0, length)}`)) length += 1;
  return `${uid}-${hash.slice(0, length)}`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** One TZID as one member uses it. */
export type ZoneUse = {
  readonly calendarId: string;
  /** As the member's events have it; with `calendarId` what the new name is asked by. */
  readonly tzid: string;
  readonly zone: Zone;
  readonly source: Component | undefined;
  /** Year of the earliest time in this zone. */
  readonly firstYear: number;
};

export type MergedZones = {
  readonly timezones: readonly Component[];
  /** The TZID to write, the same as the member's unless another member means something else by it. */
  readonly nameOf: (calendarId: string, tzid: string) => string;
};

/** One VTIMEZONE for each TZID; definitions that differ in any offset are kept apart, the later ones under a name with a hash of what they say. */
export function mergeZones(uses: readonly ZoneUse[]): MergedZones {
  const timezones: Component[] = [];
  const names = new Map<string, string>();
  const sorted = uses.toSorted((a, b) => compare(a.tzid, b.tzid) || compare(a.calendarId, b.calendarId));
  for (const [tzid, same] of Map.groupBy(sorted, (use) => use.tzid)) {
    for (const [index, meaning] of meaningsOf(same).entries()) {
      const plain = define(tzid, meaning);
      const name = index === 0 ? tzid : `${tzid}-${hashOf(writeComponent(plain)).slice(0, 8)}`;
      timezones.push(index === 0 ? plain : define(name, meaning));
      for (const { calendarId } of meaning) names.set(`${calendarId}\n${tzid}`, name);
    }
  }
  return { timezones, nameOf: (calendarId, tzid) => names.get(`${calendarId}\n${tzid}`) ?? tzid };
}

function meaningsOf(uses: readonly ZoneUse[]): (readonly ZoneUse[])[] {
  const firstYear = Math.min(...uses.map((use) => use.firstYear));
  const meanings: ZoneUse[][] = [];
  for (const use of uses) {
    const equal = meanings.find(
      ([first]) => first !== undefined && (first.zone === use.zone || sameOffsets(first.zone, use.zone, firstYear)),
    );
    if (equal === undefined) meanings.push([use]);
    else equal.push(use);
  }
  return meanings;
}

function define(tzid: string, meaning: readonly ZoneUse[]): Component {
  const firstYear = Math.min(...meaning.map((use) => use.firstYear));
  const [first] = meaning;
  if (first === undefined) throw new RangeError(`nobody uses the zone ${tzid}`);
  return timezoneComponent(tzid, first.zone, meaning.find(({ source }) => source !== undefined)?.source, firstYear);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
