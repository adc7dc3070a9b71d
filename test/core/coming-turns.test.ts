import { describe, expect, test } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Host } from "../../lib/contract/host.ts";
import { comingTurns } from "../../lib/core/coming-turns.ts";
import type { Coming } from "../../lib/core/coming-turns.ts";
import { newCalendar } from "../../lib/core/registry.ts";

/** Friday, ten in Seoul. */
const NOW = new Date("2026-05-22T01:00:00Z");

function coming(draft: object = {}, checkpoint: Partial<Checkpoint> = {}, host: Partial<Host> = {}): Coming {
  const source = { kind: "url", url: "https://host.example/calendar.ics" };
  const made = newCalendar(CalendarDraft.parse({ source, ...draft }), "cal", "2026-05-01T00:00:00.000Z");
  const record: Host = { version: 1, host: "host.example", ...host };
  const placed = { ...made.checkpoint, ...(made.checkpoint.wheel === undefined ? {} : { wheel: "60#17#0" }), ...checkpoint };
  return { calendar: made.calendar, checkpoint: placed, host: record, holidays: new Set(["2026-05-25"]), reservations: [] };
}

function instants(of: Coming, count = 3): string[] {
  return comingTurns(of, NOW, { count }).turns.map(({ at }) => at);
}

const SEOUL = { weekend: ["SA", "SU"], zone: "Asia/Seoul" };
const NINE = { schedule: { kind: "cron", expression: "0 9 * * 5,6", zone: "Asia/Seoul" } };

describe("the coming turns", () => {
  test("of a calendar on the wheel say interval and phase", () => {
    const { turns, zone } = comingTurns(coming(), NOW, { count: 2 });
    expect(turns).toEqual([
      { at: "2026-05-22T01:17:00.000Z", local: "2026-05-22T01:17", why: ["every 60 minutes, 17 after each 60 of the day (UTC)"] },
      { at: "2026-05-22T02:17:00.000Z", local: "2026-05-22T02:17", why: ["every 60 minutes, 17 after each 60 of the day (UTC)"] },
    ]);
    expect(zone).toBe("UTC");
  });

  test("of a cron calendar say its expression, in its zone", () => {
    const { turns, zone } = comingTurns(coming(NINE), NOW, { count: 1 });
    expect([zone, turns[0]?.local, turns[0]?.why]).toEqual([
      "Asia/Seoul",
      "2026-05-23T09:00",
      ["cron 0 9 * * 5,6 in Asia/Seoul"],
    ]);
  });

  test("skip weekends and holidays, or are moved from them", () => {
    expect(instants(coming({ businessDays: { ...SEOUL, policy: "skip" }, ...NINE }))).toEqual([
      "2026-05-29T00:00:00.000Z",
      "2026-06-05T00:00:00.000Z",
      "2026-06-12T00:00:00.000Z",
    ]);
    const { turns } = comingTurns(coming({ businessDays: { ...SEOUL, policy: "next" }, ...NINE }), NOW, { count: 2 });
    expect(turns.map(({ at, why }) => [at, why.at(-1)])).toEqual([
      ["2026-05-26T00:00:00.000Z", "moved from 2026-05-23, which is no business day"],
      ["2026-05-29T00:00:00.000Z", "cron 0 9 * * 5,6 in Asia/Seoul"],
    ]);
  });

  test("leave out what lies in a host's window where another turn comes soon after, and put a cron time behind it", () => {
    const blackout: Host["blackout"] = [{ kind: "once", from: "2026-05-22T01:10:00Z", to: "2026-05-23T00:30:00Z" }];
    expect(instants(coming({}, {}, { blackout }), 1)).toEqual(["2026-05-23T01:17:00.000Z"]);
    const [turn] = comingTurns(coming(NINE, {}, { blackout }), NOW, { count: 1 }).turns;
    expect(turn?.at.slice(0, 15)).toBe("2026-05-23T00:3");
    expect(turn?.why.at(-1)).toContain("host host.example has a window until 2026-05-23T00:3");
  });

  test("wait for cooldown and pace", () => {
    const cooling = comingTurns(coming({}, {}, { cooldownUntil: "2026-05-22T01:20:00.000Z" }), NOW, { count: 1 }).turns[0];
    expect([cooling?.at, cooling?.why.at(-1)]).toEqual([
      "2026-05-22T01:20:00.000Z",
      "host host.example cools down until 2026-05-22T01:20:00.000Z",
    ]);
    const paced = comingTurns(coming({}, {}, { nextStartAtMs: Date.parse("2026-05-22T01:30:00Z") }), NOW, { count: 1 }).turns[0];
    expect(paced?.at).toBe("2026-05-22T01:30:00.000Z");
    expect(paced?.why.at(-1)).toContain("the pace of host host.example");
  });

  test.each([
    [{ status: "failed", code: "source-timeout" }, "backing off after source-timeout"],
    [{ status: "deferred", code: "source-throttled" }, "the host is to be left alone (source-throttled)"],
    [{ status: "skipped", code: "not-business-day" }, "no business day"],
  ] as const)("begin after notBefore, and a note says why: %j", (outcome, why) => {
    const later = coming({}, { notBefore: "2026-05-22T04:00:00.000Z", outcome: { at: "2026-05-22T00:00:00.000Z", ...outcome } });
    const { turns, notes } = comingTurns(later, NOW, { count: 1 });
    expect(turns[0]?.at).toBe("2026-05-22T04:17:00.000Z");
    expect(notes[0]).toContain(why);
  });

  test("of a paused, suspended or pushed calendar are none, and a note says why", () => {
    const of = coming();
    for (const [state, word] of [
      ["paused", "paused by its host"],
      ["suspended", "410"],
    ] as const) {
      const stopped = { ...of, calendar: { ...of.calendar, state, pausedBy: "host" as const } };
      const { turns, notes } = comingTurns(stopped, NOW, { count: 3 });
      expect([turns.length, notes[0]?.includes(word)]).toEqual([0, true]);
    }
    expect(comingTurns(coming({ source: { kind: "push" } }), NOW, { count: 3 }).notes[0]).toContain("an app writes it");
  });

  test("hold the calendar's reservations", () => {
    const reservation = {
      version: 1,
      reservationId: "r1",
      ownerId: "default",
      target: { kind: "sync", calendarId: "cal" },
      at: "2026-05-22T01:30:00.000Z",
      revision: 1,
      state: "waiting",
      createdAt: "2026-05-01T00:00:00.000Z",
    } as const;
    const { turns } = comingTurns({ ...coming(), reservations: [reservation] }, NOW, { count: 3 });
    expect(turns.map(({ why }) => why[0])).toEqual([
      expect.stringContaining("every"),
      "reservation r1",
      expect.stringContaining("every"),
    ]);
  });
});
