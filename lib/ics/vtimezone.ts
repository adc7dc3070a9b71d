/** The one VTIMEZONE that an export carries for a TZID, and what it means. */
import { escapeText } from "./content-line.ts";
import type { Component } from "./component.ts";
import { LAST_YEAR, ianaOnsets } from "./vtimezone-iana.ts";
import type { Onsets } from "./vtimezone-onsets.ts";
import { writeYearlyRule } from "./vtimezone-rule.ts";
import { writeRuns } from "./vtimezone-runs.ts";
import { readObservances, sourceOnsets, writeObservance } from "./vtimezone-source.ts";
import type { Observance } from "./vtimezone-source.ts";
import { midnightOf } from "./wall.ts";

export type ZoneDefinition = { readonly onsets: Onsets; readonly observances: readonly Component[] };

/**
 * The source's own definition, normalised, as long as every part of it can be read. RRULEs stay as they are; RDATEs, which Outlook ignores,
 * become rules or single dates that mean the same. Undefined where it is broken.
 */
export function sourceDefinition(zone: Component): ZoneDefinition | undefined {
  const read = readObservances(zone);
  if (read === undefined) return undefined;
  const onsets = sourceOnsets(read, LAST_YEAR);
  const dated = read.some(({ dates }) => dates.length > 0);
  return { onsets, observances: dated ? writeDated(read) : read.map(writeRuled) };
}

function writeRuled({ rule, name, ...rest }: Observance): Component {
  return writeObservance(rest, rule === undefined ? undefined : writeYearlyRule(rule, rest.wallMs, rest.fromMs), name);
}

/** Endless rules stay rules; what has an end is written anew from its dates. */
function writeDated(read: readonly Observance[]): Component[] {
  const endless = read.filter(isEndless);
  const rest = read.flatMap((observance): Observance[] => {
    if (!isEndless(observance)) return [observance];
    const [wallMs] = observance.dates;
    return wallMs === undefined ? [] : [{ ...observance, wallMs, rule: undefined }];
  });
  return [...writeRuns(sourceOnsets(rest, LAST_YEAR), -Infinity, undefined), ...endless.map(writeRuled)];
}

function isEndless({ rule }: Observance): boolean {
  return rule !== undefined && rule.until === undefined && rule.count === undefined;
}

/** The runtime's own table for an IANA zone, right from `firstYear` on. */
export function ianaDefinition(timeZone: string, firstYear: number): ZoneDefinition {
  const onsets = ianaOnsets(timeZone, firstYear);
  return { onsets, observances: writeRuns(onsets, midnightOf(firstYear, 1, 1), LAST_YEAR) };
}

/** VTIMEZONE under the very TZID that the events use. */
export function writeTimezone(tzid: string, { observances }: ZoneDefinition): Component {
  return { name: "VTIMEZONE", properties: [{ name: "TZID", parameters: [], value: escapeText(tzid) }], components: observances };
}
