/** Reserve one sync or export for a time: the record first, then the schedule that calls fan-out. */
import type { OwnersReservation, ReservationDraft } from "../contract/owners-reservation.ts";
import { Refusal } from "../core/failure.ts";
import { reservedInstant, targetOf } from "../core/owners-reservations.ts";
import { shown, unknownCalendar, unknownFeed } from "../core/refusals.ts";
import type { CreateContext } from "./create-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { CalendarLoader } from "./load-calendar.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedLoader } from "./load-feed.ts";
import type { Page, PageRequest } from "./registry.ts";

export interface OwnersReservationBook {
  load(reservationId: string): Promise<OwnersReservation | undefined>;
  put(reservation: OwnersReservation): Promise<void>;
  /** Writes it where state and revision are still those of `read`; false where somebody else was first. */
  change(next: OwnersReservation, read: OwnersReservation): Promise<boolean>;
  /** Notes how one that was claimed was sent; what its export has said meanwhile stays. */
  settle(reservationId: string, sent: NonNullable<OwnersReservation["sent"]>, settledAt: string): Promise<void>;
  /** Notes how the export of one that was sent has ended. */
  end(reservationId: string, ended: NonNullable<OwnersReservation["ended"]>): Promise<void>;
  /** One owner's, by the time they are for. */
  list(ownerId: string, page: PageRequest): Promise<Page<OwnersReservation>>;
}
export interface ReservationSchedules {
  /** Makes its one-time schedule; one of the same revision that is there is left. */
  make(reservation: OwnersReservation, now: Date): Promise<void>;
  /** Removes it; one that was called or is gone is no harm. */
  drop(reservation: OwnersReservation): Promise<void>;
}
export type ReservationPorts = {
  readonly ownersReservations: OwnersReservationBook;
  readonly reservationSchedules: ReservationSchedules;
};
export type MakeReservationPorts = ReservationPorts & {
  readonly calendars: CalendarLoader;
  readonly feeds: FeedLoader;
};

/**
 * Throws `reservation-time-invalid`, `calendar-unknown`, `feed-unknown`, `source-kind-wrong`. A crash between the two writes is mended by
 * the sweep.
 * @param askedBy whose calendar or feed it has to be; anybody's where absent
 */
export async function makeReservation(
  draft: ReservationDraft,
  ports: MakeReservationPorts,
  context: CreateContext,
  askedBy?: string,
): Promise<OwnersReservation> {
  const now = context.now();
  const at = reservedInstant(draft.at, now);
  const ownerId = await ownerOf(draft, ports);
  if (askedBy !== undefined && askedBy !== ownerId) {
    throw draft.kind === "sync" ? unknownCalendar(draft.calendarId) : unknownFeed(draft.feedId);
  }
  const reservation: OwnersReservation = {
    version: 1,
    reservationId: context.newId(),
    ownerId,
    target: targetOf(draft),
    at,
    revision: 1,
    state: "waiting",
    createdAt: now.toISOString(),
  };
  await ports.ownersReservations.put(reservation);
  await ports.reservationSchedules.make(reservation, now);
  return reservation;
}

async function ownerOf(draft: ReservationDraft, { calendars, feeds }: MakeReservationPorts): Promise<string> {
  if (draft.kind === "export") {
    const { feed } = await loadFeed(draft.feedId, feeds);
    return feed.ownerId;
  }
  const { calendar } = await loadCalendar(draft.calendarId, calendars);
  if (calendar.source.kind === "url") return calendar.ownerId;
  const what = `calendar ${shown(draft.calendarId)} is written by push, wanted a calendar with a url`;
  throw new Refusal("source-kind-wrong", what, "PUT its events at the time instead, or reserve an export of its feed");
}
