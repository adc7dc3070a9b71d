/** Owners that are suspended or being erased: what their keys are told, and what in the table is theirs. */
import type { Owner, OwnerView } from "../contract/owner.ts";
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";

/** What workers that had begun before its end may still take: as long as the longest of them lives. */
export const SETTLE_MS = 900_000;

export function ownerView(ownerId: string, owner: Owner | undefined): OwnerView {
  return owner === undefined ? { ownerId, state: "active" } : { ownerId, state: owner.state, since: owner.since };
}

/** Says nothing of whose key it is: who holds it knows. */
export function suspendedOwner({ state, since }: Owner): Refusal {
  const what = `the owner of this key is ${state === "erasing" ? "being erased" : "suspended"} since ${since}, wanted an active one`;
  return new Refusal("owner-suspended", what, "ask the operator, who resumes it with: calferry owner resume OWNER");
}

/** Whether its keys are refused. */
export function isShutOut(owner: Owner | undefined): owner is Owner {
  return owner !== undefined && owner.state !== "paused";
}

/** Throws `owner-suspended`: its calendars go on when the owner does. */
export function requireNotSuspended(owner: Owner | undefined): void {
  requireNotErasing(owner);
  if (owner?.state !== "suspended") return;
  const what = `owner ${shown(owner.ownerId)} is suspended since ${owner.since}, wanted one that is not`;
  throw new Refusal("owner-suspended", what, `resume it with: calferry owner resume ${owner.ownerId}`);
}

/** Throws `owner-suspended` where an erasure is under way. */
export function requireNotErasing(owner: Owner | undefined): void {
  if (owner?.state !== "erasing") return;
  const what = `owner ${shown(owner.ownerId)} is being erased since ${owner.since}, wanted one that is not`;
  throw new Refusal(
    "owner-suspended",
    what,
    `end the erasure with: calferry owner erase ${owner.ownerId} --confirm ${owner.ownerId}`,
  );
}

/** Throws `body-invalid` unless the owner's id was given twice. */
export function requireConfirmed(ownerId: string, confirm: string | undefined): void {
  if (confirm === ownerId) return;
  const seen = confirm === undefined ? "missing" : shown(confirm);
  const wanted = shown(ownerId);
  throw new Refusal(
    "body-invalid",
    `confirm is ${seen}, wanted ${wanted}: an erasure cannot be undone`,
    "look first, with a dry run",
    {
      details: { seen, wanted },
    },
  );
}

/** What an item of the table says of whose it is. */
export type Trace = {
  readonly ownerId: string | undefined;
  readonly calendarId: string | undefined;
  readonly feedId: string | undefined;
  readonly downloadId: string | undefined;
};
/** Ids of what an owner had. */
export type OwnedIds = { readonly ownerId: string; readonly ids: ReadonlySet<string> };

/** Whether the item is the owner's, or tells of something that was. */
export function isTraceOf({ ownerId, ids }: OwnedIds, trace: Trace): boolean {
  if (trace.ownerId === ownerId) return true;
  return [trace.calendarId, trace.feedId, trace.downloadId].some((id) => id !== undefined && ids.has(id));
}
