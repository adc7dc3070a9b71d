/** The one VTIMEZONE that an export carries for a TZID. */
import type { Component } from "./component.ts";
import { escapeText } from "./content-line.ts";
import { onsetsOf } from "./vtimezone-onsets.ts";
import { writeRuns } from "./vtimezone-runs.ts";
import { ruledObservances } from "./vtimezone-source.ts";
import { midnightOf } from "./wall.ts";
import type { Zone } from "./zone.ts";

/**
 * VTIMEZONE under the very TZID that the events use. The source's own definition stays, normalised, where every part of it is fit for
 * subscribers; else the definition is written from what the zone means, right from `firstYear` on: RDATEs, which Outlook ignores, become rules
 * or single dates with the same offsets.
 */
export function timezoneComponent(tzid: string, zone: Zone, source: Component | undefined, firstYear: number): Component {
  const ruled = source === undefined ? undefined : ruledObservances(source);
  const observances = ruled ?? writeRuns(onsetsOf(zone, firstYear), midnightOf(firstYear, 1, 1));
  return { name: "VTIMEZONE", properties: [{ name: "TZID", parameters: [], value: escapeText(tzid) }], components: observances };
}
