/** Send a cron calendar's turn: the due minute is its identity, so that a doubled call makes a duplicate. */
import type { Calendar } from "../contract/calendar.ts";
import type { CronCall } from "../contract/task.ts";
import { cronOf } from "../core/place.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export interface CronSchedules {
  /** Makes the calendar's schedule, or makes it say what the calendar says; one that says so is left as it is. */
  keep(calendar: Calendar): Promise<void>;
  /** Removes it; one that is gone is no harm. */
  drop(calendar: Pick<Calendar, "calendarId" | "ownerId">): Promise<void>;
}
export type SendCronPorts = BookPorts & {
  readonly calendars: { load(calendarId: string): Promise<LoadedCalendar | undefined> };
  readonly crons: CronSchedules;
};
export type CronEnd = "sent" | "booked" | "gone" | "paused" | "duplicate";

/** A calendar that was removed, or goes by its interval now, has left its schedule behind: it is dropped. */
export async function sendCronTurn(call: CronCall, ports: SendCronPorts, now: Date): Promise<CronEnd> {
  const { calendarId, ownerId } = call;
  const loaded = await ports.calendars.load(calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed" || cronOf(loaded.calendar) === undefined) {
    await ports.crons.drop({ calendarId, ownerId });
    return "gone";
  }
  const { calendar, checkpoint } = loaded;
  // Who paused or suspended it wants no turn, and none is missed.
  if (calendar.state !== "active") return "paused";
  const turn = Math.floor(Date.parse(call.dueAt) / 60_000);
  if (turn <= checkpoint.lastTurn) return "duplicate";
  const task = { version: 1, kind: "import", taskId: `${calendarId}@${turn}`, calendarId, turn, reason: "cron" } as const;
  return await bookTask(task, { ownerId: calendar.ownerId, host: checkpoint.host }, ports, now);
}
