/**
 * Erase an owner: everything that is stored of it. Its keys are shut out first, workers find its things removed before they are gone, and what workers
 * that had begun before left behind is swept a second time. Part by part: killed at any place, the next part goes on there.
 */
import type { Calendar } from "../contract/calendar.ts";
import type { Download } from "../contract/download.ts";
import type { Feed } from "../contract/feed.ts";
import type { Key } from "../contract/key.ts";
import type { EraseReport, EraseRequest, Erasure, Owner } from "../contract/owner.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { Repeat } from "../contract/repeat.ts";
import type { Reservation } from "../contract/reservation.ts";
import { isTraceOf, requireConfirmed, SETTLE_MS } from "../core/owners.ts";
import type { OwnedIds, Trace } from "../core/owners.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { ReservationSchedules } from "./make-reservation.ts";
import type { RepeatSchedules } from "./repeat-download.ts";
import type { CronSchedules } from "./send-cron-turn.ts";
import type { OwnerRecords } from "./suspend-owner.ts";

/** `item`: something with an owner that is none of the others. */
export type OwnedThing =
  | { readonly kind: "calendar"; readonly id: string; readonly calendar: Calendar }
  | { readonly kind: "feed"; readonly id: string; readonly feed: Feed }
  | { readonly kind: "download"; readonly id: string; readonly download: Download }
  | { readonly kind: "reservation"; readonly id: string; readonly reservation: OwnersReservation }
  | { readonly kind: "repeat"; readonly id: string; readonly repeat: Repeat }
  | { readonly kind: "key"; readonly id: string; readonly key: Key }
  | { readonly kind: "item"; readonly id: string };
/** What a thing may have left behind after its own record is gone. */
export type Remains = { readonly kind: "calendar" | "feed" | "download" | "key"; readonly id: string };
/** An item of the table, and what it says. */
export type TracedItem = Trace & {
  readonly id: string;
  readonly kind: "letter" | "alert" | "booking" | "item";
  readonly letterId?: string;
  /** Of a booking. */
  readonly booking?: Reservation;
};

export interface ErasureBook {
  /** The first things of the owner that its index has; deleted ones are there no more. */
  owned(
    ownerId: string,
    page: { readonly limit: number; readonly cursor: string | undefined },
  ): Promise<{
    readonly things: readonly OwnedThing[];
    readonly cursor: string | undefined;
  }>;
  /** Remembers what the thing may leave behind, until `forget`. */
  remember(ownerId: string, remains: Remains): Promise<void>;
  remembered(ownerId: string): Promise<readonly Remains[]>;
  forget(ownerId: string, remains: Remains): Promise<void>;
  /** From now on nobody lists it and no worker does anything for it. */
  stop(thing: OwnedThing, at: string): Promise<void>;
  /** Deletes its record and all records below it: those that people find it by first, those that workers find it by last. */
  delete(thing: OwnedThing): Promise<void>;
  /** Deletes all records below it, whether or not there are any. */
  deleteRemains(remains: Remains): Promise<void>;
  /** So many items of the whole table, but for what the erasure itself wrote. */
  look(
    ownerId: string,
    page: { readonly limit: number; readonly cursor: string | undefined },
  ): Promise<{ readonly items: readonly TracedItem[]; readonly cursor: string | undefined }>;
  /** Deletes the item; an alert that tells of others as well keeps its count and loses what names the owner's thing. */
  deleteTraced(item: TracedItem): Promise<void>;
}
export interface ErasureObjects {
  /** Every object of the thing. */
  deleteObjects(remains: Remains | { readonly kind: "letter"; readonly id: string }): Promise<void>;
}
export type EraseOwnerPorts = {
  readonly ownerRecords: OwnerRecords;
  readonly erasure: ErasureBook;
  readonly erasureObjects: ErasureObjects;
  readonly crons: Pick<CronSchedules, "drop">;
  readonly reservationSchedules: Pick<ReservationSchedules, "drop">;
  readonly repeatSchedules: Pick<RepeatSchedules, "drop">;
  readonly reservations: BookingSchedules;
};
export interface BookingSchedules {
  /** Ends the one-time schedule of a task that was put off. */
  dropBooking(booking: Reservation): Promise<void>;
}

type Done = Pick<EraseReport, "counts" | "names">;
type Step = { readonly next: Erasure | "erased"; readonly done: Done };

/** Of one call: a second or two. */
const THINGS = 12;
const REMAINS = 25;
const ITEMS = 1000;
const AT_ONCE = 4;
const NAMES = 10;
const NOTHING: Done = { counts: {}, names: [] };

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
  if (next === "erased") await ports.ownerRecords.deleteOwner(ownerId);
  else if (next !== owner.erasure) await ports.ownerRecords.putOwner({ ...owner, erasure: next });
  const state = next === "erased" ? "erased" : next.step === "settling" ? "settling" : "erasing";
  const until = next === "erased" ? undefined : next.until;
  return { ownerId, dryRun: false, state, ...done, ...(until === undefined ? {} : { until }) };
}

async function beginning(ownerId: string, { ownerRecords }: EraseOwnerPorts, now: Date): Promise<Owner & { erasure: Erasure }> {
  const standing = await ownerRecords.owner(ownerId);
  if (standing?.erasure !== undefined) return { ...standing, erasure: standing.erasure };
  const owner = {
    version: 1,
    ownerId,
    state: "erasing",
    since: now.toISOString(),
    erasure: { round: 1, step: "things" },
  } as const;
  await ownerRecords.putOwner(owner);
  return owner;
}

async function takeStep({ ownerId, erasure }: Owner & { erasure: Erasure }, ports: EraseOwnerPorts, now: Date): Promise<Step> {
  const { round, step, cursor, until } = erasure;
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
      return { next: until !== undefined && until > now.toISOString() ? erasure : { round: 2, step: "things" }, done: NOTHING };
    case "remains": {
      const remains = (await ports.erasure.remembered(ownerId)).slice(0, REMAINS);
      await eachOf(remains, async (one) => await eraseRemains(one, ownerId, ports));
      return { next: remains.length === 0 ? "erased" : erasure, done: NOTHING };
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

async function ownedIds(ownerId: string, { erasure }: Pick<EraseOwnerPorts, "erasure">): Promise<OwnedIds> {
  return { ownerId, ids: new Set((await erasure.remembered(ownerId)).map(({ id }) => id)) };
}

async function eraseRemains(remains: Remains, ownerId: string, ports: EraseOwnerPorts): Promise<void> {
  await ports.erasure.deleteRemains(remains);
  await ports.erasureObjects.deleteObjects(remains);
  await ports.erasure.forget(ownerId, remains);
}

/** One part of what an erasure would delete; nothing is changed. Letters and the like are counted where they name the owner. */
export async function countOwned(
  { ownerId, cursor }: Pick<EraseRequest, "cursor"> & { readonly ownerId: string },
  { erasure }: Pick<EraseOwnerPorts, "erasure">,
): Promise<EraseReport> {
  const [step, place] = cursor?.startsWith(REST) === true ? ["rest", cursor.slice(REST.length)] : ["things", cursor];
  if (step === "things") {
    const page = await erasure.owned(ownerId, { limit: ITEMS / 5, cursor: place });
    return countedOf(ownerId, doneOf(page.things), page.cursor ?? REST);
  }
  const owned = await ownedIds(ownerId, { erasure });
  const page = await erasure.look(ownerId, { limit: ITEMS, cursor: place === "" ? undefined : place });
  const traced = page.items.filter((item) => item.kind !== "item" && isTraceOf(owned, item));
  return countedOf(ownerId, { counts: countsOf(traced), names: [] }, page.cursor === undefined ? undefined : REST + page.cursor);
}

/** No cursor of an index begins so. */
const REST = "rest.";

function countedOf(ownerId: string, done: Done, cursor: string | undefined): EraseReport {
  const end = cursor === undefined ? ({ state: "counted" } as const) : ({ state: "counting", cursor } as const);
  return { ownerId, dryRun: true, ...end, ...done };
}

function doneOf(things: readonly OwnedThing[]): Done {
  return { counts: countsOf(things), names: things.flatMap(nameOf).slice(0, NAMES) };
}

function countsOf(items: readonly { readonly kind: string }[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(items, ({ kind }) => kind)].map(([kind, own]) => [kind, own.length]));
}

function nameOf(thing: OwnedThing): string[] {
  if (thing.kind === "calendar") return [thing.calendar.name];
  return thing.kind === "feed" ? [thing.feed.name] : [];
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) await Promise.all(items.slice(from, from + AT_ONCE).map(work));
}
