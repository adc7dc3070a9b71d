import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { SweepTable } from "../../lib/aws/sweep-table.ts";
import type { Segment } from "../../lib/sync/mend-segments.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf, letterOf } from "./records.ts";

const PUT_OFF = {
  version: 1,
  taskId: "task",
  calendarId: "cal0",
  ownerId: "owner",
  reason: "sync-now",
  dueAt: "2026-05-06T01:00:00.000Z",
  bookings: 1,
} as const;

let engine: TableEngine;
let table: RecordTable;
let sweep: SweepTable;
let calendars: CalendarTable;
let feeds: FeedTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  [sweep, calendars, feeds] = [new SweepTable(table), new CalendarTable(table), new FeedTable(table)];
  const ids = Array.from({ length: 12 }, (_, index) => `cal${index}`);
  for (const id of ids) {
    await calendars.putCheckpoint(checkpointOf(id));
    await calendars.putCalendar(calendarOf(id));
    await calendars.putFeedPointer(id, "f1");
    await calendars.putRun({
      version: 1,
      runId: "2026-05-06T01:00:00.000Z~x",
      calendarId: id,
      taskId: "x",
      reason: "tick",
      status: "failed",
      startedAt: "2026-05-06T01:00:00.000Z",
    });
  }
  await calendars.putCheckpoint(checkpointOf("half"));
  await feeds.putMembers(
    "f1",
    ids.map((calendarId, position) => ({ version: 1, calendarId, mask: "full", position })),
  );
  await feeds.putMembers("f2", [{ version: 1, calendarId: "cal0", mask: "full", position: 0 }]);
  await new LinkTable(table).putLink({
    version: 1,
    feedId: "f1",
    secretHash: "aa",
    label: "l",
    state: "active",
    createdAt: "2026",
  });
  await feeds.putFeed({
    version: 1,
    feedId: "f1",
    ownerId: "owner",
    name: "F",
    policy: { class: "guard", people: "drop", alarms: "drop" },
    state: "active",
    createdAt: "2026-05-06T01:00:00.000Z",
  });
  const letters = new LetterTable(table);
  await letters.put(letterOf("import-open"));
  await letters.put(letterOf("import-replaying", { state: "replaying" }));
  await table.put({ pk: "RESERVATION#task", sk: "META", ...PUT_OFF });
  const reservations = new OwnersReservationTable(table);
  for (const state of ["waiting", "sent", "cancelled"] as const) await reservations.put(reservationOf(state));
});
afterAll(async () => engine.stop());

function reservationOf(state: OwnersReservation["state"]): OwnersReservation {
  const at = "2026-05-06T01:00:00.000Z";
  const target = { kind: "sync", calendarId: "cal0" } as const;
  return { version: 1, reservationId: state, ownerId: "owner", target, at, revision: 1, state, createdAt: at };
}

async function scanAll(total: number): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (let segment = 0; segment < total; segment += 1) segments.push(await sweep.scanSegment(segment, total));
  return segments;
}

test("a reservation's export may end before it is known to be sent, and one that is gone stays so", async () => {
  const book = new OwnersReservationTable(table);
  const ended = { status: "exported", at: "2026-05-06T01:00:02.000Z" };
  await book.end("sent", ended);
  await book.settle("sent", "sent", "2026-05-06T01:00:03.000Z");
  expect(await book.load("sent")).toMatchObject({ sent: "sent", settledAt: "2026-05-06T01:00:03.000Z", ended });
  await book.settle("nothing", "sent", "2026-05-06T01:00:03.000Z");
  expect(await book.load("nothing")).toBeUndefined();
});

describe.each([1, 7, 60])("a table in %i segments", (total) => {
  test("gives each calendar whole and once, each feed with its members, the letters that are replaying, and tasks put off", async () => {
    const segments = await scanAll(total);
    const found = segments.flatMap((segment) => segment.calendars);
    const whole = found.filter(({ calendar, checkpoint }) => calendar !== undefined && checkpoint !== undefined);
    expect(whole.map(({ calendarId }) => calendarId).toSorted()).toEqual(
      Array.from({ length: 12 }, (_, index) => `cal${index}`).toSorted(),
    );
    expect(found.filter((each) => !whole.includes(each))).toEqual([
      { calendarId: "half", calendar: undefined, checkpoint: expect.objectContaining({ calendarId: "half" }) },
    ]);
    const built = segments.flatMap((segment) => segment.feeds);
    expect(built).toMatchObject([{ feed: { feedId: "f1" }, build: { revision: 0 } }]);
    expect(built[0]?.members).toHaveLength(12);
    expect(segments.flatMap(({ replaying }) => replaying).map(({ letterId }) => letterId)).toEqual(["import-replaying"]);
    expect(segments.flatMap(({ putOff }) => putOff)).toEqual([PUT_OFF]);
    const states = segments.flatMap(({ reservations }) => reservations).map(({ reservationId }) => reservationId);
    expect(states.toSorted()).toEqual(["sent", "waiting"]);
  });
});

test("which calendars point to a feed, and which are registered, is read item by item", async () => {
  expect(await sweep.pointingTo("f1", ["cal0", "cal1", "half"])).toEqual(new Set(["cal0", "cal1"]));
  expect(await sweep.pointingTo("f2", ["cal0"])).toEqual(new Set());
  expect(await sweep.isRegistered("cal0")).toBe(true);
  expect(await sweep.isRegistered("half")).toBe(false);
});

describe("the mark of a stale calendar", () => {
  const mark = { staleCode: "source-gone", staleToldAt: "2026-05-08T01:00:00.000Z" };

  test("is written where the last success is still the one that was read", async () => {
    await sweep.markStale({ ...checkpointOf("cal1"), lastSuccessAt: "2026-05-06T01:00:00.000Z" }, mark);
    expect((await calendars.load("cal1"))?.checkpoint.staleCode).toBeUndefined();
    await sweep.markStale(checkpointOf("cal1"), mark);
    expect((await calendars.load("cal1"))?.checkpoint).toMatchObject(mark);
    await sweep.markStale(checkpointOf("unknown"), mark);
    expect(await calendars.load("unknown")).toBeUndefined();
  });

  test("outlives the save of a worker that had loaded before it, so that people are told once", async () => {
    await sweep.markStale(checkpointOf("cal2"), mark);
    const outcome = { status: "unchanged", at: "2026-05-08T02:00:00.000Z" } as const;
    const saved = await calendars.save(
      { ...checkpointOf("cal2"), outcome, lastSuccessAt: outcome.at },
      { calendarVersion: 0, turn: 1, fetchBegan: outcome.at },
    );
    expect(saved).toBe("saved");
    const { checkpoint } = (await calendars.load("cal2")) ?? {};
    expect(checkpoint).toMatchObject({ staleToldAt: mark.staleToldAt, lastSuccessAt: outcome.at });
    expect(checkpoint?.staleCode).toBeUndefined();
  });
});
