/** Mend one reservation: a schedule that was never made, or whose call was lost. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { mayLackSchedule } from "../core/owners-reservations.ts";
import type { OwnersReservationBook, ReservationSchedules } from "./make-reservation.ts";

export type MendReservationPorts = {
  readonly ownersReservations: Pick<OwnersReservationBook, "load">;
  readonly reservationSchedules: Pick<ReservationSchedules, "make">;
};

/** Where its schedule is there, making it changes nothing; one too many is called for nothing, for the record decides. */
export async function mendReservation(
  found: OwnersReservation,
  { ownersReservations, reservationSchedules }: MendReservationPorts,
  now: Date,
): Promise<readonly "make-schedule"[]> {
  if (!mayLackSchedule(found, now)) return [];
  const reservation = await ownersReservations.load(found.reservationId);
  if (reservation === undefined || !mayLackSchedule(reservation, now)) return [];
  await reservationSchedules.make(reservation, now);
  return ["make-schedule"];
}
