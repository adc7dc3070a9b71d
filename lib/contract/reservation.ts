/** A one-off task that waits on a one-time schedule: written before the schedule, for Scheduler's list shows neither time nor target. */
import * as z from "zod";

import { TaskReason } from "./task.ts";

export const Reservation = z.object({
  version: z.literal(1),
  taskId: z.string(),
  calendarId: z.string(),
  ownerId: z.string(),
  reason: TaskReason,
  /** The dead letter that the task replays. */
  replayOf: z.string().optional(),
  /** UTC instant, whole seconds, at which fan-out is called. */
  dueAt: z.string(),
  /** UTC instant that was reserved at the host; absent where fan-out is to reserve one then. */
  startAt: z.string().optional(),
  /** Times that the task was put off, this one included. */
  bookings: z.number().int().positive(),
  /** The due minute of a cron time that no worker has seen yet: doubled, it is still the same turn. */
  turn: z.number().int().positive().optional(),
});
export type Reservation = z.infer<typeof Reservation>;
