import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { gzip } from "../../lib/aws/compress.ts";
import { FeedObjects } from "../../lib/aws/feed-objects.ts";
import { LetterObjects } from "../../lib/aws/letter-objects.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { ServedObjects } from "../../lib/aws/served-objects.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { startMessages } from "./engines.ts";
import type { MessageEngine } from "./engines.ts";

let engine: MessageEngine;
let client: ObjectClient;
beforeAll(async () => {
  engine = await startMessages();
  await engine.createBucket("objects");
  client = new ObjectClient("objects", engine.settings);
});
afterAll(async () => engine.stop());

const snapshotOf = (eventCount: number): Snapshot => ({
  version: 1,
  calendarId: "one",
  calendarVersion: 3,
  engine: 1,
  takenAt: "2026-01-01T00:00:00.000Z",
  contentHash: "hash",
  properties: { name: "팀 🗓️", refreshMinutes: 60 },
  timezones: [{ tzid: "Asia/Seoul", text: "BEGIN:VTIMEZONE\nEND:VTIMEZONE" }],
  eventCount,
  skipped: [{ line: 3, code: "dtstart-missing", reason: "no DTSTART, wanted one" }],
  events: Array.from({ length: eventCount }, (_, index) => ({
    uid: `u${index}`,
    sourceUid: "",
    block: "b",
    meaning: "m",
    sequence: index,
    lastModified: "20260101T000000Z",
    text: `BEGIN:VEVENT\nSUMMARY:회의 ${index} 🎉 \u{2028}\nEND:VEVENT`,
  })),
});

describe("a calendar's objects", () => {
  test.each([0, 1, 2000])("a snapshot of %i events comes back as it went", async (eventCount) => {
    const objects = new CalendarObjects(client);
    await objects.putSnapshot(`snapshots/one/${eventCount}`, snapshotOf(eventCount));
    expect(await objects.getSnapshot(`snapshots/one/${eventCount}`)).toEqual(snapshotOf(eventCount));
  });

  test("changes and held bodies come back as they went", async () => {
    const objects = new CalendarObjects(client);
    const changes = {
      version: 1,
      calendarId: "one",
      calendarVersion: 1,
      previousVersion: 0,
      at: "2026-01-01T00:00:00.000Z",
      changes: [{ kind: "created", uid: "u", sequence: 0, text: "BEGIN:VEVENT\nEND:VEVENT" }],
    } as const;
    await objects.putChanges("changes/one/1", { ...changes, changes: [...changes.changes] });
    expect(await objects.getChanges("changes/one/1")).toEqual(changes);
    const bytes = Uint8Array.from([0, 255, 10, 13]);
    const key = await objects.putHeld("one", "hold1", bytes);
    expect(Uint8Array.from(await objects.getHeld(key))).toEqual(bytes);
  });

  test("a snapshot that is gone makes the task come back and load the pointer again", async () => {
    await expect(new CalendarObjects(client).getSnapshot("snapshots/one/gone")).rejects.toMatchObject({
      code: "aws-unavailable",
    });
  });

  test("every fourth version deletes what is old, but neither the pointed-at version nor the two before it nor what is young", async () => {
    const objects = new CalendarObjects(client);
    const names = [1, 2, 4, 5, 6, 7, 8, 9].map((version) => `${String(version).padStart(9, "0")}-h`);
    for (const name of names) {
      await client.put(`snapshots/two/${name}`, Buffer.from("s"), { contentType: "text/plain" });
      await client.put(`changes/two/${name}`, Buffer.from("c"), { contentType: "text/plain" });
    }
    await objects.putHeld("two", "ended", Buffer.from("held"));
    const left = async (prefix: string): Promise<string[]> =>
      (await client.list(prefix)).map(({ key }) => key.slice(prefix.length));
    const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
    await objects.prune("two", 8, later(23));
    await objects.prune("two", 7, later(25));
    expect(await left("snapshots/two/")).toHaveLength(9);
    await objects.prune("two", 8, later(25));
    expect(await left("snapshots/two/")).toEqual(["000000006-h", "000000007-h", "000000008-h", "000000009-h"]);
    await objects.prune("two", 8, later(30 * 24 + 1));
    expect(await left("changes/two/")).toHaveLength(8);
    await objects.prune("two", 8, later(31 * 24 + 1));
    expect(await left("changes/two/")).toHaveLength(4);
  });
});

test("the change sets after a version are listed with the time at which they were stored", async () => {
  const objects = new CalendarObjects(client);
  for (const name of ["000000003-a", "000000004-_b", "000000004-z", "000000005--c", "000000012-d"])
    await client.put(`changes/followed/${name}`, Buffer.from("c"), { contentType: "text/plain" });
  const listed = await objects.changeSets("followed", 4);
  expect(listed).toEqual([
    { calendarVersion: 5, key: "changes/followed/000000005--c", storedMs: expect.any(Number) },
    { calendarVersion: 12, key: "changes/followed/000000012-d", storedMs: expect.any(Number) },
  ]);
  expect(Math.abs((listed[0]?.storedMs ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await objects.changeSets("followed", 12)).toEqual([]);
});

test("a calendar's stored snapshots are listed with their versions, held bodies are none", async () => {
  const objects = new CalendarObjects(client);
  for (const name of ["000000003-a", "000000003-b", "000000012-c"])
    await client.put(`snapshots/listed/${name}`, Buffer.from("s"), { contentType: "text/plain" });
  await objects.putHeld("listed", "x1", Buffer.from("held"));
  expect(await objects.snapshots("listed")).toEqual([
    { calendarVersion: 3, key: "snapshots/listed/000000003-a" },
    { calendarVersion: 3, key: "snapshots/listed/000000003-b" },
    { calendarVersion: 12, key: "snapshots/listed/000000012-c" },
  ]);
  expect(await objects.snapshots("nobody")).toEqual([]);
});

describe("a feed's objects", () => {
  test("every fourth revision deletes what is old, but neither the one pointed at, however old, nor two before it, nor what is young", async () => {
    const feeds = new FeedObjects(client);
    const keyOf = (revision: number): string => `feeds/pruned/${String(revision).padStart(9, "0")}-h.ics`;
    for (const revision of [1, 2, 3, 5, 6, 9]) await feeds.putFeed(keyOf(revision), "BEGIN:VCALENDAR");
    const left = async (): Promise<string[]> => (await client.list("feeds/pruned/")).map(({ key }) => key);
    const later = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
    await feeds.pruneFeed("pruned", 12, keyOf(6), later(23));
    await feeds.pruneFeed("pruned", 11, keyOf(6), later(25));
    expect(await left()).toHaveLength(12);
    await feeds.pruneFeed("pruned", 12, keyOf(6), later(25));
    expect(await left()).toEqual([3, 5, 6, 9].flatMap((revision) => [keyOf(revision), `${keyOf(revision)}.gz`]));
  });

  test("plain and gzip hold the same bytes, and the sizes are theirs", async () => {
    const ics = "BEGIN:VCALENDAR\r\nSUMMARY:가나다\r\nEND:VCALENDAR\r\n".repeat(50);
    const sizes = await new FeedObjects(client).putFeed("feeds/f/1.ics", ics);
    const served = new ServedObjects(client);
    const [plain, small] = await Promise.all([served.getBytes("feeds/f/1.ics"), served.getBytes("feeds/f/1.ics.gz")]);
    expect(Buffer.from(plain).toString()).toBe(ics);
    expect(gunzipSync(small).toString()).toBe(ics);
    expect(sizes).toEqual({ bytes: plain.length, gzipBytes: small.length });
  });

  test("the same content gives the same gzip bytes, without time or system in them", async () => {
    const [one, other] = await Promise.all([gzip("content"), gzip(Buffer.from("content"))]);
    expect(Buffer.from(one)).toEqual(Buffer.from(other));
    expect([...one.subarray(4, 8), one[9]]).toEqual([0, 0, 0, 0, 255]);
  });

  test("a signed url gives the bytes with their type and encoding", async () => {
    await new FeedObjects(client).putFeed("feeds/f/2.ics", "BEGIN:VCALENDAR");
    const answer = await fetch(await new ServedObjects(client).sign("feeds/f/2.ics", 300));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("text/calendar");
    expect(await answer.text()).toBe("BEGIN:VCALENDAR");
  });

  test("a letter's body becomes an object named by letter and content", async () => {
    const key = await new LetterObjects(client).putLetterBody("unreadable-1", "garbage");
    expect(key).toMatch(/^letters\/unreadable-1\/[\w-]{22}$/u);
    expect(Buffer.from(await client.get(key)).toString()).toBe("garbage");
  });
});
