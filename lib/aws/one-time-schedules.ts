/** One-off tasks that wait: a record each, and a one-time schedule that calls fan-out and deletes itself. */
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";

import type { Reservation } from "../contract/reservation.ts";
import { ownTurnOf, scheduleName } from "../core/reservations.ts";
import type { Key, RecordTable } from "./record-table.ts";
import { clientConfig, rethrowFrom } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** Where schedules are made, what they call, and as whom. */
export type ScheduleTarget = {
  readonly group: string;
  readonly roleArn: string;
  readonly fanOutArn: string;
  /** Receives the event that Scheduler could not deliver. */
  readonly lostEventsArn: string;
};

/** Fan-out is away for an hour at most before somebody has to know of it. */
const RETRY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 60 } as const;

export class OneTimeSchedules {
  private readonly table: RecordTable;
  private readonly target: ScheduleTarget;
  private readonly client: SchedulerClient;

  constructor(table: RecordTable, target: ScheduleTarget, settings: ClientSettings = {}) {
    this.table = table;
    this.target = target;
    this.client = new SchedulerClient(clientConfig(settings));
    this.client.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("Scheduler")), { step: "initialize" });
  }

  async book(reservation: Reservation): Promise<void> {
    await this.table.put({ ...reservationKey(reservation.taskId), ...reservation });
    try {
      await this.client.send(new CreateScheduleCommand(this.scheduleOf(reservation)));
    } catch (error) {
      // The name is of the task and of how often it was put off: somebody else, or we before a lost answer, made this very schedule.
      if (!(error instanceof Error) || error.name !== "ConflictException") throw error;
    }
  }

  async end(taskId: string, bookings: number): Promise<void> {
    await this.table.delete(reservationKey(taskId), { expression: "#bookings = :bookings", values: { ":bookings": bookings } });
  }

  private scheduleOf(reservation: Reservation): CreateScheduleCommandInput {
    const { group, roleArn, fanOutArn, lostEventsArn } = this.target;
    return {
      GroupName: group,
      Name: scheduleName(reservation),
      // Without a zone it is UTC; Scheduler takes whole seconds.
      ScheduleExpression: `at(${reservation.dueAt.slice(0, "2026-05-06T01:00:00".length)})`,
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: fanOutArn,
        RoleArn: roleArn,
        Input: JSON.stringify(ownTurnOf(reservation)),
        DeadLetterConfig: { Arn: lostEventsArn },
        RetryPolicy: RETRY,
      },
    };
  }
}

function reservationKey(taskId: string): Key {
  return { pk: `RESERVATION#${taskId}`, sk: "META" };
}
