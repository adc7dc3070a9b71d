/** Fan-out's adapters to AWS, made once for a process. */
import type { FanOutEnv } from "../contract/env.ts";
import type { RepeatPorts } from "../sync/repeat-download.ts";
import type { RequestPorts } from "../sync/request-download.ts";
import type { TickPorts } from "../sync/run-tick.ts";
import type { TakeCallPorts } from "../sync/take-call.ts";
import { CalendarTable } from "./calendar-table.ts";
import { DownloadTable } from "./download-table.ts";
import { FeedTable } from "./feed-table.ts";
import { HostTable } from "./host-table.ts";
import { ownSchedules } from "./own-schedules.ts";
import type { OwnSchedules } from "./own-schedules.ts";
import { OwnersReservationTable } from "./owners-reservation-table.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { RepeatTable } from "./repeat-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TickCursor, WheelIndex } from "./tick-table.ts";

export type FanOutAdapters = {
  readonly ports: TickPorts & Omit<TakeCallPorts, keyof OwnSchedules> & { readonly hosts: HostTable };
  readonly repeating: Omit<RepeatPorts & RequestPorts, keyof OwnSchedules>;
  /** @param fanOutArn as the invocation says it: whom schedules call; the same in each */
  readonly schedulesOf: (fanOutArn: string) => OwnSchedules;
};

export function createFanOutAdapters(env: FanOutEnv): FanOutAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const [calendars, feeds] = [new CalendarTable(table), new FeedTable(table)];
  const queues = new QueueClient();
  const target = { group: env.SCHEDULE_GROUP, roleArn: env.SCHEDULER_ROLE_ARN, lostEventsArn: env.LOST_EVENTS_ARN };
  let schedules: OwnSchedules | undefined;
  return {
    schedulesOf: (fanOutArn) => (schedules ??= ownSchedules(table, { ...target, fanOutArn })),
    repeating: {
      calendars,
      feeds,
      repeats: new RepeatTable(table),
      downloadBook: new DownloadTable(table),
      downloads: new TaskQueue(queues, env.DOWNLOAD_QUEUE_URL),
    },
    ports: {
      cursor: new TickCursor(table),
      wheel: new WheelIndex(table),
      hosts: new HostTable(table),
      calendars,
      feeds,
      ownersReservations: new OwnersReservationTable(table),
      exports: new TaskQueue(queues, env.EXPORT_QUEUE_URL),
      imports: new TaskQueue(queues, env.IMPORT_QUEUE_URL),
      urgent: new TaskQueue(queues, env.URGENT_QUEUE_URL),
    },
  };
}
