/** The function that makes downloads, one part an invocation. */
import type { Construct } from "constructs";

import type { MakeDownloadEnvInput } from "../contract/env.ts";
import { commonEnvironment, TIMEOUTS, WINDOWS } from "./parts.ts";
import type { Parts } from "./parts.ts";
import { SyncFunction } from "./sync-function.ts";

export function createMakeDownload(scope: Construct, parts: Parts): SyncFunction {
  const { config, downloads, records, objects, changes } = parts;
  const makeDownload = new SyncFunction(scope, "MakeDownload", {
    file: "make-download",
    description: "Calferry: makes the parts of downloads and joins them",
    timeout: TIMEOUTS.makeDownload,
    // A workbook of the most rows that are taken needs some 400 MB while it is written; with the memory comes the processor.
    memoryMiB: 1024,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
      DOWNLOAD_QUEUE_URL: downloads.queue.queueUrl,
      DOWNLOAD_DLQ_URL: downloads.deadLetters.queueUrl,
      CHANGES_TOPIC_ARN: changes.topic.topicArn,
      ATTEMPTS: String(config.attempts),
    } satisfies MakeDownloadEnvInput,
    logRetention: config.logRetentionDays,
  });
  // One at a time: a part may take most of the memory and of the time.
  makeDownload.consumes(downloads.queue, {
    maxConcurrency: config.downloadConcurrency,
    batchingWindow: WINDOWS.atOnce,
    batchSize: 1,
  });
  makeDownload.readsItems(records.table);
  makeDownload.writesItems(records.table);
  makeDownload.readsObjects(objects, "snapshots", "feeds", "downloads");
  makeDownload.writesObjects(objects, "downloads");
  makeDownload.sendsTo(downloads.queue, downloads.deadLetters);
  makeDownload.publishesTo(changes.topic);
  return makeDownload;
}
