import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { ExternalIdTable } from "../../lib/aws/external-id-table.ts";
import { FeedObjects } from "../../lib/aws/feed-objects.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { KeyTable } from "../../lib/aws/key-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { OwnerTable } from "../../lib/aws/owner-table.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { QuotaTable } from "../../lib/aws/quota-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Item } from "../../lib/aws/expressions.ts";
import { RepeatTable } from "../../lib/aws/repeat-table.ts";
import { textOfLine } from "../../lib/core/registry-file.ts";
import type { FeedAnswer } from "../../lib/core/serve.ts";
import { exportRegistry } from "../../lib/sync/export-registry.ts";
import type { ExportRegistryPorts } from "../../lib/sync/export-registry.ts";
import { checkRegistry, requireEmpty } from "../../lib/sync/check-registry.ts";
import { applyRegistry } from "../../lib/sync/import-registry.ts";
import type { ImportRegistryPorts } from "../../lib/sync/import-registry.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import { startMessages, startTable } from "./engines.ts";
import type { MessageEngine, TableEngine } from "./engines.ts";
import { makeOwnersThings } from "./owner-things.ts";
import { calendarOf, checkpointOf } from "./records.ts";

type Machine = {
  readonly table: RecordTable;
  readonly bucket: ObjectClient;
  readonly ports: ExportRegistryPorts & ImportRegistryPorts;
  readonly scheduled: Set<string>;
  readonly sent: unknown[];
};

const NOW = new Date("2026-05-07T00:00:00.000Z");
const CONTEXT = { now: () => NOW, newId: () => "id" };
let tables: readonly TableEngine[];
let messages: MessageEngine;
let buckets = 0;

beforeAll(async () => {
  tables = [await startTable(), await startTable()];
  messages = await startMessages();
});
afterAll(async () => {
  for (const engine of tables) await engine.stop();
  await messages.stop();
});

async function machine(at: 0 | 1): Promise<Machine> {
  const table = new RecordTable("records", tables[at]?.settings);
  const { items } = await table.scanPage(undefined, 1000);
  await table.deleteAll(items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })));
  const name = `machine-${(buckets += 1)}`;
  await messages.createBucket(name);
  const bucket = new ObjectClient(name, messages.settings);
  const [scheduled, sent] = [new Set<string>(), new Array<unknown>()];
  const keep = async (id: string): Promise<void> => void scheduled.add(id);
  const ports = {
    calendars: new CalendarTable(table),
    feeds: new FeedTable(table),
    links: new LinkTable(table),
    keys: new KeyTable(table),
    hosts: new HostTable(table),
    ownerRecords: new OwnerTable(table),
    quotas: new QuotaTable(table, { calendars: 9, feeds: 9, linksPerFeed: 9 }),
    externalIds: new ExternalIdTable(table),
    ownersReservations: new OwnersReservationTable(table),
    repeats: new RepeatTable(table),
    objects: new CalendarObjects(bucket),
    published: new FeedObjects(bucket),
    crons: { keep: async ({ calendarId }: { readonly calendarId: string }) => await keep(calendarId) },
    reservationSchedules: { make: async ({ reservationId }: { readonly reservationId: string }) => await keep(reservationId) },
    repeatSchedules: { keep: async ({ repeatId }: { readonly repeatId: string }) => await keep(repeatId) },
    exports: { sendExports: async (tasks: readonly unknown[]) => void sent.push(...tasks) },
  };
  return { table, bucket, ports, scheduled, sent };
}

async function exported({ ports }: Machine, withEvents: boolean): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportRegistry({ withEvents }, ports, NOW)) lines.push(textOfLine(line).trimEnd());
  return lines;
}

async function* streamOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function applied(lines: readonly string[], { ports }: Machine, limit = Infinity): Promise<string[]> {
  const outcomes: string[] = [];
  for await (const { outcome } of applyRegistry(streamOf(lines), ports, CONTEXT)) {
    outcomes.push(outcome);
    if (outcomes.length >= limit) break;
  }
  return outcomes;
}

/** Records that a registry is made of. */
async function registryItems({ table }: Machine): Promise<readonly Item[]> {
  const { items } = await table.scanPage(undefined, 1000);
  const others = /^(?:RUN|IDEMPOTENCY|LETTER|DOWNLOAD|WANTED|ALERTS|HOSTS)|^RESERVATION#\w+~/u;
  return items
    .filter(({ pk, sk }) => !others.test(String(pk)) && sk !== "META#HOLD")
    .map((item) => (String(item["sk"]).startsWith("EXTERNAL#") ? Object.assign(item, { at: "whenever" }) : item))
    .toSorted((one, other) =>
      `${String(one["pk"])} ${String(one["sk"])}` < `${String(other["pk"])} ${String(other["sk"])}` ? -1 : 1,
    );
}

async function served({ table, bucket }: Machine, token: string): Promise<FeedAnswer> {
  const objects = { getBytes: async (key: string) => await bucket.get(key), sign: async () => "" };
  const links = Object.assign(new LinkTable(table), { markUsed: async () => undefined });
  return await serveFeed(token, { method: "GET" }, { links, objects }, NOW);
}

describe("a registry restored", () => {
  test("into an empty stack: every record is equal, every link answers the same bytes and ETag at once", async () => {
    const [one, other] = [await machine(0), await machine(1)];
    const { secret } = await makeOwnersThings("ann", one.table, one.bucket);
    await makeOwnersThings("bob", one.table, one.bucket);
    await one.ports.ownerRecords.putOwner(
      { version: 1, ownerId: "bob", state: "suspended", since: NOW.toISOString() },
      undefined,
    );
    await one.ports.hosts.putPolicy("calendars.example", { startsPerSecond: 2 });
    const lines = await exported(one, true);
    const checked = await checkRegistry(streamOf(lines));
    expect(checked.counts).toMatchObject({
      calendar: 4,
      feed: 2,
      snapshot: 4,
      published: 2,
      key: 2,
      reservation: 2,
      repeat: 2,
      owner: 1,
    });
    await requireEmpty(checked, other.ports);
    expect(new Set(await applied(lines, other))).toEqual(new Set(["made"]));
    expect(await registryItems(other)).toEqual(await registryItems(one));
    expect((await other.ports.hosts.hosts()).get("calendars.example")).toEqual(
      (await one.ports.hosts.hosts()).get("calendars.example"),
    );
    const token = `annfeed.${secret}`;
    const answer = await served(other, token);
    expect(answer).toEqual(await served(one, token));
    expect(answer.status).toBe(200);
    expect([...other.scheduled].toSorted()).toEqual([
      "ann-repeat",
      "ann-reserved",
      "ann-url",
      "bob-repeat",
      "bob-reserved",
      "bob-url",
    ]);
    expect(await exported(other, true)).toHaveLength(lines.length);
  });

  test("broken off at any record is made good by the same file, and the whole twice changes nothing", async () => {
    const [one, other] = [await machine(0), await machine(1)];
    await makeOwnersThings("ann", one.table, one.bucket);
    const lines = await exported(one, true);
    for (const limit of [1, 3, 5, 6]) {
      await applied(lines, other, limit);
      await requireEmpty(await checkRegistry(streamOf(lines)), other.ports);
    }
    await applied(lines, other);
    const whole = await registryItems(other);
    expect(whole).toEqual(await registryItems(one));
    expect(new Set(await applied(lines, other))).toEqual(new Set(["there"]));
    expect(await registryItems(other)).toEqual(whole);
  });

  test("without events begins each calendar anew: no version, no validators, the same place on the wheel", async () => {
    const [one, other] = [await machine(0), await machine(1)];
    await makeOwnersThings("ann", one.table, one.bucket);
    const lines = await exported(one, false);
    await applied(lines, other);
    const loaded = await other.ports.calendars.load("ann-url");
    expect(loaded?.checkpoint).toMatchObject({ calendarVersion: 0, host: "calendars.example", wheel: "60#7#3" });
    expect(loaded?.checkpoint).not.toHaveProperty("etag");
    expect(await other.bucket.list("")).toEqual([]);
    expect(other.sent).toMatchObject([{ kind: "export", feedId: "annfeed" }]);
  });

  test("is refused by a stack that has something else, unless it is to be merged; what is there stays as it is", async () => {
    const [one, other] = [await machine(0), await machine(1)];
    await makeOwnersThings("ann", one.table, one.bucket);
    await other.ports.calendars.putCheckpoint(checkpointOf("own"));
    await other.ports.calendars.putCalendar(calendarOf("own"));
    await other.ports.calendars.putCheckpoint(checkpointOf("ann-url"));
    await other.ports.calendars.putCalendar(calendarOf("ann-url", { name: "Theirs" }));
    const lines = await exported(one, true);
    await expect(requireEmpty(await checkRegistry(streamOf(lines)), other.ports)).rejects.toMatchObject({
      code: "stack-not-empty",
    });
    await applied(lines, other);
    expect((await other.ports.calendars.load("ann-url"))?.calendar.name).toBe("Theirs");
    expect((await other.ports.calendars.load("ann-push"))?.calendar.name).toBe("ann's");
  });
});

describe("a registry's file", () => {
  test.each([
    ["cut off", (lines: readonly string[]) => lines.slice(0, -1), /line \d+ .* missing/u],
    ["with a record less", (lines: readonly string[]) => lines.toSpliced(2, 1), /the end of \d+ records/u],
    ["of another kind", () => ["uid,name"], /line 1 .* no JSON/u],
    [
      "with a wrong record",
      (lines: readonly string[]) => lines.with(2, '{"kind":"key","version":1,"key":{}}'),
      /line 3 .* wrong at key\./u,
    ],
    ["empty", () => [], /missing/u],
  ])("%s is refused as a whole, with its line and without its secrets", async (_how, spoil, says) => {
    const one = await machine(0);
    await makeOwnersThings("ann", one.table, one.bucket);
    const lines = spoil(await exported(one, false));
    await expect(checkRegistry(streamOf(lines))).rejects.toMatchObject({
      code: "registry-invalid",
      what: expect.stringMatching(says),
    });
  });
});
