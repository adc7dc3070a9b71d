/** What the functions stand on: records, objects, queues and topics, with the numbers that tie them together. */
import { Duration } from "aws-cdk-lib";
import type { Construct } from "constructs";

import type { Config } from "../contract/config.ts";
import { ObjectBucket } from "./object-bucket.ts";
import { RecordTable } from "./record-table.ts";
import { Schedules } from "./schedules.ts";
import { DeadLetterQueue, TaskQueue } from "./task-queue.ts";
import { AlertsTopic, ChangesTopic } from "./topics.ts";

/** The queues' visibility is derived from these. Fan-out must end before the next tick claims the cursor. */
export const TIMEOUTS = {
  fanOut: Duration.seconds(50),
  importCalendar: Duration.seconds(60),
  exportFeed: Duration.seconds(120),
  makeDownload: Duration.seconds(120),
  serveFeed: Duration.seconds(10),
  alert: Duration.seconds(30),
  api: Duration.seconds(20),
};

/** Imports and exports gather for a second, so that batches fill; a person waits for urgent ones. */
export const WINDOWS = { gathered: Duration.seconds(1), atOnce: Duration.seconds(0) };

export interface Parts {
  readonly config: Config;
  readonly records: RecordTable;
  readonly objects: ObjectBucket;
  readonly imports: TaskQueue;
  readonly urgent: TaskQueue;
  readonly exports: TaskQueue;
  /** Of its own, so that no feed waits for a large file. */
  readonly downloads: TaskQueue;
  /** Events that Scheduler or Lambda could not deliver to fan-out. */
  readonly lostEvents: DeadLetterQueue;
  readonly schedules: Schedules;
  readonly changes: ChangesTopic;
  readonly alerts: AlertsTopic;
}

export function createParts(scope: Construct, config: Config): Parts {
  const importWorker = { workerTimeout: TIMEOUTS.importCalendar, alertTimeout: TIMEOUTS.alert };
  const exportWorker = { workerTimeout: TIMEOUTS.exportFeed, alertTimeout: TIMEOUTS.alert };
  const downloadWorker = { workerTimeout: TIMEOUTS.makeDownload, alertTimeout: TIMEOUTS.alert };
  const tasks = {
    imports: new TaskQueue(scope, "Imports", { purpose: "import", batchingWindow: WINDOWS.gathered, ...importWorker }),
    urgent: new TaskQueue(scope, "Urgent", { purpose: "urgent", batchingWindow: WINDOWS.atOnce, ...importWorker }),
    exports: new TaskQueue(scope, "Exports", { purpose: "export", batchingWindow: WINDOWS.gathered, ...exportWorker }),
    downloads: new TaskQueue(scope, "Downloads", { purpose: "download", batchingWindow: WINDOWS.atOnce, ...downloadWorker }),
  };
  const lostEvents = new DeadLetterQueue(scope, "LostEvents", { alertTimeout: TIMEOUTS.alert });
  return {
    config,
    records: new RecordTable(scope, "Records", { deletionProtection: config.stage === "prod" }),
    objects: new ObjectBucket(scope, "Objects"),
    ...tasks,
    lostEvents,
    schedules: new Schedules(scope, "Schedules", { lostEvents: lostEvents.queue }),
    changes: new ChangesTopic(scope, "Changes", { endpoint: config.changesEndpoint, perSecond: config.changesPerSecond }),
    alerts: new AlertsTopic(scope, "Alerts", { email: config.alertEmail }),
  };
}

/** What each function's environment begins with. */
export function commonEnvironment(parts: Parts): { readonly STAGE: string; readonly TABLE_NAME: string } {
  return { STAGE: parts.config.stage, TABLE_NAME: parts.records.table.tableName };
}
