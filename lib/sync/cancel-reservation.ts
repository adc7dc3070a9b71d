/** Cancel a reservation that still waits. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { closedReservation, unknownReservation } from "../core/owners-reservations.ts";
import type { ReservationPorts } from "./make-reservation.ts";

/** Exactly one of firing and cancelling wins. Cancelled twice it stays so. Throws `reservation-unknown`, `reservation-closed`. */
export async function cancelReservation(reservationId: string, ports: ReservationPorts, now: Date): Promise<OwnersReservation> {
  const read = await ports.ownersReservations.load(reservationId);
  if (read === undefined) throw unknownReservation(reservationId);
  if (read.state === "sent") throw closedReservation(read);
  const cancelled = read.state === "cancelled" ? read : await cancelWaiting(read, ports, now);
  await ports.reservationSchedules.drop(read);
  return cancelled;
}

/** A write that is sent twice loses to itself. */
async function cancelWaiting(read: OwnersReservation, ports: ReservationPorts, now: Date): Promise<OwnersReservation> {
  const cancelled: OwnersReservation = { ...read, state: "cancelled", settledAt: now.toISOString() };
  if (await ports.ownersReservations.change(cancelled, read)) return cancelled;
  const stored = await ports.ownersReservations.load(read.reservationId);
  if (stored?.state === "cancelled") return stored;
  throw closedReservation(stored ?? read);
}
