/** The export worker's adapters to AWS, made once for a process. */
import type { ExportFeedEnv } from "../contract/env.ts";
import type { ExportPorts } from "../sync/export-feed.ts";
import { ChangesTopic } from "./change-topic.ts";
import { DeadLetters } from "./dead-letter-queue.ts";
import { FeedObjects } from "./feed-objects.ts";
import { FeedTable } from "./feed-table.ts";
import { LetterTable } from "./letter-table.ts";
import { ObjectClient } from "./object-client.ts";
import { OwnersReservationTable } from "./owners-reservation-table.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TopicClient } from "./topic-client.ts";

export type ExportAdapters = { readonly ports: ExportPorts; readonly queues: QueueClient; readonly deadLetters: DeadLetters };

export function createExportAdapters(env: ExportFeedEnv): ExportAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  return {
    queues,
    deadLetters: new DeadLetters(queues, env.EXPORT_DLQ_URL),
    ports: {
      feeds: new FeedTable(table),
      letters: new LetterTable(table),
      objects: new FeedObjects(new ObjectClient(env.BUCKET_NAME)),
      changes: new ChangesTopic(new TopicClient(), env.CHANGES_TOPIC_ARN),
      ownersReservations: new OwnersReservationTable(table),
    },
  };
}
