/** The alert function's adapters to AWS, made once for a process. */
import type { AlertEnv } from "../contract/env.ts";
import { AlertTable } from "./alert-table.ts";
import { AlertTopic } from "./alert-topic.ts";
import { CalendarTable } from "./calendar-table.ts";
import { ChangesTopic } from "./change-topic.ts";
import { FeedTable } from "./feed-table.ts";
import { LetterObjects } from "./letter-objects.ts";
import { LetterTable } from "./letter-table.ts";
import { ObjectClient } from "./object-client.ts";
import { OwnerLookup } from "./owner-lookup.ts";
import { QueueClient } from "./queue-client.ts";
import { RecordTable } from "./record-table.ts";
import { TopicClient } from "./topic-client.ts";

export type AlertAdapters = {
  readonly alerts: AlertTable;
  readonly letters: LetterTable;
  readonly successes: CalendarTable;
  readonly runs: CalendarTable;
  readonly feeds: FeedTable;
  readonly owners: OwnerLookup;
  readonly changes: ChangesTopic;
  readonly topic: AlertTopic;
  readonly queues: QueueClient;
};

export function createAlertAdapters(env: AlertEnv): AlertAdapters {
  const table = new RecordTable(env.TABLE_NAME);
  const topics = new TopicClient();
  const calendars = new CalendarTable(table);
  return {
    alerts: new AlertTable(table),
    letters: new LetterTable(table, new LetterObjects(new ObjectClient(env.BUCKET_NAME))),
    successes: calendars,
    runs: calendars,
    feeds: new FeedTable(table),
    owners: new OwnerLookup(table),
    changes: new ChangesTopic(topics, env.CHANGES_TOPIC_ARN),
    topic: new AlertTopic(topics, env.ALERTS_TOPIC_ARN),
    queues: new QueueClient(),
  };
}
