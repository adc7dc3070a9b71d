/** Adapters to AWS for what each tick looks after: alerts, and what was left half done. */
import type { FanOutEnv } from "../contract/env.ts";
import type { MendPorts } from "../sync/mend-segments.ts";
import type { AlertChannel } from "../sync/raise-alert.ts";
import type { TendPorts } from "../sync/tend-alerts.ts";
import { AlertTable } from "./alert-table.ts";
import { AlertTopic } from "./alert-topic.ts";
import { CalendarEditorTable } from "./calendar-editor.ts";
import { CalendarTable } from "./calendar-table.ts";
import { ExternalIdTable } from "./external-id-table.ts";
import { FeedTable } from "./feed-table.ts";
import type { OwnSchedules } from "./own-schedules.ts";
import { OwnersReservationTable } from "./owners-reservation-table.ts";
import { LetterShelves } from "./letter-shelves.ts";
import { LetterTable } from "./letter-table.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { SweepTable } from "./sweep-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TopicClient } from "./topic-client.ts";

export type TendAdapters = { readonly alerting: TendPorts; readonly mending: Omit<MendPorts, keyof OwnSchedules> };

/** @param others ways to people besides the alerts topic */
export function createTendAdapters(env: FanOutEnv, others: readonly AlertChannel[]): TendAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  const alerts = new AlertTable(table);
  const channels = [new AlertTopic(new TopicClient(), env.ALERTS_TOPIC_ARN), ...others];
  return {
    alerting: { alerts, channels, letters: new LetterShelves(table) },
    mending: {
      alerts,
      channels,
      records: new SweepTable(table),
      ownersReservations: new OwnersReservationTable(table),
      calendars: new CalendarTable(table),
      editor: new CalendarEditorTable(table),
      feeds: new FeedTable(table),
      externalIds: new ExternalIdTable(table),
      letters: new LetterTable(table),
      imports: new TaskQueue(queues, env.IMPORT_QUEUE_URL),
      exports: new TaskQueue(queues, env.EXPORT_QUEUE_URL),
    },
  };
}
