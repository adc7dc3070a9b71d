/** Reservations with what became of them: a sync's run, or the letter of a feed's exports, is read beside it. */
import type { OwnersReservation, ReservationView } from "../contract/owners-reservation.ts";
import type { Letter } from "../contract/letter.ts";
import type { Run } from "../contract/run.ts";
import { reservationView, unknownReservation } from "../core/owners-reservations.ts";
import type { OwnersReservationBook } from "../sync/make-reservation.ts";
import type { Page, PageRequest } from "../sync/registry.ts";

export type ReservationViewPorts = {
  readonly ownersReservations: Pick<OwnersReservationBook, "load" | "list">;
  readonly calendars: { run(calendarId: string, runId: string): Promise<Run | undefined> };
  readonly letters: { get(letterId: string): Promise<Letter | undefined> };
};
/** Which of an owner's are shown. */
export type ReservationFilter = { readonly calendarId?: string | undefined; readonly feedId?: string | undefined };

/** Throws `reservation-unknown`. */
export async function showReservation(reservationId: string, ports: ReservationViewPorts): Promise<ReservationView> {
  const reservation = await ports.ownersReservations.load(reservationId);
  if (reservation === undefined) throw unknownReservation(reservationId);
  return await viewOf(reservation, ports);
}

/** One page by time; a filter leaves a page with fewer. */
export async function listReservations(
  ownerId: string,
  { calendarId, feedId }: ReservationFilter,
  page: PageRequest,
  ports: ReservationViewPorts,
): Promise<Page<ReservationView>> {
  const { items, cursor } = await ports.ownersReservations.list(ownerId, page);
  const wanted = items.filter(({ target }) => {
    const isOfCalendar = calendarId === undefined || (target.kind === "sync" && target.calendarId === calendarId);
    return isOfCalendar && (feedId === undefined || (target.kind === "export" && target.feedId === feedId));
  });
  return { items: await Promise.all(wanted.map(async (one) => await viewOf(one, ports))), cursor };
}

async function viewOf(reservation: OwnersReservation, { calendars, letters }: ReservationViewPorts): Promise<ReservationView> {
  const { target, taskId, ended } = reservation;
  if (taskId === undefined || ended !== undefined) return reservationView(reservation);
  if (target.kind === "export") return reservationView(reservation, { letter: await letters.get(`export-${target.feedId}`) });
  return reservationView(reservation, { run: await calendars.run(target.calendarId, taskId) });
}
