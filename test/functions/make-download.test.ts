/** The download worker and the alert function as they are deployed: a part that gives up becomes a letter, and its replay ends the download. */
import type { SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { DownloadObjects } from "../../lib/aws/download-objects.ts";
import { DownloadTable } from "../../lib/aws/download-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { putSnapshot } from "../../lib/aws/snapshot-object.ts";
import { TaskQueue } from "../../lib/aws/task-queue.ts";
import { DownloadRequest } from "../../lib/contract/download.ts";
import type { DownloadSource } from "../../lib/contract/download.ts";
import { sourceKey } from "../../lib/core/downloads.ts";
import { showDownload } from "../../lib/sync/fetch-download.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import type { MessageEngine, TableEngine } from "../aws/engines.ts";
import { contextOf, recordOf } from "../lambda/records.ts";
import { daily, snapshotOf } from "../sync/download-calendar.ts";
import { DownloadStage } from "../sync/memory-downloads.ts";

/** Thirty daily series over a year: 10,950 occurrences are two parts. */
const SERIES = 30;
const YEAR = DownloadRequest.parse({
  calendarId: "cal1",
  format: "csv",
  from: "2026-01-01",
  to: "2027-01-01",
  zone: "Asia/Seoul",
});
const NOTHING_RETURNED = { batchItemFailures: [] };

let tables: TableEngine;
let engine: MessageEngine;
let queueUrl: string;
let dlqUrl: string;
let changes: { arn: string; queueUrl: string };
let functions: Awaited<ReturnType<typeof loadFunctions>>;

beforeAll(async () => {
  [tables, engine] = await Promise.all([startTable(), startMessages()]);
  await engine.createBucket("objects");
  [queueUrl, dlqUrl] = [await engine.createQueue("download"), await engine.createQueue("download-dlq")];
  const alerts = await engine.createTopic("alerts");
  changes = await engine.createTopic("changes");
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: tables.settings.endpoint,
    AWS_ENDPOINT_URL_SQS: engine.settings.endpoint,
    AWS_ENDPOINT_URL_SNS: engine.settings.endpoint,
    AWS_ENDPOINT_URL_S3: engine.settings.endpoint,
    POWERTOOLS_METRICS_DISABLED: "true",
    LOG_LEVEL: "ERROR",
    STAGE: "test",
    TABLE_NAME: "records",
    BUCKET_NAME: "objects",
    DOWNLOAD_QUEUE_URL: queueUrl,
    DOWNLOAD_DLQ_URL: dlqUrl,
    CHANGES_TOPIC_ARN: changes.arn,
    ALERTS_TOPIC_ARN: alerts.arn,
    ALERT_WEBHOOK: "",
    ATTEMPTS: "5",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockImplementation(() => true);
  functions = await loadFunctions();
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all([tables.stop(), engine.stop()]);
});

/** Each reads its environment when it is loaded. */
async function loadFunctions() {
  return {
    makeDownload: await import("../../functions/make-download.ts"),
    alert: await import("../../functions/alert.ts"),
  };
}

/** As the event source gives them, received so often. */
async function received(url: string, receives = 1): Promise<SQSEvent["Records"]> {
  const messages = await engine.receiveAll(url);
  return messages.map(
    ({ MessageId: messageId = "", ReceiptHandle: receiptHandle = "", Body: body = "", MessageAttributes: given = {} }) => {
      const attributes = Object.entries(given).map(([name, { StringValue: stringValue, DataType: dataType = "" }]) => [
        name,
        { stringValue, dataType },
      ]);
      const eventSourceARN = `arn:aws:sqs:us-east-1:000000000000:${url.slice(url.lastIndexOf("/") + 1)}`;
      const fields = { body, messageAttributes: Object.fromEntries(attributes), eventSourceARN };
      return Object.assign(recordOf(messageId, fields, receives), { receiptHandle });
    },
  );
}

describe("a download as it is deployed", () => {
  test("failed part becomes a letter, and its replay finishes the download", async () => {
    const table = new RecordTable("records", tables.settings);
    const client = new ObjectClient("objects", engine.settings);
    const calendars = new CalendarTable(table);
    const book = new DownloadTable(table);
    const downloads = new TaskQueue(new QueueClient(engine.settings), queueUrl);
    const now = (): Date => new Date();
    const stage = new DownloadStage();
    stage.snapshot = snapshotOf(Array.from({ length: SERIES }, (_, index) => daily(`u${index}`, 365)));
    const { calendar, checkpoint } = stage.calendar();
    await calendars.putCheckpoint(checkpoint);
    await calendars.putCalendar(calendar);
    await putSnapshot(client, "snapshots/cal1/1", stage.snapshot);
    const ports = { downloadBook: book, calendars, feeds: new FeedTable(table), downloads };
    const { download } = await requestDownload(YEAR, ports, { now, newId: () => "d1" });

    expect(await functions.makeDownload.handler({ Records: await received(queueUrl) }, contextOf())).toEqual(NOTHING_RETURNED);
    const parts = await received(queueUrl, 5);
    expect(parts.map(({ body }) => JSON.parse(body).part)).toEqual([1, 2]);
    // What the first part is made of cannot be read; the fifth receive is the last.
    const objects = new DownloadObjects(client);
    const key = sourceKey(download, 1);
    const source: DownloadSource = await objects.getSource(key);
    await client.delete([key]);
    for (const record of parts) {
      expect(await functions.makeDownload.handler({ Records: [record] }, contextOf())).toEqual(NOTHING_RETURNED);
    }
    expect(await showDownload("d1", book, now())).toMatchObject({
      state: "failed",
      code: "aws-unavailable",
      partsDone: 1,
      parts: 2,
    });
    const given = await received(dlqUrl);
    expect(given).toHaveLength(1);
    expect(await functions.alert.handler({ Records: given }, contextOf())).toEqual(NOTHING_RETURNED);
    const letters = new LetterTable(table);
    expect(await letters.get("download-d1-1")).toMatchObject({
      kind: "download",
      state: "open",
      ownerId: "ann",
      downloadId: "d1",
      code: "aws-unavailable",
    });

    await objects.putSource(key, source);
    const replayPorts = { letters, calendars, hosts: new HostTable(table), urgent: downloads, exports: downloads, downloads };
    const end = await replayLetter("download-d1-1", replayPorts, { now, newId: () => "again", who: "test" });
    expect(end.kind).toBe("sent");
    expect(await functions.makeDownload.handler({ Records: await received(queueUrl) }, contextOf())).toEqual(NOTHING_RETURNED);
    expect(await showDownload("d1", book, now())).toMatchObject({ state: "ready", rows: SERIES * 365, partsDone: 2 });
    expect((await letters.get("download-d1-1"))?.state).toBe("resolved");
    const heard = (await received(changes.queueUrl)).map(({ body }) => JSON.parse(body).kind);
    expect(heard.filter((kind: string) => kind.startsWith("download."))).toEqual(["download.failed", "download.finished"]);
  });

  test("a part that ended its worker each time is given up with its reason, not worked once more", async () => {
    const table = new RecordTable("records", tables.settings);
    const task = { version: 1, kind: "download", taskId: "t", downloadId: "crashing", part: 1, reason: "requested" };
    const record = {
      ...recordOf("crash-1", { body: JSON.stringify(task) }, 6),
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:download",
    };
    expect(await functions.makeDownload.handler({ Records: [record] }, contextOf())).toEqual(NOTHING_RETURNED);
    const [given] = await received(dlqUrl);
    expect(given?.messageAttributes["code"]?.stringValue).toBe("worker-crashed");
    expect(await functions.alert.handler({ Records: given === undefined ? [] : [given] }, contextOf())).toEqual(NOTHING_RETURNED);
    expect(await new LetterTable(table).get("download-crashing-1")).toMatchObject({ code: "worker-crashed", state: "open" });
  });
});
