import { describe, expect, test } from "vitest";

import { ImportCalendarEnv, ServeFeedEnv } from "../../lib/contract/env.ts";
import { readEnv } from "../../lib/lambda/env.ts";
import { feedRequestOf, httpAnswer, robotsAnswer, tokenOf } from "../../lib/lambda/http-event.ts";
import { deadDeliveryOf, readExportTask, readImportTask } from "../../lib/lambda/task-message.ts";
import { subscriberEvent } from "./subscriber-event.ts";
import { recordOf } from "./records.ts";

describe("the environment", () => {
  test("is read with its defaults and lists", () => {
    expect(readEnv(ServeFeedEnv, { STAGE: "prod", TABLE_NAME: "t", BUCKET_NAME: "b", OTHER: "x" })).toEqual({
      STAGE: "prod",
      TABLE_NAME: "t",
      BUCKET_NAME: "b",
      LOG_LEVEL: "INFO",
    });
  });

  test("that is wrong is refused with every variable's name and no value", () => {
    const read = (): unknown => readEnv(ImportCalendarEnv, { STAGE: "prod", ATTEMPTS: "secret-many" });
    expect(read).toThrow(expect.objectContaining({ code: "config-invalid" }));
    expect(read).toThrow(/TABLE_NAME .*ATTEMPTS/u);
    expect(read).not.toThrow(/secret/u);
  });
});

describe("a subscriber's request", () => {
  test("is read from API Gateway's event", () => {
    const event = subscriberEvent("HEAD", "/f/feed.secret.ics", { "if-none-match": '"1"', "accept-encoding": "gzip" });
    expect(tokenOf(event)).toBe("feed.secret.ics");
    expect(feedRequestOf(event)).toEqual({
      method: "HEAD",
      ifNoneMatch: '"1"',
      ifModifiedSince: undefined,
      acceptEncoding: "gzip",
    });
  });

  test("is answered as text, and as base64 where the bytes are compressed", () => {
    const body = Buffer.from("가\r\n");
    expect(httpAnswer({ status: 200, headers: { etag: '"1"' }, body })).toEqual({
      statusCode: 200,
      headers: { etag: '"1"' },
      body: "가\r\n",
      isBase64Encoded: false,
    });
    const zipped = httpAnswer({ status: 200, headers: { "content-encoding": "gzip" }, body: Uint8Array.from([31, 139, 255]) });
    expect(zipped).toMatchObject({ body: "H4v/", isBase64Encoded: true });
    expect(httpAnswer({ status: 304, headers: {} })).toEqual({ statusCode: 304, headers: {} });
  });

  test("robots.txt lets calendar services in", () => {
    expect(robotsAnswer().body).toContain("Allow: /");
  });
});

describe("messages", () => {
  const importTask = {
    version: 1,
    kind: "import",
    taskId: "t",
    calendarId: "c",
    startAt: "2026-01-01T00:00:00.000Z",
    reason: "tick",
  };

  test("each worker reads its own kind alone", () => {
    expect(readImportTask(JSON.stringify(importTask))).toEqual(importTask);
    expect(readExportTask(JSON.stringify(importTask))).toBeUndefined();
  });

  test("a delivery that a worker gave up says why; one that SQS moved says how often it was received", () => {
    const text = (value: string): { dataType: string; stringValue: string } => ({ dataType: "String", stringValue: value });
    const messageAttributes = { code: text("source-gone"), reason: text("answered 410"), host: text("h"), attempts: text("3") };
    const eventSourceARN = "arn:aws:sqs:us-east-1:000000000000:Calferry-ImportDlq";
    expect(deadDeliveryOf(recordOf("m", { messageAttributes, eventSourceARN }, 2))).toEqual({
      messageId: "m",
      body: "{}",
      queue: "Calferry-ImportDlq",
      sentAt: "2026-01-01T00:00:00.000Z",
      code: "source-gone",
      reason: "answered 410",
      host: "h",
      attempts: 3,
    });
    expect(deadDeliveryOf(recordOf("m", {}, 12))).toMatchObject({ attempts: 12, queue: "import" });
    expect(deadDeliveryOf(recordOf("m", {}, 12))).not.toHaveProperty("code");
  });
});
