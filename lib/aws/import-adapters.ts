/** The import worker's adapters to AWS, made once for a process. */
import type { ImportCalendarEnv } from "../contract/env.ts";
import type { ImportPorts } from "../sync/import-calendar.ts";
import { AlertTable } from "./alert-table.ts";
import { CalendarObjects } from "./calendar-objects.ts";
import { CalendarTable } from "./calendar-table.ts";
import { ChangesTopic } from "./change-topic.ts";
import { DeadLetters } from "./dead-letter-queue.ts";
import { HostTable } from "./host-table.ts";
import { LetterTable } from "./letter-table.ts";
import { OneTimeSchedules } from "./one-time-schedules.ts";
import { ObjectClient } from "./object-client.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TopicClient } from "./topic-client.ts";

export type ImportAdapters = {
  /** All but the source and the dead-letter queue, which is that of the message. */
  readonly ports: Omit<ImportPorts, "source" | "deadLetters">;
  readonly queues: QueueClient;
  /** The dead-letter queue of the queue that a message came from. */
  readonly deadLettersOf: (eventSourceArn: string) => DeadLetters;
};

export function createImportAdapters(env: ImportCalendarEnv): ImportAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  const urgent = new DeadLetters(queues, env.URGENT_DLQ_URL);
  const periodic = new DeadLetters(queues, env.IMPORT_DLQ_URL);
  return {
    queues,
    deadLettersOf: (eventSourceArn) => (eventSourceArn === env.URGENT_QUEUE_ARN ? urgent : periodic),
    ports: {
      calendars: new CalendarTable(table),
      hosts: new HostTable(table),
      reservations: new OneTimeSchedules(table, {
        group: env.SCHEDULE_GROUP,
        roleArn: env.SCHEDULER_ROLE_ARN,
        fanOutArn: env.FAN_OUT_ARN,
        lostEventsArn: env.LOST_EVENTS_ARN,
      }),
      letters: new LetterTable(table),
      alerts: new AlertTable(table),
      objects: new CalendarObjects(new ObjectClient(env.BUCKET_NAME)),
      exports: new TaskQueue(queues, env.EXPORT_QUEUE_URL),
      changes: new ChangesTopic(new TopicClient(), env.CHANGES_TOPIC_ARN),
    },
  };
}
