/** What an erasure deletes, counted: of a part that was done, or, as a dry run, of one that would be. */
import type { EraseReport, EraseRequest } from "../contract/owner.ts";
import { isTraceOf } from "../core/owners.ts";
import type { OwnedIds } from "../core/owners.ts";
import type { ErasureBook, OwnedThing } from "./erasure.ts";

export type Counted = Pick<EraseReport, "counts" | "names">;

/** Of one call: a second or two. */
const THINGS = 200;
export const ITEMS = 1000;
const NAMES = 10;
/** No cursor of an index begins so. */
const REST = "rest.";

/** One part of what an erasure would delete; nothing is changed. Letters and the like are counted where they name the owner. */
export async function countOwned(
  { ownerId, cursor }: Pick<EraseRequest, "cursor"> & { readonly ownerId: string },
  { erasure }: { readonly erasure: ErasureBook },
): Promise<EraseReport> {
  const [step, place] = cursor?.startsWith(REST) === true ? ["rest", cursor.slice(REST.length)] : ["things", cursor];
  if (step === "things") {
    const page = await erasure.owned(ownerId, { limit: THINGS, cursor: place });
    return countedOf(ownerId, doneOf(page.things), page.cursor ?? REST);
  }
  const owned = await ownedIds(ownerId, { erasure });
  const page = await erasure.look(ownerId, { limit: ITEMS, cursor: place === "" ? undefined : place });
  const traced = page.items.filter((item) => item.kind !== "item" && isTraceOf(owned, item));
  return countedOf(ownerId, { counts: countsOf(traced), names: [] }, page.cursor === undefined ? undefined : REST + page.cursor);
}

function countedOf(ownerId: string, done: Counted, cursor: string | undefined): EraseReport {
  const end = cursor === undefined ? ({ state: "counted" } as const) : ({ state: "counting", cursor } as const);
  return { ownerId, dryRun: true, ...end, ...done };
}

/** The owner, and what of it may have left traces. */
export async function ownedIds(ownerId: string, { erasure }: { readonly erasure: ErasureBook }): Promise<OwnedIds> {
  return { ownerId, ids: new Set((await erasure.remembered(ownerId)).map(({ id }) => id)) };
}

export function doneOf(things: readonly OwnedThing[]): Counted {
  return { counts: countsOf(things), names: things.flatMap(nameOf).slice(0, NAMES) };
}

export function countsOf(items: readonly { readonly kind: string }[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(items, ({ kind }) => kind)].map(([kind, own]) => [kind, own.length]));
}

function nameOf(thing: OwnedThing): string[] {
  if (thing.kind === "calendar") return [thing.calendar.name];
  return thing.kind === "feed" ? [thing.feed.name] : [];
}
