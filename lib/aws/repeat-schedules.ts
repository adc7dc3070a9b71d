/** A schedule for each repeat of a download, named `<ownerId>.<repeatId>`. */
import type { Repeat } from "../contract/repeat.ts";
import { schedulerExpression } from "../core/cron.ts";
import { ScheduleClient } from "./schedule-client.ts";
import type { ScheduleTarget } from "./schedule-client.ts";
import type { ClientSettings } from "./try-again.ts";

/** Scheduler puts the instant there that it calls for, the same where it calls twice. */
const DUE = "<aws.scheduler.scheduled-time>";

export class RepeatSchedules {
  private readonly schedules: ScheduleClient;

  constructor(target: ScheduleTarget, settings: ClientSettings = {}) {
    this.schedules = new ScheduleClient(target, settings);
  }

  async keep(repeat: Repeat): Promise<void> {
    const { repeatId, ownerId, every } = repeat;
    await this.schedules.keep({
      name: nameOf(repeat),
      expression: schedulerExpression(every.cron),
      zone: every.zone,
      input: JSON.stringify({ repeatId, ownerId, dueAt: DUE }),
      description: "Calferry: a download that is asked for again",
    });
  }

  async drop(repeat: Pick<Repeat, "repeatId" | "ownerId">): Promise<void> {
    await this.schedules.drop(nameOf(repeat));
  }
}

function nameOf({ repeatId, ownerId }: Pick<Repeat, "repeatId" | "ownerId">): string {
  return `${ownerId}.${repeatId}`;
}
