/** Cancel a reservation that still waits. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { closedReservation, unknownReservation } from "../core/owners-reservations.ts";
import type { ReservationPorts } from "./make-reservation.ts";

/** Exactly one of firing and cancelling wins. Cancelled twice it stays so. Throws `reservation-unknown`, `reservation-closed`. */
export async function cancelReservation(reservationId: string, ports: ReservationPorts, now: Date): Promise<OwnersReservation> {
  const read = await ports.ownersReservations.load(reservationId);
  if (read === undefined) throw unknownReservation(reservationId);
  if (read.state === "sent") throw closedReservation(read);
  const cancelled: OwnersReservation =
    read.state === "cancelled" ? read : { ...read, state: "cancelled", settledAt: now.toISOString() };
  if (read.state === "waiting" && !(await ports.ownersReservations.change(cancelled, read))) {
    throw closedReservation((await ports.ownersReservations.load(reservationId)) ?? read);
  }
  await ports.reservationSchedules.drop(read);
  return cancelled;
}
