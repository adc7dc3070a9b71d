/**
 * Erase an owner: everything that is stored of it. Its keys are shut out first, workers find its things removed before they are gone, and what workers
 * that had begun before left behind is swept a second time. Part by part: killed at any place, the next part goes on there.
 */
import type { EraseReport, EraseRequest, Erasure, Owner } from "../contract/owner.ts";
import { isTraceOf, requireConfirmed, SETTLE_MS } from "../core/owners.ts";
import { allEnded } from "./all-ended.ts";
import { countsOf, doneOf, ITEMS, ownedIds } from "./count-owned.ts";
import type { Counted } from "./count-owned.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { BookingSchedules, ErasureBook, ErasureObjects, OwnedThing, Remains } from "./erasure.ts";
import type { ReservationSchedules } from "./make-reservation.ts";
import type { RepeatSchedules } from "./repeat-download.ts";
import type { CronSchedules } from "./send-cron-turn.ts";
import type { OwnerRecords } from "./suspend-owner.ts";

export type EraseOwnerPorts = {
  readonly ownerRecords: OwnerRecords;
  readonly erasure: ErasureBook;
  readonly erasureObjects: ErasureObjects;
  readonly crons: Pick<CronSchedules, "drop">;
  readonly reservationSchedules: Pick<ReservationSchedules, "drop">;
  readonly repeatSchedules: Pick<RepeatSchedules, "drop">;
  readonly reservations: BookingSchedules;
};

/** Where the next part goes on; undefined after the last. */
type Step = { readonly next: Erasure | undefined; readonly done: Counted };

/** Of one call: a second or two. */
const THINGS = 12;
const REMAINS = 25;
const AT_ONCE = 4;
const NOTHING: Counted = { counts: {}, names: [] };

/** One part. Throws `body-invalid` unless `confirm` is the owner's id. */
export async function eraseOwner(
  { ownerId, confirm }: EraseRequest & { readonly ownerId: string },
  ports: EraseOwnerPorts,
  context: Pick<CreateContext, "now">,
): Promise<EraseReport> {
  requireConfirmed(ownerId, confirm);
  const now = context.now();
  const owner = await beginning(ownerId, ports, now);
  const { next, done } = await takeStep(owner, ports, now);
  const { erasure } = (await movedOn(owner, next, ports)) ?? {};
  const state = erasure === undefined ? "erased" : erasure.step === "settling" ? "settling" : "erasing";
  return { ownerId, dryRun: false, state, ...done, until: erasure?.until };
}

/** Where somebody else was quicker, that is looked at first. */
async function beginning(ownerId: string, { ownerRecords }: EraseOwnerPorts, now: Date): Promise<Owner & { erasure: Erasure }> {
  for (;;) {
    const standing = await ownerRecords.owner(ownerId);
    if (standing?.erasure !== undefined) return { ...standing, erasure: standing.erasure };
    const erasure = { round: 1, step: "things" } as const;
    const owner = { version: 1, ownerId, state: "erasing", since: now.toISOString(), erasure } as const;
    if ((await ownerRecords.putOwner(owner, standing)) === "saved") return owner;
  }
}

/** What is said of the owner then. Whoever comes late with its part neither sets back nor begins anew what others went on with or ended. */
async function movedOn(
  owner: Owner & { erasure: Erasure },
  next: Erasure | undefined,
  { ownerRecords }: EraseOwnerPorts,
): Promise<Owner | undefined> {
  if (next === owner.erasure) return owner;
  const after = next === undefined ? undefined : { ...owner, erasure: next };
  const moved = after === undefined ? await ownerRecords.deleteOwner(owner) : await ownerRecords.putOwner(after, owner);
  return moved === "saved" ? after : await ownerRecords.owner(owner.ownerId);
}

async function takeStep({ ownerId, erasure }: Owner & { erasure: Erasure }, ports: EraseOwnerPorts, now: Date): Promise<Step> {
  const { round, step, cursor, until = "" } = erasure;
  switch (step) {
    case "things": {
      const { things } = await ports.erasure.owned(ownerId, { limit: THINGS, cursor: undefined });
      if (things.length === 0) return { next: { round, step: "rest" }, done: NOTHING };
      await eachOf(things, async (thing) => await eraseThing(thing, ownerId, ports, now));
      return { next: erasure, done: doneOf(things) };
    }
    case "rest":
      return await eraseRest(ownerId, round, cursor, ports, now);
    case "settling":
      return { next: until > now.toISOString() ? erasure : { round: 2, step: "things" }, done: NOTHING };
    case "remains": {
      const remains = (await ports.erasure.remembered(ownerId)).slice(0, REMAINS);
      await eachOf(remains, async (one) => await eraseRemains(one, ownerId, ports));
      return { next: remains.length === 0 ? undefined : erasure, done: NOTHING };
    }
  }
}

/** What it may leave behind is remembered before anything of it is gone; its schedule before the record that names it. */
async function eraseThing(thing: OwnedThing, ownerId: string, ports: EraseOwnerPorts, now: Date): Promise<void> {
  const remains = remainsOf(thing);
  if (remains !== undefined) await ports.erasure.remember(ownerId, remains);
  await ports.erasure.stop(thing, now.toISOString());
  if (thing.kind === "calendar" && thing.calendar.schedule?.kind === "cron") await ports.crons.drop(thing.calendar);
  if (thing.kind === "reservation") await ports.reservationSchedules.drop(thing.reservation);
  if (thing.kind === "repeat") await ports.repeatSchedules.drop(thing.repeat);
  await ports.erasure.delete(thing);
  if (remains !== undefined) await ports.erasureObjects.deleteObjects(remains);
}

function remainsOf({ kind, id }: OwnedThing): Remains | undefined {
  return kind === "calendar" || kind === "feed" || kind === "download" || kind === "key" ? { kind, id } : undefined;
}

/** A part of the whole table; after the last the first round waits for workers, the second looks at what things left. */
async function eraseRest(
  ownerId: string,
  round: Erasure["round"],
  cursor: string | undefined,
  ports: EraseOwnerPorts,
  now: Date,
): Promise<Step> {
  const owned = await ownedIds(ownerId, ports);
  const page = await ports.erasure.look(ownerId, { limit: ITEMS, cursor });
  const traced = page.items.filter((item) => isTraceOf(owned, item));
  await eachOf(traced, async (item) => {
    if (item.booking !== undefined) await ports.reservations.dropBooking(item.booking);
    if (item.letterId !== undefined) await ports.erasureObjects.deleteObjects({ kind: "letter", id: item.letterId });
    await ports.erasure.deleteTraced(item);
  });
  const done = { counts: countsOf(traced), names: [] };
  if (page.cursor !== undefined) return { next: { round, step: "rest", cursor: page.cursor }, done };
  if (round === 2) return { next: { round, step: "remains" }, done };
  return { next: { round, step: "settling", until: new Date(now.getTime() + SETTLE_MS).toISOString() }, done };
}

async function eraseRemains(remains: Remains, ownerId: string, ports: EraseOwnerPorts): Promise<void> {
  await ports.erasure.deleteRemains(remains);
  await ports.erasureObjects.deleteObjects(remains);
  await ports.erasure.forget(ownerId, remains);
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) await allEnded(items.slice(from, from + AT_ONCE).map(work));
}
