/** An app's own name of a calendar is taken by a record of its own, for a table's index cannot say "once". */
import type { ExternalIdClaim } from "../contract/external-id.ts";
import { Refusal } from "../core/failure.ts";
import { contendedCalendar, shown } from "../core/refusals.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export type ExternalName = Pick<ExternalIdClaim, "ownerId" | "externalId" | "calendarId">;
export interface ExternalIdBook {
  /** Who has the name; undefined where nobody does. A hint: the calendar itself says whether it still has it. */
  claimOf(ownerId: string, externalId: string): Promise<ExternalIdClaim | undefined>;
  /** Writes the claim where there is none, or where it is still `over`. */
  claim(claim: ExternalIdClaim, over: ExternalIdClaim | undefined): Promise<"saved" | "lost">;
  /** Removes it where it is still this calendar's and, where `at` is named, this very claim. */
  release(name: ExternalName & Partial<Pick<ExternalIdClaim, "at">>): Promise<void>;
}
export type ClaimPorts = {
  readonly externalIds: ExternalIdBook;
  readonly calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> };
};

/** Longer than a request lives: a claim whose calendar is still not there was left by a crash. */
const UNDER_WAY_MS = 120_000;

const TRIES = 4;

/** Written before the calendar says the name. Throws `external-id-taken`, `write-contended`. */
export async function claimExternalId(claim: ExternalIdClaim, ports: ClaimPorts): Promise<void> {
  const { ownerId, externalId, calendarId } = claim;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const standing = await ports.externalIds.claimOf(ownerId, externalId);
    if (standing !== undefined && (await isKept(standing, claim, ports))) throw taken(externalId, standing.calendarId);
    // Who lost looks again: the name may be another's now, or nobody's, or this calendar's by an answer that was lost.
    if ((await ports.externalIds.claim(claim, standing)) === "saved") return;
  }
  throw contendedCalendar(calendarId, TRIES);
}

/** By another calendar that has the name, or may be about to get it. */
async function isKept(standing: ExternalIdClaim, { calendarId, at }: ExternalIdClaim, ports: ClaimPorts): Promise<boolean> {
  if (standing.calendarId === calendarId) return false;
  const isYoung = Date.parse(at) - Date.parse(standing.at) < UNDER_WAY_MS;
  return isYoung || (await holderOf(standing, ports)) !== undefined;
}

/** The calendar that a claim names, where it still has that name. */
export async function holderOf(
  { ownerId, externalId, calendarId }: ExternalName,
  { calendars }: Pick<ClaimPorts, "calendars">,
): Promise<LoadedCalendar | undefined> {
  const loaded = await calendars.load(calendarId);
  const isIts = loaded?.calendar.ownerId === ownerId && loaded.calendar.externalId === externalId;
  return isIts && loaded.calendar.state !== "removed" ? loaded : undefined;
}

function taken(externalId: string, calendarId: string): Refusal {
  const what = `externalId ${shown(externalId)} is calendar ${calendarId}'s, wanted one that no calendar of the owner has`;
  const details = { seen: shown(externalId), wanted: "another one, or that calendar", calendarId };
  return new Refusal("external-id-taken", what, `use that calendar, or remove it with: calferry calendar remove ${calendarId}`, {
    details,
  });
}
