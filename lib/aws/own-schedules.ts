/** Everything that calls fan-out at a time of its own: tasks that were put off, cron calendars, owners' reservations, repeats of downloads. */
import { CronSchedules } from "./cron-schedules.ts";
import { RepeatSchedules } from "./repeat-schedules.ts";
import { OneTimeSchedules } from "./one-time-schedules.ts";
import type { RecordTable } from "./record-table.ts";
import { ReservationSchedules } from "./reservation-schedules.ts";
import type { ScheduleTarget } from "./schedule-client.ts";

export type OwnSchedules = {
  readonly reservations: OneTimeSchedules;
  readonly crons: CronSchedules;
  readonly reservationSchedules: ReservationSchedules;
  readonly repeatSchedules: RepeatSchedules;
};

export function ownSchedules(table: RecordTable, target: ScheduleTarget): OwnSchedules {
  return {
    reservations: new OneTimeSchedules(table, target),
    crons: new CronSchedules(target),
    reservationSchedules: new ReservationSchedules(target),
    repeatSchedules: new RepeatSchedules(target),
  };
}
