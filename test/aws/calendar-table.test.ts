import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf } from "./records.ts";

let engine: TableEngine;
let table: RecordTable;
let calendars: CalendarTable;
let count = 0;

beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  calendars = new CalendarTable(table);
});
afterAll(async () => engine.stop());

async function registered(fields: Parameters<typeof checkpointOf>[1] = {}): Promise<string> {
  count += 1;
  const calendarId = `cal${String(count).padStart(3, "0")}`;
  await calendars.putCheckpoint(checkpointOf(calendarId, fields));
  await calendars.putCalendar(calendarOf(calendarId));
  return calendarId;
}

const AT = "2026-03-01T00:00:00.000Z";
const LATER = "2026-03-01T00:01:00.000Z";
const holdOf = (calendarId: string, holdId: string): Hold => ({
  version: 1,
  calendarId,
  holdId,
  objectKey: `snapshots/${calendarId}/held-${holdId}`,
  contentHash: "hash",
  eventCount: 0,
  removedCount: 9,
  keptCount: 0,
  openedAt: AT,
  confirmations: 0,
});

describe("a calendar's records", () => {
  test("a calendar of which only the checkpoint is there is not loaded", async () => {
    await calendars.putCheckpoint(checkpointOf("half"));
    expect(await calendars.load("half")).toBeUndefined();
  });

  test("META, checkpoint and hold are loaded as they were put, and unknown fields are ignored", async () => {
    const calendarId = await registered({ etag: 'W/"odd"' });
    await calendars.putHold(holdOf(calendarId, "h1"));
    await table.update({ pk: `CAL#${calendarId}`, sk: "META" }, { set: { fromTheFuture: true } });
    expect(await calendars.load(calendarId)).toEqual({
      calendar: calendarOf(calendarId),
      checkpoint: checkpointOf(calendarId, { etag: 'W/"odd"' }),
      hold: holdOf(calendarId, "h1"),
    });
  });

  test("saving sets every field, removes the absent ones and leaves the place on the wheel alone", async () => {
    const calendarId = await registered({ etag: '"old"', notBefore: AT });
    const next = {
      ...checkpointOf(calendarId),
      wheel: "5#1#1",
      host: "elsewhere.example",
      lastTurn: 7,
      fetchedAt: AT,
      attempts: 2,
    };
    expect(await calendars.save(next, { calendarVersion: 0, turn: 7, fetchBegan: AT })).toBe("saved");
    const loaded = await calendars.load(calendarId);
    expect(loaded?.checkpoint).toEqual({ ...next, wheel: "60#7#3", host: "calendars.example" });
    expect(loaded?.checkpoint).not.toHaveProperty("etag");
  });

  test("a save is lost to a newer version, to an equal turn, and to a fetch that began later", async () => {
    const calendarId = await registered({ calendarVersion: 3, lastTurn: 10, fetchedAt: AT });
    const next = checkpointOf(calendarId, { calendarVersion: 4, lastTurn: 11, fetchedAt: LATER });
    const expected = { calendarVersion: 3, turn: 11, fetchBegan: LATER };
    expect(await calendars.save(next, { ...expected, calendarVersion: 2 })).toBe("lost");
    expect(await calendars.save(next, { ...expected, turn: 10 })).toBe("lost");
    expect(await calendars.save(next, { ...expected, fetchBegan: AT })).toBe("lost");
    expect((await calendars.load(calendarId))?.checkpoint.calendarVersion).toBe(3);
    expect(await calendars.save(next, { ...expected, turn: undefined })).toBe("saved");
  });

  test("a person's save is lost to an attempt that ended meanwhile", async () => {
    const calendarId = await registered({ outcome: { status: "failed", at: LATER, code: "source-timeout" } });
    const next = checkpointOf(calendarId, { fetchedAt: LATER });
    const expected = { calendarVersion: 0, turn: undefined, fetchBegan: LATER };
    expect(await calendars.save(next, { ...expected, outcomeAt: AT })).toBe("lost");
    expect(await calendars.save(next, { ...expected, outcomeAt: LATER })).toBe("saved");
    expect(await calendars.save(next, { ...expected, fetchBegan: `${LATER}0`, outcomeAt: "0" })).toBe("saved");
  });

  test("a save is lost where the validators that it was read with are forgotten", async () => {
    const calendarId = await registered({ etag: '"old"', engineKey: "1:keep" });
    const next = checkpointOf(calendarId, { fetchedAt: LATER });
    const expected = { calendarVersion: 0, turn: undefined, fetchBegan: LATER };
    expect(await calendars.save(next, { ...expected, engineKey: "1:mirror" })).toBe("lost");
    expect(await calendars.save(next, { ...expected, engineKey: "1:keep" })).toBe("saved");
    // What it wrote has none.
    expect(await calendars.save(next, { ...expected, fetchBegan: `${LATER}0`, engineKey: "1:keep" })).toBe("lost");
  });

  test("of two workers that decided on the same version one is saved", async () => {
    const calendarId = await registered();
    const next = checkpointOf(calendarId, { calendarVersion: 1, fetchedAt: AT });
    const both = [1, 2].map(async () => calendars.save(next, { calendarVersion: 0, turn: undefined, fetchBegan: AT }));
    expect((await Promise.all(both)).toSorted()).toEqual(["lost", "saved"]);
  });

  test("nothing is saved for a calendar that was removed meanwhile", async () => {
    const calendarId = await registered();
    await calendars.deleteCalendar(calendarId);
    await calendars.deletePointersAndCheckpoint(calendarId);
    expect(await calendars.save(checkpointOf(calendarId), { calendarVersion: 0, turn: 1, fetchBegan: AT })).toBe("lost");
    expect(await table.get({ pk: `CAL#${calendarId}`, sk: "META#CHECKPOINT" })).toBeUndefined();
  });

  test("pending is moved and removed only while it is still the same version", async () => {
    const pending = { version: 2, changesKey: "changes/x", cursor: 0 };
    const calendarId = await registered({ calendarVersion: 2, pending });
    await calendars.saveCursor(calendarId, { ...pending, version: 1, cursor: 9 });
    await calendars.clearPending(calendarId, 1);
    expect((await calendars.load(calendarId))?.checkpoint.pending).toEqual(pending);
    await calendars.saveCursor(calendarId, { ...pending, cursor: 3 });
    expect((await calendars.load(calendarId))?.checkpoint.pending?.cursor).toBe(3);
    await calendars.clearPending(calendarId, 2);
    expect((await calendars.load(calendarId))?.checkpoint.pending).toBeUndefined();
  });

  test("a hold ends only where it is still the one that was seen", async () => {
    const calendarId = await registered();
    await calendars.putHold(holdOf(calendarId, "new"));
    await calendars.endHold(calendarId, "old");
    expect((await calendars.load(calendarId))?.hold?.holdId).toBe("new");
    await calendars.endHold(calendarId, "new");
    expect((await calendars.load(calendarId))?.hold).toBeUndefined();
  });

  test("a hold is not put over one that a later fetch opened or confirmed", async () => {
    const calendarId = await registered();
    const at = (minute: number): string => `2026-01-01T00:0${minute}:00.000Z`;
    const put = async (id: string, opened: number, confirmed?: number): Promise<string | undefined> => {
      const lastConfirmedAt = confirmed === undefined ? undefined : at(confirmed);
      await calendars.putHold({ ...holdOf(calendarId, id), openedAt: at(opened), lastConfirmedAt });
      return (await calendars.load(calendarId))?.hold?.holdId;
    };
    expect(await put("first", 2)).toBe("first");
    expect(await put("older", 1)).toBe("first");
    expect(await put("same", 2)).toBe("same");
    expect(await put("confirmed", 1, 4)).toBe("confirmed");
    expect(await put("opened before", 3)).toBe("confirmed");
    expect(await put("confirmed before", 1, 3)).toBe("confirmed");
    expect(await put("newer", 5)).toBe("newer");
  });

  test("one that is being removed is listed no more, and still its owner's", async () => {
    const calendarId = await registered();
    const ownerId = (await calendars.load(calendarId))?.calendar.ownerId ?? "";
    const listed = async (): Promise<string[]> =>
      (await calendars.list(ownerId, { limit: 1000, cursor: undefined })).items.map(({ calendar }) => calendar.calendarId);
    expect(await listed()).toContain(calendarId);
    await calendars.markRemoved(calendarId);
    expect(await listed()).not.toContain(calendarId);
    expect((await calendars.load(calendarId))?.calendar).toMatchObject({ ownerId, state: "removed" });
    await calendars.markRemoved("never-there");
    expect(await calendars.load("never-there")).toBeUndefined();
  });

  test("removal takes pointers, hold and checkpoint", async () => {
    const calendarId = await registered();
    await calendars.putFeedPointer(calendarId, "feedb");
    await calendars.putFeedPointer(calendarId, "feeda");
    await calendars.putHold(holdOf(calendarId, "h"));
    expect(await calendars.feedsOf(calendarId)).toEqual(["feeda", "feedb"]);
    await calendars.deleteCalendar(calendarId);
    await calendars.deletePointersAndCheckpoint(calendarId);
    const left = await table.query({ expression: "#pk = :pk", values: { ":pk": `CAL#${calendarId}` } });
    expect(left).toEqual([]);
  });
});

describe("the checkpoint's size", () => {
  const full = checkpointOf("abcdefghijklmnop", {
    host: `${"calendars".repeat(5)}.example.org`,
    wheel: "1440#1439#7",
    calendarVersion: 123_456_789,
    snapshotKey: `snapshots/abcdefghijklmnop/123456789-${"h".repeat(22)}`,
    // As long as lib/ics digests are.
    contentHash: "c".repeat(22),
    refusedHash: "r".repeat(22),
    staleCode: "too-many-bad-components",
    eventCount: 123_456,
    skippedCount: 12_345,
    etag: `"${"e".repeat(158)}"`,
    lastModified: "Wed, 21 Oct 2026 07:28:00 GMT",
    engineKey: "k".repeat(22),
    fetchedAt: AT,
    lastTurn: 29_700_000,
    notBefore: AT,
    attempts: 4,
    failures: 12,
    churns: 3,
    lastSuccessAt: AT,
    refreshedAt: AT,
  });
  // What a commit owes is settled before the next outcome, so that pending and a reason never stand together.
  const endings = {
    failed: { outcome: { status: "failed", at: AT, code: "too-many-bad-components", reason: "한".repeat(300) } },
    committed: {
      outcome: { status: "imported", at: AT },
      pending: { version: 123_456_789, changesKey: `changes/abcdefghijklmnop/123456789-${"h".repeat(22)}`, cursor: 1234 },
    },
  } as const;

  test.each(["failed", "committed"] as const)("a full checkpoint that %s stays under 1 KB", async (ending) => {
    await calendars.putCheckpoint({ ...full, ...endings[ending] });
    const item = (await table.get({ pk: "CAL#abcdefghijklmnop", sk: "META#CHECKPOINT" })) ?? {};
    expect(item["etag"]).toBe(full.etag);
    expect(sizeOf(item)).toBeLessThanOrEqual(1024);
  });

  test("validators too long for it are not kept, and never cut", async () => {
    await calendars.putCheckpoint({ ...full, etag: `"${"e".repeat(160)}"`, lastModified: "x".repeat(65) });
    const item = await table.get({ pk: "CAL#abcdefghijklmnop", sk: "META#CHECKPOINT" });
    expect(item).not.toHaveProperty("etag");
    expect(item).not.toHaveProperty("lastModified");
  });
});

describe("the place on the wheel", () => {
  test("moves where it is still the one that was read, and a paused calendar stays off", async () => {
    const calendarId = await registered({ wheel: "60#7#3" });
    await calendars.moveSlot(calendarId, "60#7#3", "360#67#3");
    expect((await calendars.load(calendarId))?.checkpoint.wheel).toBe("360#67#3");
    await calendars.moveSlot(calendarId, "60#7#3", "5#2#3");
    expect((await calendars.load(calendarId))?.checkpoint.wheel).toBe("360#67#3");
    await calendars.leaveWheel(calendarId);
    await calendars.moveSlot(calendarId, "360#67#3", "5#2#3");
    expect((await calendars.load(calendarId))?.checkpoint.wheel).toBeUndefined();
  });
});

describe("lists", () => {
  test("an owner's calendars come by age, page by page, each once", async () => {
    for (const [index, name] of ["pa", "pb", "pc", "pd", "pe"].entries()) {
      await calendars.putCheckpoint(checkpointOf(name));
      await calendars.putCalendar(calendarOf(name, { ownerId: "pager", createdAt: `2026-01-0${5 - index}T00:00:00.000Z` }));
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await calendars.list("pager", { limit: 2, cursor });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ calendar }) => calendar.calendarId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(["pe", "pd", "pc", "pb", "pa"]);
  });

  test("a cursor that no listing gave is refused", async () => {
    await expect(calendars.list("pager", { limit: 2, cursor: "nonsense" })).rejects.toMatchObject({ code: "query-invalid" });
  });

  test("an owner's calendars under a hold come by the age of the hold, and no others", async () => {
    for (const [index, name] of ["ha", "hb", "hc", "hd"].entries()) {
      await calendars.putCheckpoint(checkpointOf(name));
      await calendars.putCalendar(calendarOf(name, { ownerId: name === "hd" ? "another" : "holder" }));
      const openedAt = `2026-01-0${5 - index}T00:00:00.000Z`;
      await calendars.putHold({ ...holdOf(name, `${name}.h`), ownerId: name === "hd" ? "another" : "holder", openedAt });
    }
    const first = await calendars.holds("holder", { limit: 2, cursor: undefined });
    const second = await calendars.holds("holder", { limit: 2, cursor: first.cursor });
    const names = [...first.items, ...second.items].map(({ hold }) => hold?.calendarId);
    expect(names).toEqual(["hc", "hb", "ha"]);
    expect(second.cursor).toBeUndefined();
    await calendars.endHold("hb", "hb.h");
    await calendars.deleteCalendar("hc");
    expect((await calendars.holds("holder", { limit: 9, cursor: undefined })).items).toMatchObject([
      { hold: { holdId: "ha.h" } },
    ]);
    expect((await calendars.list("holder", { limit: 9, cursor: undefined })).items).toHaveLength(2);
  });

  test("the census sees every calendar of every owner once", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await calendars.everyCalendar({ limit: 3, cursor });
      seen.push(...page.items.map(({ calendar }) => calendar.calendarId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(["pa", "pb", "pc", "pd", "pe", "cal002"]));
    expect(seen).not.toContain("half");
  });

  test("runs come newest first and expire after 90 days", async () => {
    const run = { version: 1, calendarId: "runner", taskId: "t", reason: "tick", status: "imported" } as const;
    for (const day of ["01", "02", "03"]) {
      const startedAt = `2026-04-${day}T00:00:00.000Z`;
      await calendars.putRun({ ...run, runId: `${startedAt}~t`, startedAt });
    }
    const first = await calendars.runs("runner", { limit: 2, cursor: undefined });
    const second = await calendars.runs("runner", { limit: 2, cursor: first.cursor });
    expect([...first.items, ...second.items].map(({ runId }) => runId.slice(8, 10))).toEqual(["03", "02", "01"]);
    expect(second.cursor).toBeUndefined();
    const item = await table.get({ pk: "RUN#runner", sk: "2026-04-01T00:00:00.000Z~t" });
    expect(item?.["expiresAt"]).toBe(Date.parse("2026-06-30T00:00:00.000Z") / 1000);
    expect(await calendars.run("runner", "2026-04-01T00:00:00.000Z~t")).toMatchObject({ status: "imported" });
  });

  test("a run whose task was given up ends as failed where it waits, and keeps its beginning; one that has ended stays as it is", async () => {
    const startedAt = "2026-04-01T00:00:00.000Z";
    const run = { version: 1, calendarId: "waiter", reason: "sync-now", startedAt } as const;
    const end = { code: "aws-unavailable", detail: "DynamoDB did not answer", endedAt: "2026-04-01T01:00:00.000Z" };
    for (const status of ["queued", "deferred", "imported", "unchanged"] as const) {
      const taskId = `${startedAt}~${status}`;
      await calendars.putRun({ ...run, runId: taskId, taskId, status });
      await calendars.endWaiting({ calendarId: "waiter", taskId }, end);
    }
    await calendars.endWaiting({ calendarId: "waiter", taskId: "nobody's" }, end);
    const { items } = await calendars.runs("waiter", { limit: 9, cursor: undefined });
    const seen = new Map(items.map(({ taskId, status, code, detail, endedAt }) => [taskId, { status, code, detail, endedAt }]));
    const ended = { status: "failed", ...end };
    expect(seen.get(`${startedAt}~queued`)).toEqual(ended);
    expect(seen.get(`${startedAt}~deferred`)).toEqual(ended);
    expect(seen.get(`${startedAt}~imported`)).toMatchObject({ status: "imported", endedAt: undefined });
    expect(seen.get(`${startedAt}~unchanged`)).toMatchObject({ status: "unchanged", endedAt: undefined });
    expect(items.map((one) => one.startedAt)).toEqual([startedAt, startedAt, startedAt, startedAt]);
  });

  test("a run that imported something is not overwritten by one that says less", async () => {
    const startedAt = "2026-04-01T00:00:00.000Z";
    const run = { version: 1, calendarId: "twice", taskId: "t", reason: "sync-now", runId: `${startedAt}~t`, startedAt } as const;
    const statuses: (string | undefined)[] = [];
    for (const status of [
      "queued",
      "deferred",
      "unchanged",
      "deferred",
      "duplicate",
      "failed",
      "unchanged",
      "imported",
      "unchanged",
      "duplicate",
      "failed",
      "queued",
    ] as const) {
      await calendars.putRun({ ...run, status });
      statuses.push((await calendars.run("twice", run.runId))?.status);
    }
    const before = ["queued", "deferred", "unchanged", "unchanged", "unchanged", "failed", "unchanged"];
    expect(statuses.slice(0, 7)).toEqual(before);
    expect(statuses.slice(7)).toEqual(Array.from({ length: 5 }, () => "imported"));
  });
});

/** DynamoDB counts UTF-8 of names and values, about half a byte a digit, 3 and 1 byte for a map and each of its entries. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce((sum, [name, part]) => sum + 1 + Buffer.byteLength(name) + sizeOf(part), 3);
}
