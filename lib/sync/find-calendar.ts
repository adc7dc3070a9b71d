/** Find a calendar by its app's own name. */
import { holderOf } from "./claim-external-id.ts";
import type { ClaimPorts, ExternalIdBook } from "./claim-external-id.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export type FindCalendarPorts = Pick<ClaimPorts, "calendars"> & { readonly externalIds: Pick<ExternalIdBook, "claimOf"> };

/** Undefined where none of the owner's calendars has it. */
export async function findCalendar(
  ownerId: string,
  externalId: string,
  ports: FindCalendarPorts,
): Promise<LoadedCalendar | undefined> {
  const claim = await ports.externalIds.claimOf(ownerId, externalId);
  return claim === undefined ? undefined : await holderOf(claim, ports);
}
