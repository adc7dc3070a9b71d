/** The download worker's adapters to AWS, made once for a process. */
import type { MakeDownloadEnv } from "../contract/env.ts";
import type { MakePorts } from "../sync/make-download.ts";
import { CalendarTable } from "./calendar-table.ts";
import { ChangesTopic } from "./change-topic.ts";
import { DeadLetters } from "./dead-letter-queue.ts";
import { DownloadObjects } from "./download-objects.ts";
import { DownloadSubjects } from "./download-subjects.ts";
import { DownloadTable } from "./download-table.ts";
import { FeedTable } from "./feed-table.ts";
import { LetterTable } from "./letter-table.ts";
import { ObjectClient } from "./object-client.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TaskQueue } from "./task-queue.ts";
import { TopicClient } from "./topic-client.ts";

export type DownloadAdapters = { readonly ports: MakePorts; readonly queues: QueueClient; readonly deadLetters: DeadLetters };

export function createDownloadAdapters(env: MakeDownloadEnv): DownloadAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const queues = new QueueClient();
  const objects = new ObjectClient(env.BUCKET_NAME);
  return {
    queues,
    deadLetters: new DeadLetters(queues, env.DOWNLOAD_DLQ_URL),
    ports: {
      downloadBook: new DownloadTable(table),
      downloadObjects: new DownloadObjects(objects),
      subjects: new DownloadSubjects(new CalendarTable(table), new FeedTable(table), objects),
      downloads: new TaskQueue(queues, env.DOWNLOAD_QUEUE_URL),
      letters: new LetterTable(table),
      changes: new ChangesTopic(new TopicClient(), env.CHANGES_TOPIC_ARN),
    },
  };
}
