/** Fan-out's adapters to AWS, made once for a process. */
import type { FanOutEnv } from "../contract/env.ts";
import type { TickPorts } from "../sync/run-tick.ts";
import type { SendTurnPorts } from "../sync/send-turn.ts";
import { CalendarTable } from "./calendar-table.ts";
import { HostTable } from "./host-table.ts";
import { OneTimeSchedules } from "./one-time-schedules.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TickCursor, WheelIndex } from "./tick-table.ts";

export type FanOutAdapters = {
  readonly ports: TickPorts & Omit<SendTurnPorts, "reservations"> & { readonly hosts: HostTable };
  /** @param fanOutArn as the invocation says it: whom one-time schedules call */
  readonly reservationsOf: (fanOutArn: string) => SendTurnPorts["reservations"];
};

export function createFanOutAdapters(env: FanOutEnv): FanOutAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  const target = { group: env.SCHEDULE_GROUP, roleArn: env.SCHEDULER_ROLE_ARN, lostEventsArn: env.LOST_EVENTS_ARN };
  return {
    reservationsOf: (fanOutArn) => new OneTimeSchedules(table, { ...target, fanOutArn }),
    ports: {
      cursor: new TickCursor(table),
      wheel: new WheelIndex(table),
      hosts: new HostTable(table),
      calendars: new CalendarTable(table),
      imports: new TaskQueue(queues, env.IMPORT_QUEUE_URL),
      urgent: new TaskQueue(queues, env.URGENT_QUEUE_URL),
    },
  };
}
