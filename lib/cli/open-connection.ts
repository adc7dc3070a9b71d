/** The adapters to a deployment that was found; loaded only by commands that need AWS. */
import { randomBytes } from "node:crypto";

import { CalendarObjects } from "../aws/calendar-objects.ts";
import { AlertTable } from "../aws/alert-table.ts";
import { CalendarEditorTable } from "../aws/calendar-editor.ts";
import { CalendarTable } from "../aws/calendar-table.ts";
import { ChangesTopic } from "../aws/change-topic.ts";
import { ErasureBucket } from "../aws/erasure-objects.ts";
import { ErasureTable } from "../aws/erasure-table.ts";
import { ExternalIdTable } from "../aws/external-id-table.ts";
import { FeedObjects } from "../aws/feed-objects.ts";
import { DownloadTable } from "../aws/download-table.ts";
import { FeedTable } from "../aws/feed-table.ts";
import { HostTable } from "../aws/host-table.ts";
import { KeyTable } from "../aws/key-table.ts";
import { LetterObjects } from "../aws/letter-objects.ts";
import { LetterTable } from "../aws/letter-table.ts";
import { LinkTable } from "../aws/link-table.ts";
import { ObjectClient } from "../aws/object-client.ts";
import { OwnerTable } from "../aws/owner-table.ts";
import { OwnersReservationTable } from "../aws/owners-reservation-table.ts";
import { QueueClient } from "../aws/queue-client.ts";
import { randomId } from "../aws/random-id.ts";
import { QuotaTable } from "../aws/quota-table.ts";
import { RecordTable } from "../aws/record-table.ts";
import { RepeatTable } from "../aws/repeat-table.ts";
import { TaskQueue } from "../aws/task-queue.ts";
import { TickCursor } from "../aws/tick-table.ts";
import { TopicClient } from "../aws/topic-client.ts";
import { QuotaText } from "../contract/quota.ts";
import { findMachine, findStack } from "./find-outputs.ts";
import { openSchedules } from "./open-reservations.ts";
import { SqsDepths } from "./queue-depths.ts";
import type { Connection, Place } from "./terminal.ts";

/** Of a stack of an older release, which tells none. */
const USUAL_QUOTAS = { calendars: 10_000, feeds: 10_000, linksPerFeed: 100 };

/** Throws `machine-not-running` or `stack-unknown`. */
export async function openConnection(place: Place, folder: string, env: NodeJS.ProcessEnv): Promise<Connection> {
  const { outputs, base } = place.local === true ? await findMachine(folder, env) : await findStack(place.stage);
  const table = new RecordTable(outputs.TableName);
  const queues = new QueueClient();
  const objects = new ObjectClient(outputs.BucketName);
  return {
    calendars: new CalendarTable(table),
    editor: new CalendarEditorTable(table),
    externalIds: new ExternalIdTable(table),
    objects: new CalendarObjects(objects),
    changes: new ChangesTopic(new TopicClient(), outputs.ChangesTopicArn),
    ear: async () => {
      const { TopicEar } = await import("../aws/topic-ear.ts");
      return new TopicEar(outputs.ChangesTopicArn);
    },
    feeds: new FeedTable(table),
    links: new LinkTable(table),
    published: new FeedObjects(objects),
    letters: new LetterTable(table, new LetterObjects(objects)),
    alerts: new AlertTable(table),
    keys: new KeyTable(table),
    quotas: new QuotaTable(table, outputs.Quotas === undefined ? USUAL_QUOTAS : QuotaText.parse(outputs.Quotas)),
    ownerRecords: new OwnerTable(table),
    erasure: new ErasureTable(table),
    erasureObjects: new ErasureBucket(objects),
    hosts: new HostTable(table),
    urgent: new TaskQueue(queues, outputs.UrgentQueueUrl),
    ...openSchedules(outputs, table),
    ownersReservations: new OwnersReservationTable(table),
    exports: new TaskQueue(queues, outputs.ExportQueueUrl),
    downloads: new TaskQueue(queues, outputs.DownloadQueueUrl),
    downloadBook: new DownloadTable(table),
    downloadFiles: { getBytes: async (key) => await objects.get(key) },
    repeats: new RepeatTable(table),
    cursor: new TickCursor(table),
    queues: new SqsDepths(outputs),
    operations: async () => {
      const { openOperations } = await import("./open-operations.ts");
      return openOperations(outputs, table, queues);
    },
    base,
    now: () => new Date(),
    newId: randomId,
    randomBytes,
  };
}
