/** One-off tasks that wait: a record each, and a one-time schedule that calls fan-out and deletes itself. */
import type { Reservation } from "../contract/reservation.ts";
import { ownTurnOf, scheduleName } from "../core/reservations.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";
import { atExpression, ScheduleClient } from "./schedule-client.ts";
import type { ScheduleTarget } from "./schedule-client.ts";
import type { ClientSettings } from "./try-again.ts";

export class OneTimeSchedules {
  private readonly table: RecordTable;
  private readonly schedules: ScheduleClient;

  constructor(table: RecordTable, target: ScheduleTarget, settings: ClientSettings = {}) {
    this.table = table;
    this.schedules = new ScheduleClient(target, settings);
  }

  /** The name is of the task and of how often it was put off: one that is there was made by somebody else, or by us before a lost answer. */
  async book(reservation: Reservation): Promise<void> {
    await this.table.put({ ...reservationKey(reservation.taskId), ...reservation });
    await this.schedules.make({
      name: scheduleName(reservation),
      expression: atExpression(reservation.dueAt),
      input: JSON.stringify(ownTurnOf(reservation)),
      once: "delete",
    });
  }

  async dropBooking(reservation: Reservation): Promise<void> {
    await this.schedules.drop(scheduleName(reservation));
  }

  async end(taskId: string, bookings: number): Promise<void> {
    await this.table.delete(reservationKey(taskId), { expression: "#bookings = :bookings", values: { ":bookings": bookings } });
  }
}

function reservationKey(taskId: string): Key {
  return { pk: `RESERVATION#${taskId}`, sk: "META" };
}
