/** The functions behind the HTTP API: serve-feed for subscribers, api for owners and operators. */
import type { Construct } from "constructs";

import type { ApiEnvInput, ServeFeedEnvInput } from "../contract/env.ts";
import { commonEnvironment, TIMEOUTS } from "./parts.ts";
import type { Parts } from "./parts.ts";
import { quotaText } from "./quota-text.ts";
import { SyncFunction } from "./sync-function.ts";

export function createServeFeed(scope: Construct, parts: Parts): SyncFunction {
  const { config, records, objects } = parts;
  const serveFeed = new SyncFunction(scope, "ServeFeed", {
    file: "serve-feed",
    description: "Calferry: answers subscribers with a feed's bytes or 304",
    timeout: TIMEOUTS.serveFeed,
    memoryMiB: 512,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
    } satisfies ServeFeedEnvInput,
    logRetention: config.logRetentionDays,
  });
  serveFeed.readsItems(records.table);
  // When a link was last used.
  serveFeed.updatesItems(records.table);
  serveFeed.readsObjects(objects, "feeds");
  return serveFeed;
}

export function createApi(scope: Construct, parts: Parts, fanOut: SyncFunction): SyncFunction {
  const { config, records, objects, urgent, exports, downloads, changes, schedules } = parts;
  const api = new SyncFunction(scope, "Api", {
    file: "api",
    description: "Calferry: /v1 for owners and operators",
    timeout: TIMEOUTS.api,
    memoryMiB: 512,
    environment: {
      ...commonEnvironment(parts),
      BUCKET_NAME: objects.bucket.bucketName,
      URGENT_QUEUE_URL: urgent.queue.queueUrl,
      EXPORT_QUEUE_URL: exports.queue.queueUrl,
      DOWNLOAD_QUEUE_URL: downloads.queue.queueUrl,
      CHANGES_TOPIC_ARN: changes.topic.topicArn,
      ...schedules.environment(),
      FAN_OUT_ARN: fanOut.lambda.functionArn,
      QUOTAS: quotaText(config),
    } satisfies ApiEnvInput,
    logRetention: config.logRetentionDays,
  });
  api.readsItems(records.table, "byOwner", "letters");
  api.writesItems(records.table);
  api.writesBatches(records.table);
  api.deletesItems(records.table);
  api.scansItems(records.table);
  // A PUT of a whole calendar is committed here, as an import is by its worker.
  api.readsObjects(objects, "snapshots", "changes");
  // A url that it signs works with its own rights.
  api.readsObjects(objects, "downloads");
  // A feed's events are those that its subscribers see.
  api.readsObjects(objects, "feeds");
  api.writesObjects(objects, "snapshots", "changes");
  api.deletesObjects(objects, "snapshots", "changes");
  // A removed feed's bytes go at once.
  api.deletesObjects(objects, "feeds");
  // An erased owner's.
  api.deletesObjects(objects, "letters", "downloads");
  api.sendsTo(urgent.queue, exports.queue, downloads.queue);
  api.publishesTo(changes.topic);
  schedules.grantKeeping(api.lambda);
  return api;
}
