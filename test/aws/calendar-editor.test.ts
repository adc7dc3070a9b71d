import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarEditorTable } from "../../lib/aws/calendar-editor.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { ExternalIdTable } from "../../lib/aws/external-id-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { ExternalIdClaim } from "../../lib/contract/external-id.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf } from "./records.ts";

const AT = "2026-03-01T00:00:00.000Z";

let engine: TableEngine;
let calendars: CalendarTable;
let editor: CalendarEditorTable;
let externalIds: ExternalIdTable;

beforeAll(async () => {
  engine = await startTable();
  const table = new RecordTable("records", engine.settings);
  calendars = new CalendarTable(table);
  editor = new CalendarEditorTable(table);
  externalIds = new ExternalIdTable(table);
});
afterAll(async () => engine.stop());

let count = 0;
async function registered(fields: Partial<Calendar> = {}): Promise<Calendar> {
  count += 1;
  const calendar = { ...calendarOf(`edited${count}`), ...fields };
  await calendars.putCheckpoint(
    checkpointOf(calendar.calendarId, { etag: '"old"', contentHash: "hash", notBefore: AT, failures: 3 }),
  );
  await calendars.putCalendar(calendar);
  return calendar;
}

async function load(calendarId: string): ReturnType<CalendarTable["load"]> {
  return await calendars.load(calendarId);
}

describe("a calendar that is changed", () => {
  test("has what is said of it, loses what is gone, and keeps what nobody meant", async () => {
    const before = await registered({ metadata: { a: "1" }, externalId: "x" });
    const { externalId: _gone, ...rest } = before;
    expect(await editor.changeCalendar(before, { ...rest, metadata: { a: "2" } })).toBe("saved");
    const next = (await load(before.calendarId))?.calendar;
    expect(next).toEqual({ ...rest, metadata: { a: "2" }, edition: 1 });
    const last = { ...rest, metadata: { a: "2" }, name: "New" };
    expect(await editor.changeCalendar(next ?? before, last)).toBe("saved");
    expect((await load(before.calendarId))?.calendar).toEqual({ ...last, edition: 2 });
  });

  test("is lost to another change, to a pause, and to its removal", async () => {
    const before = await registered({ metadata: { a: "1" } });
    await editor.changeCalendar(before, { ...before, metadata: { a: "2" } });
    expect(await editor.changeCalendar(before, { ...before, metadata: { a: "3" } })).toBe("lost");
    const next = (await load(before.calendarId))?.calendar ?? before;
    expect(await calendars.replaceCalendar({ ...next, state: "paused" }, next)).toBe("saved");
    expect((await load(before.calendarId))?.calendar.state).toBe("paused");
    expect(await editor.changeCalendar(before, { ...before, name: "New" })).toBe("lost");
    await calendars.deleteCalendar(before.calendarId);
    expect(await editor.changeCalendar(before, { ...before, name: "New" })).toBe("lost");
    expect(await load(before.calendarId)).toBeUndefined();
  });

  test("forgets its source's validators, hold, rest and failures, and no fetch from before can save", async () => {
    const { calendarId } = await registered();
    const counts = { eventCount: 0, removedCount: 9, keptCount: 0, confirmations: 2 };
    await calendars.putHold({ version: 1, calendarId, holdId: "h1", objectKey: "k", contentHash: "c", openedAt: AT, ...counts });
    await editor.forgetSource(calendarId, "new.example", AT);
    expect((await load(calendarId))?.hold).toBeUndefined();
    const checkpoint = (await load(calendarId))?.checkpoint;
    expect(checkpoint).toEqual({ ...checkpointOf(calendarId), host: "new.example", fetchedAt: AT });
    const stale = { ...checkpointOf(calendarId), etag: '"old"' };
    expect(await calendars.save(stale, { calendarVersion: 0, turn: undefined, fetchBegan: AT })).toBe("lost");
  });

  test("forgets validators for a refresh, those of its hold as well, and nothing else", async () => {
    const { calendarId } = await registered();
    const hold = { version: 1 as const, calendarId, holdId: "h1", objectKey: "k", contentHash: "c", eventCount: 0 };
    const counts = { removedCount: 9, keptCount: 0, openedAt: AT, confirmations: 2 };
    await calendars.putHold({ ...hold, ...counts, etag: '"held"' });
    await editor.forgetValidators(calendarId, "another", AT);
    expect((await load(calendarId))?.hold?.etag).toBe('"held"');
    await editor.forgetValidators(calendarId, "h1", AT);
    expect(await load(calendarId)).toMatchObject({ hold: { ...hold, ...counts }, checkpoint: { notBefore: AT, failures: 3 } });
    expect((await load(calendarId))?.hold).not.toHaveProperty("etag");
    expect((await load(calendarId))?.checkpoint).not.toHaveProperty("contentHash");
  });
});

describe("an external id", () => {
  const claimOf = (calendarId: string, at = AT): ExternalIdClaim => ({
    version: 1,
    ownerId: "ann",
    externalId: "room 7/#",
    calendarId,
    at,
  });

  test("is claimed once, taken over only from who was seen to have it, and released by who has it", async () => {
    const [one, other] = [claimOf("one"), claimOf("other")];
    expect(await externalIds.claim(one, undefined)).toBe("saved");
    expect(await externalIds.claim(other, undefined)).toBe("lost");
    expect(await externalIds.claim(other, claimOf("one", "2026-01-01T00:00:00.000Z"))).toBe("lost");
    expect(await externalIds.claim(other, one)).toBe("saved");
    await externalIds.release(one);
    expect(await externalIds.claimOf("ann", "room 7/#")).toEqual(other);
    await externalIds.release({ ...other, at: "2026-01-01T00:00:00.000Z" });
    expect(await externalIds.claimOf("ann", "room 7/#")).toEqual(other);
    await externalIds.release({ ownerId: "ann", externalId: "room 7/#", calendarId: "other" });
    expect(await externalIds.claimOf("ann", "room 7/#")).toBeUndefined();
  });
});
