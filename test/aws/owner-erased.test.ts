import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { AlertTable } from "../../lib/aws/alert-table.ts";
import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { ErasureBucket } from "../../lib/aws/erasure-objects.ts";
import { ErasureTable } from "../../lib/aws/erasure-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { OwnerTable } from "../../lib/aws/owner-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Item } from "../../lib/aws/expressions.ts";
import type { EraseReport } from "../../lib/contract/owner.ts";
import { joined, nextRevision } from "../../lib/core/alert-groups.ts";
import { countOwned } from "../../lib/sync/count-owned.ts";
import { eraseOwner } from "../../lib/sync/erase-owner.ts";
import type { EraseOwnerPorts } from "../../lib/sync/erase-owner.ts";
import { startMessages, startTable } from "./engines.ts";
import type { MessageEngine, TableEngine } from "./engines.ts";
import { AT, makeOwnersThings, snapshotOf } from "./owner-things.ts";
import { checkpointOf, letterOf } from "./records.ts";

let engines: { readonly tables: TableEngine; readonly messages: MessageEngine };
let count = 0;
let table: RecordTable;
let bucket: ObjectClient;
let ports: EraseOwnerPorts;
/** Names of schedules that were dropped. */
let dropped: string[];
let nowMs: number;

beforeAll(async () => {
  engines = { tables: await startTable(), messages: await startMessages() };
});
afterAll(async () => {
  await engines.tables.stop();
  await engines.messages.stop();
});

beforeEach(async () => {
  table = new RecordTable("records", engines.tables.settings);
  const { items } = await table.scanPage(undefined, 1000);
  await table.deleteAll(items.map(keyOf));
  const name = `objects-${(count += 1)}`;
  await engines.messages.createBucket(name);
  bucket = new ObjectClient(name, engines.messages.settings);
  dropped = [];
  nowMs = Date.parse("2026-05-07T00:00:00.000Z");
  const drop = async (thing: object): Promise<void> => void dropped.push(JSON.stringify(thing));
  ports = {
    ownerRecords: new OwnerTable(table),
    erasure: new ErasureTable(table),
    erasureObjects: new ErasureBucket(bucket),
    crons: { drop: async ({ ownerId, calendarId }) => await drop({ cron: `${ownerId}.${calendarId}` }) },
    reservationSchedules: { drop: async ({ reservationId }) => await drop({ reservation: reservationId }) },
    repeatSchedules: { drop: async ({ ownerId, repeatId }) => await drop({ repeat: `${ownerId}.${repeatId}` }) },
    reservations: { dropBooking: async ({ taskId }) => await drop({ booking: taskId }) },
  };
});

function keyOf({ pk, sk }: Item): { pk: string; sk: string } {
  return { pk: String(pk), sk: String(sk) };
}

async function part(with_: EraseOwnerPorts = ports): Promise<EraseReport> {
  return await eraseOwner({ ownerId: "ann", confirm: "ann", dryRun: false }, with_, { now: () => new Date(nowMs) });
}

async function eraseUntil(state: EraseReport["state"]): Promise<EraseReport> {
  for (;;) {
    const report = await part();
    if (report.state === state) return report;
  }
}

/** Every item and every object with its bytes. */
async function everything(): Promise<{ readonly items: readonly Item[]; readonly objects: Readonly<Record<string, string>> }> {
  const { items } = await table.scanPage(undefined, 1000);
  const objects: Record<string, string> = {};
  for (const { key } of await bucket.list("")) objects[key] = Buffer.from(await bucket.get(key)).toString("base64");
  return { items: items.toSorted((one, other) => (JSON.stringify(keyOf(one)) < JSON.stringify(keyOf(other)) ? -1 : 1)), objects };
}

function traces(
  of: { readonly items: readonly Item[]; readonly objects: Readonly<Record<string, string>> },
  word: string,
): string[] {
  const items = of.items.filter((item) => JSON.stringify(item).includes(word)).map((item) => JSON.stringify(keyOf(item)));
  return [...items, ...Object.keys(of.objects).filter((key) => key.includes(word))];
}

describe("an owner erased", () => {
  test("leaves no object and no record, and another owner's are byte for byte what they were", async () => {
    await makeOwnersThings("bob", table, bucket);
    const before = await everything();
    await makeOwnersThings("ann", table, bucket);
    expect(traces(await everything(), "ann").length).toBeGreaterThan(30);
    const settling = await eraseUntil("settling");
    expect(settling.until).toBe("2026-05-07T00:15:00.000Z");
    nowMs = Date.parse(settling.until ?? "");
    await eraseUntil("erased");
    const after = await everything();
    expect(traces(after, "ann")).toEqual([]);
    // What letters are grouped by is nobody's own.
    expect(after).toEqual(before);
    expect(dropped.toSorted()).toEqual([
      '{"booking":"ann~task"}',
      '{"cron":"ann.ann-url"}',
      '{"repeat":"ann.ann-repeat"}',
      '{"reservation":"ann-reserved"}',
    ]);
  });

  test("is gone for people and workers at once, and what workers wrote meanwhile goes in the second round", async () => {
    await makeOwnersThings("ann", table, bucket);
    const calendars = new CalendarTable(table);
    const slow = await calendars.load("ann-url");
    const { until = "" } = await eraseUntil("settling");
    expect(await calendars.load("ann-url")).toBeUndefined();
    const expected = { calendarVersion: 1, turn: undefined, fetchBegan: "2026-05-07T00:00:00.000Z" };
    expect(await calendars.save({ ...checkpointOf("ann-url"), ...slow?.checkpoint, fetchedAt: AT }, expected)).toBe("lost");
    await new CalendarObjects(bucket).putSnapshot("snapshots/ann-url/000000002-late", snapshotOf("ann-url", "ann"));
    await calendars.putRun({
      version: 1,
      runId: `${AT}~late`,
      calendarId: "ann-url",
      taskId: "late",
      reason: "tick",
      status: "failed",
      startedAt: AT,
    });
    await new LetterTable(table).put(letterOf("import-ann-url", { calendarId: "ann-url", fingerprint: "import|source-dns|h" }));
    await bucket.put("feeds/annfeed/000000002-late.ics", Buffer.from("ann"), { contentType: "text/calendar" });
    expect((await part()).state).toBe("settling");
    nowMs = Date.parse(until);
    await eraseUntil("erased");
    expect(traces(await everything(), "ann")).toEqual([]);
  });

  test("killed at any place goes on there and ends the same", async () => {
    await makeOwnersThings("bob", table, bucket);
    const before = await everything();
    await makeOwnersThings("ann", table, bucket);
    let [calls, kills, ended] = [0, 0, false];
    const mortal = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name, self) => {
          const method: unknown = Reflect.get(target, name, self);
          if (typeof method !== "function") return method;
          return async (...args: unknown[]): Promise<unknown> => {
            if ((calls += 1) % 9 === 0) throw new Error("killed");
            return await Reflect.apply(method, target, args);
          };
        },
      });
    const killed = {
      ...ports,
      erasure: mortal(ports.erasure),
      erasureObjects: mortal(ports.erasureObjects),
      crons: mortal(ports.crons),
    };
    while (!ended) {
      const report = await part(killed).catch(() => void (kills += 1));
      if (report?.until !== undefined) nowMs = Date.parse(report.until);
      ended = report?.state === "erased";
    }
    expect(kills).toBeGreaterThan(5);
    expect(await everything()).toEqual(before);
  });

  test("takes what a calendar left that was removed long ago", async () => {
    await makeOwnersThings("ann", table, bucket);
    const calendars = new CalendarTable(table);
    await calendars.deleteCalendar("ann-push");
    await calendars.deletePointersAndCheckpoint("ann-push");
    const { until = "" } = await eraseUntil("settling");
    nowMs = Date.parse(until);
    await eraseUntil("erased");
    expect(traces(await everything(), "ann-push")).toEqual([]);
  });

  test("is counted first, and a dry run changes nothing", async () => {
    await makeOwnersThings("ann", table, bucket);
    const before = await everything();
    const counts: Record<string, number> = {};
    let report = await countOwned({ ownerId: "ann" }, ports);
    for (;;) {
      for (const [kind, more] of Object.entries(report.counts)) counts[kind] = (counts[kind] ?? 0) + more;
      if (report.cursor === undefined) break;
      report = await countOwned({ ownerId: "ann", cursor: report.cursor }, ports);
    }
    expect(counts).toMatchObject({ calendar: 2, feed: 1, key: 1, letter: 1, reservation: 1, repeat: 1, download: 1, booking: 1 });
    expect(await everything()).toEqual(before);
  });

  test("needs its name twice", async () => {
    const asked = { ownerId: "ann", confirm: "an", dryRun: false };
    await expect(eraseOwner(asked, ports, { now: () => new Date(nowMs) })).rejects.toMatchObject({ code: "body-invalid" });
  });

  test("an alert that tells of others as well stays, without the owner's name", async () => {
    await makeOwnersThings("ann", table, bucket);
    const alerts = new AlertTable(table);
    const arrival = {
      kind: "import",
      code: "source-dns",
      reason: "ann-url has no answer",
      calendarId: "ann-url",
      host: "h.example",
    } as const;
    const one = joined(undefined, arrival, AT);
    await alerts.put(one);
    await alerts.put(nextRevision(one, joined(one, { ...arrival, calendarId: "bob-url" }, AT)));
    const { until = "" } = await eraseUntil("settling");
    nowMs = Date.parse(until);
    await eraseUntil("erased");
    const groups = await alerts.groups();
    expect(groups).toMatchObject([{ code: "source-dns", count: 2 }]);
    expect(JSON.stringify(groups)).not.toContain("ann");
  });
});
