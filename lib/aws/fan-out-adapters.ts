/** Fan-out's adapters to AWS, made once for a process. */
import type { FanOutEnv } from "../contract/env.ts";
import type { TickPorts } from "../sync/run-tick.ts";
import type { SendTurnPorts } from "../sync/send-turn.ts";
import { CalendarTable } from "./calendar-table.ts";
import { HostTable } from "./host-table.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TickCursor, WheelIndex } from "./tick-table.ts";

export function createFanOutAdapters(env: FanOutEnv): TickPorts & SendTurnPorts {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  return {
    cursor: new TickCursor(table),
    wheel: new WheelIndex(table),
    hosts: new HostTable(table),
    calendars: new CalendarTable(table),
    imports: new TaskQueue(queues, env.IMPORT_QUEUE_URL),
    urgent: new TaskQueue(queues, env.URGENT_QUEUE_URL),
  };
}
