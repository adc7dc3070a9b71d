import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { applyBatch } from "../../lib/sync/apply-batch.ts";
import { putEvent } from "../../lib/sync/put-event.ts";
import type { PushPorts } from "../../lib/sync/write-push.ts";
import { Clock } from "../sync/clock.ts";
import { MemoryObjects } from "../sync/memory-objects.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf } from "./records.ts";

const NOW = new Date("2026-05-06T01:00:00.000Z");
const WRITERS = 6;

let engine: TableEngine;
let calendars: CalendarTable;
let ports: PushPorts;

beforeAll(async () => {
  engine = await startTable();
  calendars = new CalendarTable(new RecordTable("records", engine.settings));
  const nothing = async (): Promise<void> => await Promise.resolve();
  ports = {
    calendars,
    objects: new MemoryObjects(new Clock(NOW.toISOString())),
    exports: { sendExports: nothing },
    changes: { publish: nothing },
    urgent: { sendUrgent: nothing },
  };
});
afterAll(async () => engine.stop());

let ids = 0;
const context = { now: () => NOW, newId: () => `id${(ids += 1)}` };

async function pushCalendar(calendarId: string): Promise<string> {
  const { wheel: _none, host: _nobody, ...checkpoint } = checkpointOf(calendarId);
  await calendars.putCheckpoint(checkpoint);
  await calendars.putCalendar({ ...calendarOf(calendarId), source: { kind: "push" } });
  return calendarId;
}

async function put(calendarId: string, uid: string, summary: string, ifMatch?: string): ReturnType<typeof putEvent> {
  const body = { kind: "json" as const, event: { start: "2026-06-01", summary } };
  return await putEvent({ calendarId, uid, body, conditions: { ifMatch } }, ports, context);
}

async function versionOf(calendarId: string): Promise<number | undefined> {
  return (await calendars.load(calendarId))?.checkpoint.calendarVersion;
}

describe("writers of one push calendar at the same moment", () => {
  test("If-Match race: of those with the same ETag of an event exactly one wins", async () => {
    const calendarId = await pushCalendar("race-event");
    const { outcomes } = await put(calendarId, "one", "Zero");
    const ifMatch = outcomes[0]?.etag;
    const names = Array.from({ length: WRITERS }, (_, at) => `Writer ${at}`);
    const writes = await Promise.allSettled(names.map(async (name) => await put(calendarId, "one", name, ifMatch)));
    expect(writes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const codes = writes.flatMap((write) => (write.status === "rejected" ? [Object(write.reason).code] : []));
    expect(new Set(codes)).toEqual(new Set(["precondition-failed"]));
    expect(await versionOf(calendarId)).toBe(2);
  });

  test("If-Match race: of batches with the same version exactly one wins", async () => {
    const calendarId = await pushCalendar("race-batch");
    await put(calendarId, "one", "Zero");
    const writes = await Promise.allSettled(
      Array.from({ length: WRITERS }, async (_, at) => {
        const operations = [{ op: "put" as const, event: { uid: `new-${at}`, start: "2026-06-01" } }];
        return await applyBatch({ calendarId, batch: { operations }, conditions: { ifMatch: '"1"' } }, ports, context);
      }),
    );
    expect(writes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await versionOf(calendarId)).toBe(2);
  });

  test("without conditions all are written, one version after the other", async () => {
    const calendarId = await pushCalendar("race-free");
    const many = 2 * WRITERS;
    await Promise.all(Array.from({ length: many }, async (_, at) => await put(calendarId, `event-${at}`, "New")));
    expect(await versionOf(calendarId)).toBe(many);
    expect((await calendars.load(calendarId))?.checkpoint).toMatchObject({ eventCount: many });
  });
});
