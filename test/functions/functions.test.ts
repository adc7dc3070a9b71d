import type { SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { AlertTable } from "../../lib/aws/alert-table.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { joined, nextRevision } from "../../lib/core/alert-groups.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import type { MessageEngine, TableEngine } from "../aws/engines.ts";
import { startSource } from "../http/source-server.ts";
import type { SourceServer } from "../http/source-server.ts";
import { contextOf, recordOf } from "../lambda/records.ts";
import { subscriberEvent } from "../lambda/subscriber-event.ts";

const ICS = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//test//EN",
  "BEGIN:VEVENT",
  "UID:one@test",
  "DTSTAMP:20260101T000000Z",
  "DTSTART:20260506T010000Z",
  "DTEND:20260506T020000Z",
  "SUMMARY:주간 회의",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");
const SECRET = "an-admin-key-for-tests";
/** What must stand nowhere but in its own record and in the request to its own host. */
const SECRETS: Record<string, string> = {
  "the admin key": SECRET,
  "the source's url": "team-s3cret.ics",
  "the source's token": "t0ken-of-the-source",
  "the dead man's url": "/alive/secret",
};
/** Lines of every function, bodies of every message, and answers that are not meant to show a new secret. */
const said: string[] = [];
const told: string[] = [];

let tables: TableEngine;
let engine: MessageEngine;
let source: SourceServer;
let monitor: SourceServer;
let status = 200;
let queues: Readonly<
  Record<"import" | "urgent" | "export" | "download" | "importDlq" | "urgentDlq" | "exportDlq" | "alerts" | "changes", string>
>;
let functions: Awaited<ReturnType<typeof loadFunctions>>;

beforeAll(async () => {
  [tables, engine, monitor, source] = await Promise.all([
    startTable(),
    startMessages(),
    startSource((_request, response) => void response.end("ok")),
    startSource((request, response) => {
      const fresh = status === 200 && request.headers["if-none-match"] === '"v1"';
      response.writeHead(fresh ? 304 : status, { etag: '"v1"', "content-type": "text/calendar" }).end(fresh ? undefined : ICS);
    }),
  ]);
  await engine.createBucket("objects");
  const [changes, alerts] = [await engine.createTopic("changes"), await engine.createTopic("alerts")];
  const names = ["import", "urgent", "export", "import-dlq", "urgent-dlq", "export-dlq", "download", "download-dlq"];
  const [imports = "", urgent = "", exports = "", importDlq = "", urgentDlq = "", exportDlq = "", ...more] = await Promise.all(
    names.map(async (name) => engine.createQueue(name)),
  );
  const [downloads = "", downloadDlq = ""] = more;
  queues = {
    import: imports,
    urgent,
    export: exports,
    download: downloads,
    importDlq,
    urgentDlq,
    exportDlq,
    alerts: alerts.queueUrl,
    changes: changes.queueUrl,
  };
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: tables.settings.endpoint,
    AWS_ENDPOINT_URL_SQS: engine.settings.endpoint,
    AWS_ENDPOINT_URL_SNS: engine.settings.endpoint,
    AWS_ENDPOINT_URL_S3: engine.settings.endpoint,
    LOG_LEVEL: "DEBUG",
    STAGE: "test",
    TABLE_NAME: "records",
    BUCKET_NAME: "objects",
    IMPORT_QUEUE_URL: imports,
    URGENT_QUEUE_URL: urgent,
    EXPORT_QUEUE_URL: exports,
    DOWNLOAD_QUEUE_URL: downloads,
    IMPORT_DLQ_URL: importDlq,
    URGENT_DLQ_URL: urgentDlq,
    EXPORT_DLQ_URL: exportDlq,
    DOWNLOAD_DLQ_URL: downloadDlq,
    URGENT_QUEUE_ARN: "arn:aws:sqs:us-east-1:000000000000:urgent",
    CHANGES_TOPIC_ARN: changes.arn,
    ALERTS_TOPIC_ARN: alerts.arn,
    ALERT_WEBHOOK: "",
    DEAD_MAN_URL: `${monitor.url}/alive/secret`,
    SCHEDULE_GROUP: "schedules",
    SCHEDULER_ROLE_ARN: "arn:aws:iam::000000000000:role/scheduler",
    LOST_EVENTS_ARN: "arn:aws:sqs:us-east-1:000000000000:lost",
    FAN_OUT_ARN: "arn:aws:lambda:us-east-1:000000000000:function:fan-out",
    ATTEMPTS: "5",
    SOURCE_LIMIT_BYTES: "1000000",
    FETCH_ALLOW: "127.0.0.0/8",
    QUOTAS: JSON.stringify({ calendars: 1000, feeds: 1000, linksPerFeed: 100 }),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const keyHash = hashSecret(SECRET);
  await new RecordTable("records", tables.settings).put({
    pk: `KEY#${keyHash}`,
    sk: "META",
    version: 1,
    keyHash,
    label: "test",
    scope: "admin",
    state: "active",
    createdAt: "2026-01-01T00:00:00.000Z",
  });
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => said.push(String(chunk)) > 0);
  }
  functions = await loadFunctions();
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all([tables.stop(), engine.stop(), monitor.stop(), source.stop()]);
});

/** Each reads its environment when it is loaded. */
async function loadFunctions() {
  return {
    api: await import("../../functions/api.ts"),
    fanOut: await import("../../functions/fan-out.ts"),
    importCalendar: await import("../../functions/import-calendar.ts"),
    makeDownload: await import("../../functions/make-download.ts"),
    exportFeed: await import("../../functions/export-feed.ts"),
    serveFeed: await import("../../functions/serve-feed.ts"),
    alert: await import("../../functions/alert.ts"),
  };
}

async function call(method: string, path: string, body?: unknown, key = SECRET): Promise<Record<string, unknown>> {
  const answer = await functions.api.handler({
    ...subscriberEvent(method, path, { authorization: `Bearer ${key}`, "content-type": "application/json" }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.statusCode !== 201 || path === "/v1/calendars") told.push(answer.body);
  const read: unknown = JSON.parse(answer.body);
  return { httpStatus: answer.statusCode, ...(typeof read === "object" ? read : {}) };
}

/** The same once there is one: a task waits for the start that its host's pace gave it. */
async function receivedInTurn(queue: keyof typeof queues): Promise<SQSEvent> {
  for (;;) {
    const event = await received(queue);
    if (event.Records.length > 0) return event;
  }
}

/** What an event source mapping would give to the function: all messages that are there. */
async function received(queue: keyof typeof queues): Promise<SQSEvent> {
  const messages = await engine.receiveAll(queues[queue]);
  told.push(JSON.stringify(messages));
  return {
    Records: messages.map(({ MessageId: messageId = "", ReceiptHandle: receiptHandle = "", Body: body = "", ...message }) => ({
      messageId,
      receiptHandle,
      body,
      attributes: {
        ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? "1",
        SentTimestamp: message.Attributes?.SentTimestamp ?? "0",
        SenderId: "",
        ApproximateFirstReceiveTimestamp: "0",
      },
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue: stringValue, DataType: dataType = "" }]) => [
          name,
          { stringValue, dataType },
        ]),
      ),
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queues[queue].slice(queues[queue].lastIndexOf("/") + 1)}`,
      awsRegion: "us-east-1",
    })),
  };
}

function sourceOf({ url }: SourceServer): object {
  const auth = { kind: "header", name: "x-token", value: SECRETS["the source's token"] };
  return { kind: "url", url: `${url}/${SECRETS["the source's url"]}?key=hidden`, auth };
}

let calendarId = "";
const NOTHING_RETURNED = { batchItemFailures: [] };

describe("one calendar through all six functions", () => {
  let token = "";

  test("is created through the API, imported, exported and served, and a second request is answered 304", async () => {
    const draft = { name: "Team", source: sourceOf(source), intervalMinutes: 5 };
    const created = await call("POST", "/v1/calendars", draft);
    expect(created).toMatchObject({ httpStatus: 201 });
    calendarId = String(created["calendarId"]);
    const policy = { class: "as-is" };
    const feed = await call("POST", "/v1/feeds", { name: "All", members: [{ calendarId }], policy });
    expect(feed).toMatchObject({ httpStatus: 201, link: { url: expect.stringContaining("/f/") } });
    token = JSON.stringify(feed).match(/\/f\/([^"]+)"/u)?.[1] ?? "";
    SECRETS["the feed's link"] = token.split(".")[1] ?? "";

    const early = await functions.serveFeed.handler(subscriberEvent("GET", `/f/${token}`));
    expect(early).toMatchObject({ statusCode: 503 });

    expect(await functions.importCalendar.handler(await received("urgent"), contextOf())).toEqual(NOTHING_RETURNED);
    expect(await functions.exportFeed.handler(await received("export"), contextOf())).toEqual(NOTHING_RETURNED);
    const served = await functions.serveFeed.handler(subscriberEvent("GET", `/f/${token}`));
    expect(served.statusCode).toBe(200);
    expect(served.body).toContain("SUMMARY:주간 회의\r\n");
    const again = subscriberEvent("GET", `/f/${token}`, { "if-none-match": String(served.headers?.["etag"]) });
    expect(await functions.serveFeed.handler(again)).toMatchObject({ statusCode: 304 });
    expect((await functions.serveFeed.handler(subscriberEvent("GET", "/f/wrong.ics"))).statusCode).toBe(404);
  });

  test("a tick sends its turn, an unchanged source exports nothing, and the same turn twice asks once", async () => {
    // The first tick owes ten minutes: a calendar of five minutes is due in one of them.
    await functions.fanOut.handler({ tick: true }, contextOf());
    const event = await receivedInTurn("import");
    expect(await functions.importCalendar.handler(event, contextOf())).toEqual(NOTHING_RETURNED);
    expect(await functions.importCalendar.handler(event, contextOf())).toEqual(NOTHING_RETURNED);
    expect(source.requests).toHaveLength(2);
    expect(source.requests[1]?.headers["if-none-match"]).toBe('"v1"');
    expect((await received("export")).Records).toEqual([]);
  });

  test("a source that is gone becomes a letter and one alert, and a replay after it is mended resolves it", async () => {
    status = 404;
    const asked = await call("POST", `/v1/calendars/${calendarId}/sync`);
    expect(asked).toMatchObject({ httpStatus: 202 });
    expect(await functions.importCalendar.handler(await receivedInTurn("urgent"), contextOf())).toEqual(NOTHING_RETURNED);
    const deliveries = await received("urgentDlq");
    expect(await functions.alert.handler(deliveries, contextOf())).toEqual(NOTHING_RETURNED);
    expect(await functions.alert.handler(deliveries, contextOf())).toEqual(NOTHING_RETURNED);
    const alerts = await received("alerts");
    expect(alerts.Records).toHaveLength(1);
    expect(alerts.Records[0]?.body).toContain("answered 404, wanted 200 or 304");
    expect(alerts.Records[0]?.body).not.toMatch(/team-s3cret|hidden/u);
    const letterId = alerts.Records[0]?.body.match(/dlq replay (\S+)/u)?.[1] ?? "";

    status = 200;
    expect(await call("POST", `/v1/letters/${letterId}/replay`)).toMatchObject({ httpStatus: 202 });
    expect(await functions.importCalendar.handler(await receivedInTurn("urgent"), contextOf())).toEqual(NOTHING_RETURNED);
    const open = await call("GET", "/v1/letters");
    expect(open["items"]).toEqual([]);
    const letter = await new RecordTable("records", tables.settings).get({ pk: `LETTER#${letterId}`, sk: "META" });
    expect(letter).toMatchObject({ state: "resolved", code: "source-not-found" });
  });

  test("one calendar's own turn goes to the urgent queue; of an unknown calendar nothing", async () => {
    await functions.fanOut.handler({ calendarId, taskId: "reserved", reason: "reservation" }, contextOf());
    await functions.fanOut.handler({ calendarId: "unknown", taskId: "reserved", reason: "reservation" }, contextOf());
    const tasks = (await receivedInTurn("urgent")).Records.map(({ body }): unknown => JSON.parse(body));
    expect(tasks).toEqual([expect.objectContaining({ kind: "import", calendarId, taskId: "reserved", reason: "reservation" })]);
  });

  test("what is reserved goes to the urgent queue once, whatever Scheduler calls, and a cancelled one never", async () => {
    const book = new OwnersReservationTable(new RecordTable("records", tables.settings));
    const reservation: OwnersReservation = {
      version: 1,
      reservationId: "r1",
      ownerId: "default",
      target: { kind: "sync", calendarId },
      at: "2026-05-06T01:00:00.000Z",
      revision: 2,
      state: "waiting",
      createdAt: "2026-05-06T00:00:00.000Z",
    };
    await book.put(reservation);
    await book.put({ ...reservation, reservationId: "r2", state: "cancelled" });
    for (const event of [
      { reservationId: "r1", revision: 1 },
      { reservationId: "r1", revision: 2 },
      { reservationId: "r1", revision: 2 },
      { reservationId: "r2", revision: 2 },
      { reservationId: "unknown", revision: 1 },
    ]) {
      await functions.fanOut.handler(event, contextOf());
    }
    const { Records: records } = await receivedInTurn("urgent");
    expect(records.map(({ body }): unknown => JSON.parse(body).taskId)).toEqual(["2026-05-06T01:00:00.000Z~r1"]);
    await functions.importCalendar.handler({ Records: records }, contextOf());
    const shown = await call("GET", "/v1/reservations/r1");
    expect(shown).toMatchObject({ state: "done", runId: "2026-05-06T01:00:00.000Z~r1" });
  });

  test("a message that nobody can read is kept as a letter of its own", async () => {
    const garbage = recordOf("garbage-1", { body: "garbage" });
    expect(await functions.importCalendar.handler({ Records: [garbage] }, contextOf())).toEqual(NOTHING_RETURNED);
    const [given] = (await received("importDlq")).Records;
    expect(given).toMatchObject({ body: "garbage", messageAttributes: { code: { stringValue: "message-invalid" } } });
    expect(await functions.alert.handler({ Records: given === undefined ? [] : [given] }, contextOf())).toEqual(NOTHING_RETURNED);
    expect((await received("alerts")).Records[0]?.body).toContain("message-invalid");
  });

  test("a tick tells what no channel has taken, and says that it is alive", async () => {
    await received("alerts");
    const alerts = new AlertTable(new RecordTable("records", tables.settings));
    const trial = { kind: "test", code: "alert-test", reason: "a test" } as const;
    await alerts.put(nextRevision(undefined, joined(undefined, trial, new Date().toISOString())));
    const heard = monitor.requests.length;
    await functions.fanOut.handler({ tick: true }, contextOf());
    expect((await alerts.group("test|alert-test|-"))?.told).toEqual({ topic: 1 });
    expect((await received("alerts")).Records.map(({ body }) => body)).toEqual([expect.stringContaining("alert-test: a test")]);
    expect(monitor.requests.slice(heard).map(({ url }) => url)).toEqual(["/alive/secret"]);
  });

  test("an app has heard of all of it", async () => {
    const heard = (await received("changes")).Records.map(({ body }): unknown => JSON.parse(body));
    const kinds = new Set(heard.map((message) => Object(message).kind));
    expect(kinds).toEqual(new Set(["created", "import.finished", "feed.published", "import.failed", "letter.opened"]));
    expect(JSON.stringify(heard)).not.toMatch(/team\.ics|hidden/u);
  });

  test("robots.txt lets calendar services in", async () => {
    expect(await functions.serveFeed.handler(subscriberEvent("GET", "/robots.txt"))).toMatchObject({ statusCode: 200 });
  });
});

describe("after all that", () => {
  test("a fault, an owner's key and a wrong one were heard of as well", async () => {
    const { key, ...made } = await call("POST", "/v1/keys", { label: "app", ownerId: "team" });
    expect(made).toMatchObject({ httpStatus: 201, scope: "owner" });
    SECRETS["the owner's key"] = String(key);
    expect(await call("GET", "/v1/calendars", undefined, String(key))).toMatchObject({ httpStatus: 200, items: [] });
    SECRETS["a wrong key"] = "cf_a-key-that-was-mistyped";
    expect(await call("GET", "/v1/calendars", undefined, SECRETS["a wrong key"])).toMatchObject({ httpStatus: 401 });
    const broken = { version: 1, source: { ...sourceOf(source), kind: "ftp" }, ownerId: "team" };
    const table = new RecordTable("records", tables.settings);
    for (const sk of ["META", "META#CHECKPOINT"]) await table.put({ pk: "CAL#broken", sk, ...broken });
    expect(await call("GET", "/v1/calendars/broken")).toMatchObject({ httpStatus: 500, code: "internal-error" });
    const task = {
      version: 1,
      kind: "import",
      taskId: "t",
      calendarId: "broken",
      startAt: new Date().toISOString(),
      reason: "sync-now",
    };
    await functions.importCalendar.handler({ Records: [recordOf("broken-1", { body: JSON.stringify(task) })] }, contextOf());
    expect(said.filter((line) => line.includes('"fault"')).length).toBeGreaterThan(1);
  });

  test("a download was made, and its signed address given out", async () => {
    const asked = await call("POST", "/v1/downloads", { calendarId, format: "csv", from: "2026-05-01", to: "2026-06-01" });
    expect(asked).toMatchObject({ httpStatus: 202 });
    expect(await functions.makeDownload.handler(await received("download"), contextOf())).toEqual(NOTHING_RETURNED);
    const path = `/v1/downloads/${String(asked["downloadId"])}/file`;
    const given = await functions.api.handler(subscriberEvent("GET", path, { authorization: `Bearer ${SECRET}` }));
    expect(given.statusCode).toBe(303);
    SECRETS["a download's signature"] = URL.parse(given.headers["location"] ?? "")?.searchParams.get("X-Amz-Signature") ?? "";
  });

  test("no secret stands in a log line, a metric, a message, an alert or an answer", async () => {
    await Promise.all(
      (["import", "urgent", "export", "download", "importDlq", "urgentDlq", "exportDlq", "alerts"] as const).map(received),
    );
    const lines = said.join("");
    for (const service of ["api", "fan-out", "import-calendar", "export-feed", "make-download", "alert"])
      expect(lines).toContain(`"service":"${service}"`);
    expect(lines).toContain('"_aws"');
    expect(told.length).toBeGreaterThan(20);
    const everything = [...said, ...told].join("\n");
    expect(Object.values(SECRETS).every((secret) => secret.length > 12)).toBe(true);
    const written = (secret: string): string[] => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").slice(0, -4),
    ];
    const seen = Object.entries(SECRETS).filter(([, secret]) => written(secret).some((form) => everything.includes(form)));
    expect(seen.map(([what]) => what)).toEqual([]);
  });
});
