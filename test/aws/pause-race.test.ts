import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CalendarEditorTable } from "../../lib/aws/calendar-editor.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { OwnerTable } from "../../lib/aws/owner-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Erasure, Owner } from "../../lib/contract/owner.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { calendarOf, checkpointOf } from "./records.ts";

const AT = "2026-05-06T01:00:00.000Z";

let engine: TableEngine;
let calendars: CalendarTable;
let editor: CalendarEditorTable;
let owners: OwnerTable;

beforeAll(async () => {
  engine = await startTable();
  const table = new RecordTable("records", engine.settings);
  calendars = new CalendarTable(table);
  editor = new CalendarEditorTable(table);
  owners = new OwnerTable(table);
});
afterAll(async () => engine.stop());

async function load(calendarId: string): Promise<Calendar> {
  const loaded = await calendars.load(calendarId);
  if (loaded === undefined) throw new Error(`there is no ${calendarId}`);
  return loaded.calendar;
}

async function rename(calendarId: string, name: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const before = await load(calendarId);
    if ((await editor.changeCalendar(before, { ...before, name })) === "saved") return;
  }
  throw new Error(`${calendarId} was never renamed`);
}

describe("a calendar that is paused and changed in the same moment", () => {
  test("is paused, with its change", async () => {
    const calendarId = "raced";
    await calendars.putCheckpoint(checkpointOf(calendarId));
    await calendars.putCalendar(calendarOf(calendarId));
    // The change comes between the pause's read and its write, whatever the engine's timing.
    let isFirst = true;
    const racing = {
      load: async (id: string) => {
        const loaded = await calendars.load(id);
        if (isFirst) await rename(id, "Changed");
        isFirst = false;
        return loaded;
      },
      replaceCalendar: calendars.replaceCalendar.bind(calendars),
      leaveWheel: calendars.leaveWheel.bind(calendars),
      enterWheel: calendars.enterWheel.bind(calendars),
    };
    expect(await pauseCalendar(calendarId, "calendar", { calendars: racing })).toBe("paused");
    expect(await load(calendarId)).toMatchObject({ name: "Changed", state: "paused", pausedBy: "calendar" });
    isFirst = true;
    await rename(calendarId, "Before");
    expect(await resumeCalendar(calendarId, "calendar", { calendars: racing })).toBe("resumed");
    expect(await load(calendarId)).toMatchObject({ name: "Changed", state: "active" });
  });

  test("loses neither in eight rounds of two at once", async () => {
    const calendarId = "stormed";
    await calendars.putCheckpoint(checkpointOf(calendarId));
    await calendars.putCalendar(calendarOf(calendarId));
    for (let round = 1; round <= 8; round += 1) {
      const turn = round % 2 === 1 ? pauseCalendar : resumeCalendar;
      await Promise.all([turn(calendarId, "calendar", { calendars }), rename(calendarId, `Name ${round}`)]);
      const state = round % 2 === 1 ? "paused" : "active";
      expect(await load(calendarId)).toMatchObject({ name: `Name ${round}`, state, edition: round * 2 });
    }
  });
});

describe("an owner that is paused", () => {
  test("is marked until it is resumed", async () => {
    await owners.pauseOwner("ann", AT);
    expect(await owners.owner("ann")).toEqual({ version: 1, ownerId: "ann", state: "paused", since: AT });
    await owners.endOwnersPause("ann");
    expect(await owners.owner("ann")).toBeUndefined();
  });

  test("stays suspended or erased where it was that before", async () => {
    const suspended = { version: 1, ownerId: "bob", state: "suspended", since: AT } as const;
    await owners.putOwner(suspended, undefined);
    await owners.pauseOwner("bob", "2026-05-07T01:00:00.000Z");
    await owners.endOwnersPause("bob");
    expect(await owners.owner("bob")).toEqual(suspended);
  });

  test("is written by nobody who read something else of it", async () => {
    const suspended = { version: 1, ownerId: "cy", state: "suspended", since: AT } as const;
    const erased = (erasure: Erasure): Owner => ({ version: 1, ownerId: "cy", state: "erasing", since: AT, erasure });
    const [first, rest, later] = [
      erased({ round: 1, step: "things" }),
      erased({ round: 1, step: "rest", cursor: "one" }),
      erased({ round: 1, step: "rest", cursor: "two" }),
    ];
    expect(await owners.putOwner(suspended, first)).toBe("lost");
    expect(await owners.putOwner(suspended, undefined)).toBe("saved");
    expect(await owners.putOwner(suspended, undefined)).toBe("lost");
    expect(await owners.putOwner(first, { ...suspended, since: "2026-05-01T00:00:00.000Z" })).toBe("lost");
    expect(await owners.putOwner(first, suspended)).toBe("saved");
    expect(await owners.deleteOwner(suspended)).toBe("lost");
    expect(await owners.putOwner(rest, first)).toBe("saved");
    expect(await owners.putOwner(later, rest)).toBe("saved");
    expect(await owners.putOwner(first, rest)).toBe("lost");
    expect(await owners.deleteOwner(rest)).toBe("lost");
    expect(await owners.owner("cy")).toEqual(later);
    expect(await owners.deleteOwner(later)).toBe("saved");
    expect(await owners.putOwner(rest, later)).toBe("lost");
    expect(await owners.owner("cy")).toBeUndefined();
  });
});
