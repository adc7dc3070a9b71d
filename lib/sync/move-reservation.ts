/** Move a reservation that still waits to another time. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { closedReservation, reservedInstant, unknownReservation } from "../core/owners-reservations.ts";
import type { ReservationPorts } from "./make-reservation.ts";

/**
 * The record decides: whoever writes it first, firing, moving or cancelling, wins. The old schedule's call is of an older revision and does
 * nothing. Throws `reservation-unknown`, `reservation-closed`, `reservation-time-invalid`.
 */
export async function moveReservation(
  reservationId: string,
  at: string,
  ports: ReservationPorts,
  now: Date,
): Promise<OwnersReservation> {
  const read = await ports.ownersReservations.load(reservationId);
  if (read === undefined) throw unknownReservation(reservationId);
  if (read.state !== "waiting") throw closedReservation(read);
  const wanted = { ...read, at: reservedInstant(at, now), revision: read.revision + 1 };
  const moved = (await ports.ownersReservations.change(wanted, read)) ? wanted : await movedBefore(wanted, ports);
  await ports.reservationSchedules.make(moved, now);
  await ports.reservationSchedules.drop(read);
  return moved;
}

/** A write that is sent twice loses to itself; and who moved it to the same time did what is asked for. */
async function movedBefore(wanted: OwnersReservation, { ownersReservations }: ReservationPorts): Promise<OwnersReservation> {
  const stored = await ownersReservations.load(wanted.reservationId);
  if (stored?.state === "waiting" && stored.at === wanted.at) return stored;
  throw closedReservation(stored ?? wanted);
}
