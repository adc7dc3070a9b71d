/** The functions that make and work tasks: fan-out, import-calendar, export-feed, and alert for those that gave up. */
import { Duration, Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";

import type { AlertEnvInput, ExportFeedEnvInput, FanOutEnvInput, ImportCalendarEnvInput } from "../contract/env.ts";
import { commonEnvironment, TIMEOUTS, WINDOWS } from "./parts.ts";
import type { Parts } from "./parts.ts";
import { SyncFunction } from "./sync-function.ts";

/** Alerts come in groups; more hands would only fight for the same records. */
const ALERT_CONCURRENCY = 2;

export function createFanOut(scope: Construct, parts: Parts): SyncFunction {
  const { config, imports, urgent, exports, downloads, records, lostEvents, alerts, schedules } = parts;
  const fanOut = new SyncFunction(scope, "FanOut", {
    file: "fan-out",
    description: "Calferry: sends the imports that are due, paced by host; looks after alerts and what was left half done",
    timeout: TIMEOUTS.fanOut,
    memoryMiB: 512,
    environment: {
      ...commonEnvironment(parts),
      IMPORT_QUEUE_URL: imports.queue.queueUrl,
      URGENT_QUEUE_URL: urgent.queue.queueUrl,
      EXPORT_QUEUE_URL: exports.queue.queueUrl,
      DOWNLOAD_QUEUE_URL: downloads.queue.queueUrl,
      ...schedules.environment(),
      ALERTS_TOPIC_ARN: alerts.topic.topicArn,
      ALERT_WEBHOOK: config.alertWebhook ?? "",
      DEAD_MAN_URL: config.deadManUrl ?? "",
    } satisfies FanOutEnvInput,
    logRetention: config.logRetentionDays,
    lostEvents: lostEvents.queue,
  });
  // Lambda's own retries of a failed call; a tick that comes late is harmless, for the cursor says what is owed.
  fanOut.lambda.configureAsyncInvoke({ maxEventAge: Duration.hours(1), retryAttempts: 2 });
  Validations.of(fanOut.lambda).acknowledge({
    id: "Serverless-LambdaAsyncFailureDestination",
    reason: "Its dead letter queue receives the bare event, as Scheduler's does; a destination would wrap it in another shape.",
  });
  fanOut.readsItems(records.table, "wheel", "letters");
  fanOut.writesItems(records.table);
  fanOut.deletesItems(records.table);
  fanOut.writesBatches(records.table);
  fanOut.scansItems(records.table);
  schedules.grantKeeping(fanOut.lambda);
  fanOut.sendsTo(imports.queue, urgent.queue, exports.queue, downloads.queue);
  fanOut.publishesTo(alerts.topic, alerts.key);
  return fanOut;
}

export function createImportCalendar(scope: Construct, parts: Parts, fanOut: SyncFunction): SyncFunction {
  const { config, imports, urgent, exports, records, objects, changes, schedules } = parts;
  const importCalendar = new SyncFunction(scope, "ImportCalendar", {
    file: "import-calendar",
    description: "Calferry: fetches a calendar's source and commits what changed",
    timeout: TIMEOUTS.importCalendar,
    memoryMiB: 512,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
      IMPORT_DLQ_URL: imports.deadLetters.queueUrl,
      URGENT_DLQ_URL: urgent.deadLetters.queueUrl,
      URGENT_QUEUE_ARN: urgent.queue.queueArn,
      EXPORT_QUEUE_URL: exports.queue.queueUrl,
      CHANGES_TOPIC_ARN: changes.topic.topicArn,
      ...schedules.environment(),
      FAN_OUT_ARN: fanOut.lambda.functionArn,
      ATTEMPTS: String(config.attempts),
      SOURCE_LIMIT_BYTES: String(config.sourceLimitMiB * 1024 * 1024),
      FETCH_ALLOW: config.fetchAllow.join(","),
    } satisfies ImportCalendarEnvInput,
    logRetention: config.logRetentionDays,
  });
  importCalendar.consumes(imports.queue, { maxConcurrency: config.importConcurrency, batchingWindow: WINDOWS.gathered });
  importCalendar.consumes(urgent.queue, { maxConcurrency: config.urgentConcurrency, batchingWindow: WINDOWS.atOnce });
  importCalendar.readsItems(records.table);
  importCalendar.writesItems(records.table);
  importCalendar.deletesItems(records.table);
  importCalendar.readsObjects(objects, "snapshots", "changes");
  importCalendar.writesObjects(objects, "snapshots", "changes");
  importCalendar.deletesObjects(objects, "snapshots", "changes");
  importCalendar.sendsTo(exports.queue, imports.deadLetters, urgent.deadLetters);
  importCalendar.publishesTo(changes.topic);
  schedules.grantMaking(importCalendar.lambda);
  return importCalendar;
}

export function createExportFeed(scope: Construct, parts: Parts): SyncFunction {
  const { config, exports, records, objects, changes } = parts;
  const exportFeed = new SyncFunction(scope, "ExportFeed", {
    file: "export-feed",
    description: "Calferry: renders a feed from the snapshots of its calendars",
    timeout: TIMEOUTS.exportFeed,
    memoryMiB: 512,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
      EXPORT_DLQ_URL: exports.deadLetters.queueUrl,
      CHANGES_TOPIC_ARN: changes.topic.topicArn,
      ATTEMPTS: String(config.attempts),
    } satisfies ExportFeedEnvInput,
    logRetention: config.logRetentionDays,
  });
  exportFeed.consumes(exports.queue, { maxConcurrency: config.exportConcurrency, batchingWindow: WINDOWS.gathered });
  exportFeed.readsItems(records.table);
  exportFeed.writesItems(records.table);
  // What is left of a removed feed.
  exportFeed.deletesItems(records.table);
  exportFeed.writesBatches(records.table);
  exportFeed.readsObjects(objects, "snapshots", "feeds");
  exportFeed.writesObjects(objects, "feeds");
  exportFeed.deletesObjects(objects, "feeds");
  exportFeed.sendsTo(exports.deadLetters);
  exportFeed.publishesTo(changes.topic);
  return exportFeed;
}

export function createAlert(scope: Construct, parts: Parts): SyncFunction {
  const { config, imports, urgent, exports, downloads, lostEvents, records, objects, alerts, changes } = parts;
  const alert = new SyncFunction(scope, "Alert", {
    file: "alert",
    description: "Calferry: records the tasks that gave up and tells people",
    timeout: TIMEOUTS.alert,
    memoryMiB: 256,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
      CHANGES_TOPIC_ARN: changes.topic.topicArn,
      ALERTS_TOPIC_ARN: alerts.topic.topicArn,
      ALERT_WEBHOOK: config.alertWebhook ?? "",
    } satisfies AlertEnvInput,
    logRetention: config.logRetentionDays,
  });
  for (const queue of [imports.deadLetters, urgent.deadLetters, exports.deadLetters, downloads.deadLetters, lostEvents.queue]) {
    alert.consumes(queue, { maxConcurrency: ALERT_CONCURRENCY, batchingWindow: WINDOWS.atOnce });
  }
  alert.readsItems(records.table);
  alert.writesItems(records.table);
  alert.writesObjects(objects, "letters");
  alert.publishesTo(alerts.topic, alerts.key);
  alert.publishesTo(changes.topic);
  return alert;
}
