/** Downloads in the table and the bucket, against the engines; the worker as it is deployed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { ChangesTopic } from "../../lib/aws/change-topic.ts";
import { DeadLetterLane } from "../../lib/aws/dead-letter-lane.ts";
import { DeadLetters } from "../../lib/aws/dead-letter-queue.ts";
import { DownloadObjects } from "../../lib/aws/download-objects.ts";
import { DownloadSubjects } from "../../lib/aws/download-subjects.ts";
import { DownloadTable } from "../../lib/aws/download-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { OwnerLookup } from "../../lib/aws/owner-lookup.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { RepeatTable } from "../../lib/aws/repeat-table.ts";
import { ServedObjects } from "../../lib/aws/served-objects.ts";
import { putSnapshot } from "../../lib/aws/snapshot-object.ts";
import { TaskQueue } from "../../lib/aws/task-queue.ts";
import { TopicClient } from "../../lib/aws/topic-client.ts";
import { DownloadRequest } from "../../lib/contract/download.ts";
import { TaskBody } from "../../lib/contract/task.ts";
import { newDownload } from "../../lib/core/downloads.ts";
import { shortHash } from "../../lib/core/object-keys.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import { cancelDownload, downloadUrl, listDownloads, showDownload } from "../../lib/sync/fetch-download.ts";
import { makeDownload } from "../../lib/sync/make-download.ts";
import type { MakePorts } from "../../lib/sync/make-download.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { daily, snapshotOf } from "../sync/download-calendar.ts";
import { DownloadStage } from "../sync/memory-downloads.ts";
import { startMessages, startTable } from "./engines.ts";
import type { MessageEngine, TableEngine } from "./engines.ts";

const MAY = DownloadRequest.parse({
  calendarId: "cal1",
  format: "csv",
  from: "2026-05-01",
  to: "2026-06-01",
  zone: "Asia/Seoul",
});
const AT = "2026-05-06T01:00:00.000Z";

let tables: TableEngine;
let engine: MessageEngine;
let table: RecordTable;
let book: DownloadTable;
let client: ObjectClient;
let topic: { arn: string; queueUrl: string };
let queueUrl: string;
let ports: MakePorts;

beforeAll(async () => {
  [tables, engine] = await Promise.all([startTable(), startMessages()]);
  await engine.createBucket("objects");
  [topic, queueUrl] = [await engine.createTopic("changes"), await engine.createQueue("download")];
  table = new RecordTable("records", tables.settings);
  client = new ObjectClient("objects", engine.settings);
  book = new DownloadTable(table);
  ports = {
    downloadBook: book,
    downloadObjects: new DownloadObjects(client),
    subjects: new DownloadSubjects(new CalendarTable(table), new FeedTable(table), client),
    downloads: new TaskQueue(new QueueClient(engine.settings), queueUrl),
    letters: new LetterTable(table),
    changes: new ChangesTopic(new TopicClient(engine.settings), topic.arn),
  };
  const stage = new DownloadStage();
  stage.snapshot = snapshotOf([daily("a", 365)]);
  const { calendar, checkpoint } = stage.calendar();
  const calendars = new CalendarTable(table);
  await calendars.putCheckpoint(checkpoint);
  await calendars.putCalendar(calendar);
  await putSnapshot(client, "snapshots/cal1/1", stage.snapshot);
});
afterAll(async () => await Promise.all([tables.stop(), engine.stop()]));

function record(change: object = {}): ReturnType<typeof newDownload> {
  const wish = {
    ownerId: "ann",
    subject: { kind: "calendar", id: "cal1" },
    subjectVersion: "1",
    name: "n",
    format: "csv",
  } as const;
  return { ...newDownload({ ...wish, columns: undefined, zone: "UTC", window: undefined }, "d0", AT), ...change };
}

describe("a download's record", () => {
  test("moves only from the states that are named, and loses the fields that are removed", async () => {
    await book.create(record({ downloadId: "m1", code: "x", reason: "y" }));
    expect(await book.move("m1", ["running"], { state: "ready" })).toBeUndefined();
    expect(await book.move("m1", ["running", "queued"], { state: "running", parts: 3 }, ["code", "reason"])).toMatchObject({
      parts: 3,
    });
    const loaded = await book.load("m1");
    expect(loaded?.download).toMatchObject({ state: "running", parts: 3, ownerId: "ann" });
    expect(loaded?.download.code).toBeUndefined();
    expect(await book.move("nobody", ["queued"], { state: "ready" })).toBeUndefined();
    expect(await book.load("nobody")).toBeUndefined();
  });

  test("a fingerprint has one holder, and only its successor takes it over", async () => {
    const claims = await Promise.all(
      ["a", "b", "c"].map(async (downloadId) => await book.claim(record({ downloadId, fingerprint: "f1" }), undefined)),
    );
    expect(claims.filter((claim) => claim === "saved")).toHaveLength(1);
    const holder = await book.holderOf("f1");
    expect(await book.claim(record({ downloadId: "late", fingerprint: "f1" }), "nobody")).toBe("lost");
    expect(await book.claim(record({ downloadId: "next", fingerprint: "f1" }), holder)).toBe("saved");
    expect(await book.holderOf("f1")).toBe("next");
    expect(await book.holderOf("f2")).toBeUndefined();
  });

  test("is listed with its owner's, newest first, page by page; parts of running ones are counted", async () => {
    for (const day of [1, 2, 3]) {
      await book.create(
        record({
          downloadId: `l${day}`,
          ownerId: "lists",
          requestedAt: `2026-05-0${day}T00:00:00.000Z`,
          state: "running",
          parts: 2,
        }),
      );
    }
    await book.putPart("l3", { version: 1, part: 1, bytes: 5, rows: 1 });
    await book.putPart("l3", { version: 1, part: 1, bytes: 5, rows: 1 });
    const first = await listDownloads("lists", { limit: 2, cursor: undefined }, book, new Date(AT));
    expect(first.items.map(({ downloadId, partsDone }) => [downloadId, partsDone])).toEqual([
      ["l3", 1],
      ["l2", 0],
    ]);
    const second = await listDownloads("lists", { limit: 2, cursor: first.cursor }, book, new Date(AT));
    expect(second.items.map(({ downloadId }) => downloadId)).toEqual(["l1"]);
    expect(second.cursor).toBeUndefined();
    await cancelDownload("l1", book, new Date(AT));
    expect((await showDownload("l1", book, new Date(AT))).state).toBe("cancelled");
    expect(await new OwnerLookup(table).ownerOf({ downloadId: "l1" })).toBe("lists");
  });

  test("a repeat comes back as it went and is gone when it was removed", async () => {
    const repeats = new RepeatTable(table);
    const every = { cron: "0 7 * * 1", zone: "Asia/Seoul" };
    const repeat = {
      version: 1,
      repeatId: "r1",
      ownerId: "ann",
      subject: record().subject,
      format: "csv",
      days: 7,
      zone: "UTC",
      every,
      createdAt: AT,
    } as const;
    await repeats.put(repeat);
    expect(await repeats.load("r1")).toEqual(repeat);
    expect((await repeats.list("ann", { limit: 5, cursor: undefined })).items).toEqual([repeat]);
    await repeats.remove("r1");
    expect(await repeats.load("r1")).toBeUndefined();
  });
});

test("one that is erased leaves neither a record nor an object, and no other's", async () => {
  const objects = new DownloadObjects(client);
  for (const downloadId of ["gone1", "gone10"]) {
    await book.create(record({ downloadId, fingerprint: `of-${downloadId}`, ownerId: "erased", state: "running", parts: 2 }));
    await book.claim(record({ downloadId, fingerprint: `of-${downloadId}` }), undefined);
    await book.putPart(downloadId, { version: 1, part: 1, bytes: 1, rows: 1 });
    await objects.putPart(`downloads/${downloadId}/parts/0001`, "x");
  }
  await objects.deleteObjects("gone1");
  await book.erase({ downloadId: "gone1", fingerprint: "of-gone1" });
  await book.erase({ downloadId: "gone1", fingerprint: "of-gone10" });
  const left = await table.scan({ expression: "attribute_exists(#pk)" }, undefined, 1000);
  expect(left.filter((item) => JSON.stringify(item).includes('gone1"'))).toEqual([]);
  expect(await client.list("downloads/gone1/")).toEqual([]);
  expect(await book.holderOf("of-gone10")).toBe("gone10");
  expect((await book.load("gone10"))?.parts).toHaveLength(1);
  expect(await client.list("downloads/gone10/")).toHaveLength(1);
});

test("a file of many megabytes goes up in parts and comes back whole, with its type and name", async () => {
  const objects = new DownloadObjects(client);
  const bytes = Buffer.alloc(20_000_000, "가나다");
  await objects.putFile("downloads/big/file.csv", bytes, { format: "csv", disposition: "attachment" });
  const answer = await fetch(await new ServedObjects(client).sign("downloads/big/file.csv", 300));
  expect(answer.headers.get("content-disposition")).toBe("attachment");
  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
});

describe("a download from request to file", () => {
  test("parts and file lie in the bucket, the end is published, and the signed url gives bytes, type and name", async () => {
    const now = (): Date => new Date(AT);
    let ids = 0;
    const context = { now, newId: () => `e${(ids += 1)}` };
    const requestPorts = {
      downloadBook: book,
      calendars: new CalendarTable(table),
      feeds: new FeedTable(table),
      downloads: ports.downloads,
    };
    const { download } = await requestDownload(MAY, requestPorts, context);
    const { downloadId } = download;
    const plan = `plans/${shortHash(download.subjectVersion)}`;
    expect((await requestDownload(MAY, requestPorts, context)).shared).toBe(true);
    for (let round = 0; round < 3; round += 1) {
      for (const { Body: body } of await engine.receiveAll(queueUrl)) {
        const task = TaskBody.parse(body);
        if (task.kind !== "download") throw new Error("another task");
        await makeDownload(task, ports, { now, writer: sheetWriter, size: { rows: 8, characters: 1000 } });
      }
    }
    expect(await showDownload(downloadId, book, now())).toMatchObject({ state: "ready", rows: 31, partsDone: 4, parts: 4 });
    expect(
      (await client.list(`downloads/${downloadId}/`)).map(({ key }) => key.slice(`downloads/${downloadId}/`.length)),
    ).toEqual([
      "file.csv",
      ...[1, 2, 3, 4].map((part) => `parts/000${part}`),
      `${plan}/frame`,
      ...[1, 2, 3, 4].map((part) => `${plan}/sources/000${part}`),
    ]);
    const heard = (await engine.receiveAll(topic.queueUrl)).map(({ Body: body }) => JSON.parse(body ?? ""));
    expect(heard).toMatchObject([{ kind: "download.finished", downloadId, calendarId: "cal1", eventCount: 31 }]);
    const url = await downloadUrl(downloadId, { downloadBook: book, signed: new ServedObjects(client) }, now());
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toBe(
      `attachment; filename="_ __ 2026-05-01 2026-06-01.csv"; filename*=UTF-8''${encodeURIComponent("팀 회의 2026-05-01 2026-06-01.csv")}`,
    );
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(bytes.toString().split("\r\n")).toHaveLength(33);
  });
});

test("redrive sends what lies in the downloads' dead letter queue back to theirs, as a replay of its letter", async () => {
  const queues = new QueueClient(engine.settings);
  const [dlqUrl, backUrl] = [await engine.createQueue("download-dlq"), await engine.createQueue("download-back")];
  const task = { version: 1, kind: "download", taskId: "t", downloadId: "d7", part: 3, reason: "requested" } as const;
  await new DeadLetters(queues, dlqUrl).giveUp(task, { code: "aws-unavailable", reason: "S3 answered SlowDown" }, 5);
  const lane = { from: new DeadLetterLane("download dlq", queues, dlqUrl), to: new TaskQueue(queues, backUrl) };
  const redrivePorts = { calendars: new CalendarTable(table), hosts: new HostTable(table) };
  const course = { isCancelled: () => false, passed: async () => undefined };
  const context = { now: () => new Date(AT), newId: () => "again", who: "test", course };
  expect(await redriveLetters([lane], redrivePorts, context)).toMatchObject({ end: "done", sent: 1, waiting: 0, gone: 0 });
  const [sent] = await engine.receiveAll(backUrl);
  expect(JSON.parse(sent?.Body ?? "")).toMatchObject({
    kind: "download",
    downloadId: "d7",
    part: 3,
    reason: "replay",
    replayOf: "download-d7-3",
  });
});
