/** The one-time schedules of owners' reservations. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import { reservationScheduleName } from "../core/owners-reservations.ts";
import { callableInstant } from "../core/schedule-times.ts";
import { atExpression, ScheduleClient } from "./schedule-client.ts";
import type { ScheduleTarget } from "./schedule-client.ts";
import type { ClientSettings } from "./try-again.ts";

export class ReservationSchedules {
  private readonly schedules: ScheduleClient;

  constructor(target: ScheduleTarget, settings: ClientSettings = {}) {
    this.schedules = new ScheduleClient(target, settings);
  }

  async make(reservation: OwnersReservation, now: Date): Promise<void> {
    const { reservationId, revision } = reservation;
    await this.schedules.make({
      name: reservationScheduleName(reservation),
      expression: atExpression(callableInstant(Date.parse(reservation.at), now.getTime())),
      input: JSON.stringify({ reservationId, revision }),
      description: "Calferry: a reservation",
      once: "delete",
    });
  }

  async drop(reservation: OwnersReservation): Promise<void> {
    await this.schedules.drop(reservationScheduleName(reservation));
  }
}
