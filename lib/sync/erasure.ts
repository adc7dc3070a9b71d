/** What an erasure finds of an owner, and the ports that take it away. */
import type { Calendar } from "../contract/calendar.ts";
import type { Download } from "../contract/download.ts";
import type { Feed } from "../contract/feed.ts";
import type { Key } from "../contract/key.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { Repeat } from "../contract/repeat.ts";
import type { Reservation } from "../contract/reservation.ts";
import type { Trace } from "../core/owners.ts";

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
export interface BookingSchedules {
  /** Ends the one-time schedule of a task that was put off. */
  dropBooking(booking: Reservation): Promise<void>;
}
