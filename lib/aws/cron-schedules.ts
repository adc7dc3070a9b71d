/** A schedule of its own for each cron calendar, named `<ownerId>.<calendarId>`. */
import type { Calendar } from "../contract/calendar.ts";
import { schedulerExpression } from "../core/cron.ts";
import { cronOf } from "../core/place.ts";
import { ScheduleClient } from "./schedule-client.ts";
import type { ScheduleTarget } from "./schedule-client.ts";
import type { ClientSettings } from "./try-again.ts";

/** Scheduler puts the instant there that it calls for, the same where it calls twice. */
const DUE = "<aws.scheduler.scheduled-time>";

export class CronSchedules {
  private readonly schedules: ScheduleClient;

  constructor(target: ScheduleTarget, settings: ClientSettings = {}) {
    this.schedules = new ScheduleClient(target, settings);
  }

  async keep(calendar: Calendar): Promise<void> {
    const { calendarId, ownerId } = calendar;
    const cron = cronOf(calendar);
    if (cron === undefined) return;
    await this.schedules.keep({
      name: nameOf(calendar),
      expression: schedulerExpression(cron.expression),
      zone: cron.zone,
      input: JSON.stringify({ calendarId, ownerId, reason: "cron", dueAt: DUE }),
      description: "Calferry: a calendar's own times",
    });
  }

  async drop(calendar: Pick<Calendar, "calendarId" | "ownerId">): Promise<void> {
    await this.schedules.drop(nameOf(calendar));
  }
}

function nameOf({ calendarId, ownerId }: Pick<Calendar, "calendarId" | "ownerId">): string {
  return `${ownerId}.${calendarId}`;
}
