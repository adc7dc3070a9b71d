/** The API's adapters to AWS, made once for a process. */
import type { ApiEnv } from "../contract/env.ts";
import { CalendarEditorTable } from "./calendar-editor.ts";
import { CalendarObjects } from "./calendar-objects.ts";
import { CalendarTable } from "./calendar-table.ts";
import { ChangesTopic } from "./change-topic.ts";
import { ErasureBucket } from "./erasure-objects.ts";
import { ErasureTable } from "./erasure-table.ts";
import { ExternalIdTable } from "./external-id-table.ts";
import { FeedObjects } from "./feed-objects.ts";
import { DownloadTable } from "./download-table.ts";
import { FeedTable } from "./feed-table.ts";
import { HostTable } from "./host-table.ts";
import { IdempotencyTable } from "./idempotency-table.ts";
import { KeyTable } from "./key-table.ts";
import { LetterTable } from "./letter-table.ts";
import { LinkTable } from "./link-table.ts";
import { ownSchedules } from "./own-schedules.ts";
import type { OwnSchedules } from "./own-schedules.ts";
import { OwnerTable } from "./owner-table.ts";
import { OwnersReservationTable } from "./owners-reservation-table.ts";
import { ObjectClient } from "./object-client.ts";
import { OwnerLookup } from "./owner-lookup.ts";
import { QueueClient } from "./queue-client.ts";
import { QuotaTable } from "./quota-table.ts";
import { RecordTable } from "./record-table.ts";
import { RepeatTable } from "./repeat-table.ts";
import { ServedObjects } from "./served-objects.ts";
import { TaskQueue } from "./task-queue.ts";
import { TickCursor } from "./tick-table.ts";
import { TopicClient } from "./topic-client.ts";

export type ApiAdapters = OwnSchedules & {
  readonly owners: OwnerLookup;
  readonly calendars: CalendarTable;
  readonly editor: CalendarEditorTable;
  readonly externalIds: ExternalIdTable;
  readonly feeds: FeedTable;
  readonly links: LinkTable;
  readonly published: FeedObjects;
  readonly letters: LetterTable;
  readonly keys: KeyTable;
  readonly idempotency: IdempotencyTable;
  readonly quotas: QuotaTable;
  readonly ownerRecords: OwnerTable;
  readonly erasure: ErasureTable;
  readonly erasureObjects: ErasureBucket;
  readonly objects: CalendarObjects;
  readonly cursor: TickCursor;
  readonly hosts: HostTable;
  readonly urgent: TaskQueue;
  readonly ownersReservations: OwnersReservationTable;
  readonly exports: TaskQueue;
  readonly downloads: TaskQueue;
  readonly downloadBook: DownloadTable;
  readonly signed: ServedObjects;
  readonly repeats: RepeatTable;
  readonly changes: ChangesTopic;
};

export function createApiAdapters(env: ApiEnv): ApiAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  const objects = new ObjectClient(env.BUCKET_NAME);
  return {
    owners: new OwnerLookup(table),
    calendars: new CalendarTable(table),
    editor: new CalendarEditorTable(table),
    externalIds: new ExternalIdTable(table),
    feeds: new FeedTable(table),
    links: new LinkTable(table),
    published: new FeedObjects(objects),
    letters: new LetterTable(table),
    keys: new KeyTable(table),
    idempotency: new IdempotencyTable(table),
    quotas: new QuotaTable(table, env.QUOTAS),
    ownerRecords: new OwnerTable(table),
    erasure: new ErasureTable(table),
    erasureObjects: new ErasureBucket(objects),
    objects: new CalendarObjects(objects),
    cursor: new TickCursor(table),
    hosts: new HostTable(table),
    urgent: new TaskQueue(queues, env.URGENT_QUEUE_URL),
    ownersReservations: new OwnersReservationTable(table),
    ...ownSchedules(table, {
      group: env.SCHEDULE_GROUP,
      roleArn: env.SCHEDULER_ROLE_ARN,
      fanOutArn: env.FAN_OUT_ARN,
      lostEventsArn: env.LOST_EVENTS_ARN,
    }),
    exports: new TaskQueue(queues, env.EXPORT_QUEUE_URL),
    downloads: new TaskQueue(queues, env.DOWNLOAD_QUEUE_URL),
    downloadBook: new DownloadTable(table),
    signed: new ServedObjects(objects),
    repeats: new RepeatTable(table),
    changes: new ChangesTopic(new TopicClient(), env.CHANGES_TOPIC_ARN),
  };
}
