/** The stack's outputs: the terminal, the tests and an app find everything by these names. */
import { CfnOutput } from "aws-cdk-lib";
import type { Construct } from "constructs";

import { quotaText } from "./quota-text.ts";
import type { CalferryHttpApi } from "./http-api.ts";
import type { Parts } from "./parts.ts";
import type { SyncFunction } from "./sync-function.ts";
import type { TickSchedule } from "./tick-schedule.ts";

export interface OutputSources {
  readonly parts: Parts;
  readonly fanOut: SyncFunction;
  readonly tick: TickSchedule;
  readonly http: CalferryHttpApi;
}

export function tellOutputs(scope: Construct, sources: OutputSources): void {
  const { parts, fanOut, tick, http } = sources;
  const outputs = {
    TableName: parts.records.table.tableName,
    BucketName: parts.objects.bucket.bucketName,
    ImportQueueUrl: parts.imports.queue.queueUrl,
    UrgentQueueUrl: parts.urgent.queue.queueUrl,
    ExportQueueUrl: parts.exports.queue.queueUrl,
    DownloadQueueUrl: parts.downloads.queue.queueUrl,
    ImportDlqUrl: parts.imports.deadLetters.queueUrl,
    UrgentDlqUrl: parts.urgent.deadLetters.queueUrl,
    ExportDlqUrl: parts.exports.deadLetters.queueUrl,
    DownloadDlqUrl: parts.downloads.deadLetters.queueUrl,
    LostEventsDlqUrl: parts.lostEvents.queue.queueUrl,
    LostEventsDlqArn: parts.lostEvents.queue.queueArn,
    ChangesTopicArn: parts.changes.topic.topicArn,
    AlertsTopicArn: parts.alerts.topic.topicArn,
    ApiUrl: http.url,
    FanOutArn: fanOut.lambda.functionArn,
    ScheduleGroup: tick.group.scheduleGroupName,
    SchedulerRoleArn: tick.role.roleArn,
    TickScheduleName: tick.schedule.scheduleName,
    Quotas: quotaText(parts.config),
    AlertWebhook: parts.config.alertWebhook === undefined ? "none" : "set",
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(scope, name, { value });
}
