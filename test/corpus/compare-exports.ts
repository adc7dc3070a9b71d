/** The corpus after export: what an outside library reads from each exported feed against what the oracles read from its source. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { expandOutside, outsidePython } from "./expand-outside.ts";
import type { Expansion } from "./expand-outside.ts";
import { roundTrip } from "./round-trip.ts";
import type { RoundTrip } from "./round-trip.ts";
import { LIMIT, writeOccurrence } from "./verdict.ts";
import type { Unequal, Verdict } from "./verdict.ts";

/** Files whose feed, imported and exported again, is the same, and whose two exports are. */
type RoundTrips = { readonly files: number; readonly equal: number; readonly unequal: readonly Unequal[] };
/** Agreed files with events. */
type Outside = { readonly files: number; readonly equal: number; readonly ratio: number; readonly unequal: readonly Unequal[] };

export type ExportsCompared = (Outside | { readonly skipped: string }) & { readonly roundTrips: RoundTrips };

type Exported = { readonly verdict: Verdict; readonly trip: RoundTrip | undefined };

export async function compareExports(folder: string, verdicts: readonly Verdict[]): Promise<ExportsCompared> {
  const all = verdicts.map((verdict) => ({ verdict, trip: roundTrip(readFileSync(path.join(folder, verdict.path))) }));
  const roundTrips = roundTripsOf(all);
  const outside = await outsidePython();
  if ("reason" in outside) return { skipped: outside.reason, roundTrips };
  const compared = all.filter(({ verdict }) => verdict.agreed && verdict.events > 0);
  const expansions = await expandOutside(outside.python, compared.map(requestOf));
  const unequal = compared.flatMap((each, index) => {
    const cause = causeOf(each, expansions[index]);
    return cause === undefined ? [] : [{ path: each.verdict.path, cause }];
  });
  const equal = compared.length - unequal.length;
  return { files: compared.length, equal, ratio: equal / compared.length, unequal, roundTrips };
}

function roundTripsOf(all: readonly Exported[]): RoundTrips {
  const exported = all.filter(({ trip }) => trip !== undefined);
  const unequal = exported.flatMap(({ verdict, trip }) =>
    trip?.fault === undefined ? [] : [{ path: verdict.path, cause: trip.fault.slice(0, 300) }],
  );
  return { files: exported.length, equal: exported.length - unequal.length, unequal };
}

function requestOf({ verdict, trip }: Exported): { ics: string; from: string | undefined; to: string | undefined } {
  return { ics: trip?.ics ?? "", from: verdict.window?.from, to: verdict.window?.to };
}

/** Why the outside library and the oracles differ; undefined where they do not. */
function causeOf({ verdict, trip }: Exported, expansion: Expansion | undefined): string | undefined {
  if (trip === undefined) return "the import refuses the file";
  if (expansion === undefined || expansion.error !== null) return `error: ${expansion?.error ?? "no answer"}`;
  // Without a window the oracles found no event that has a time.
  if (verdict.window === null)
    return expansion.events === 0 ? undefined : `${expansion.events} events, expected none with a time`;
  return difference(verdict, expansion);
}

function difference(verdict: Verdict, { occurrences }: Expansion): string | undefined {
  const got = occurrences.map((each) => writeOccurrence({ ...each, uid: sourceUid(each.uid) }));
  const ours = got.toSorted().slice(0, LIMIT);
  const theirs = verdict.occurrences.map(writeOccurrence).toSorted();
  if (got.length === (verdict.total ?? 0) && ours.join("\n") === theirs.join("\n")) return undefined;
  const added = ours.find((each) => !theirs.includes(each)) ?? "none";
  const missing = theirs.find((each) => !ours.includes(each)) ?? "none";
  return `total ${got.length}, expected ${verdict.total ?? 0}; added: ${added}; missing: ${missing}`;
}

/** Events without UID have one of ours; an escape that RFC 5545 3.3.11 does not have is a blank, as libical reads it. */
function sourceUid(uid: string): string {
  return uid.endsWith("@calferry") ? "" : uid.replaceAll(/\\[^\\;,Nn]/gu, " ");
}
