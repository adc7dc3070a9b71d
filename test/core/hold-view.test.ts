import { describe, expect, it } from "vitest";

import type { Hold } from "../../lib/contract/checkpoint.ts";
import { firstRemoved, holdView } from "../../lib/core/hold-view.ts";
import { appliesAfter, calendarIdOf, decideHeld, holdIdOf, markRefused } from "../../lib/core/hold.ts";
import { stored } from "./sample-feed.ts";

const HOLD: Hold = {
  version: 1,
  calendarId: "c1",
  holdId: "c1.h1",
  objectKey: "snapshots/c1/held-x",
  contentHash: "bad",
  eventCount: 5,
  removedCount: 9,
  keptCount: 2,
  openedAt: "2026-05-06T00:00:00.000Z",
  confirmations: 8,
};
const LATER = "2026-06-06T00:00:00.000Z";

describe("a hold", () => {
  it("is named by where it stands", () => {
    expect(holdIdOf("c1", "h1")).toBe("c1.h1");
    expect(calendarIdOf("c1.h1")).toBe("c1");
    expect(calendarIdOf("c1")).toBe("c1");
    expect(calendarIdOf("a.b.h1")).toBe("a.b");
  });

  it("tells from when on time applies it: a day, or three where nothing is left", () => {
    expect(appliesAfter(HOLD)).toBe("2026-05-07T00:00:00.000Z");
    expect(appliesAfter({ ...HOLD, eventCount: 0 })).toBe("2026-05-09T00:00:00.000Z");
    expect(appliesAfter({ ...HOLD, isRefused: true })).toBeUndefined();
  });

  it("of what a person rejected is confirmed but never applied by time", () => {
    const refused = markRefused(HOLD, "bad");
    expect(decideHeld(HOLD, { notModified: true, wouldHold: true }, LATER)).toEqual({ kind: "apply" });
    expect(decideHeld(refused, { notModified: true, wouldHold: true }, LATER)).toMatchObject({
      kind: "confirm",
      hold: { isRefused: true, confirmations: 9 },
    });
    expect(decideHeld(refused, { notModified: false, wouldHold: false, contentHash: "good" }, LATER)).toEqual({ kind: "end" });
    expect(markRefused(HOLD, "other")).toBe(HOLD);
    expect(markRefused(HOLD, undefined)).toBe(HOLD);
  });

  it("is shown with its numbers and without its object", () => {
    expect(holdView({ calendarId: "c1", name: "Team" }, HOLD)).toEqual({
      holdId: "c1.h1",
      calendarId: "c1",
      name: "Team",
      openedAt: HOLD.openedAt,
      confirmations: 8,
      lastConfirmedAt: undefined,
      appliesAfter: "2026-05-07T00:00:00.000Z",
      eventCount: 5,
      removedCount: 9,
      keptCount: 2,
    });
  });
});

describe("the events that a hold would remove", () => {
  const deleted = (uid: string, recurrenceId?: string) =>
    ({ kind: "deleted", uid, sequence: 0, ...(recurrenceId === undefined ? {} : { recurrenceId }) }) as const;

  it("are listed by start with title and zone, overrides by their own", () => {
    const previous = [
      stored("UID:a", "DTSTART;TZID=Asia/Seoul:20260507T100000", String.raw`SUMMARY:Lunch\, late`),
      stored("UID:b", "DTSTART;VALUE=DATE:20260506"),
      stored("UID:c", "DTSTART:20260501T100000Z", "SUMMARY:Stays"),
      stored("UID:c", "RECURRENCE-ID:20260502T100000Z", "DTSTART:20260502T110000Z", "SUMMARY:Moved"),
      stored("UID:d", "SUMMARY:No start"),
    ];
    const changes = [
      deleted("a"),
      deleted("b"),
      deleted("c", "20260502T100000Z"),
      deleted("d"),
      { kind: "updated", uid: "c", sequence: 1 } as const,
    ];
    expect(firstRemoved(previous, changes)).toEqual([
      { uid: "d", recurrenceId: undefined, summary: "No start", start: undefined },
      { uid: "c", recurrenceId: "20260502T100000Z", summary: "Moved", start: "20260502T110000Z" },
      { uid: "b", recurrenceId: undefined, summary: undefined, start: "20260506" },
      { uid: "a", recurrenceId: undefined, summary: "Lunch, late", start: "20260507T100000 Asia/Seoul" },
    ]);
  });

  it("are twenty at most", () => {
    const previous = Array.from({ length: 30 }, (_, index) => stored(`UID:e${index}`, "DTSTART:20260506T010000Z"));
    expect(
      firstRemoved(
        previous,
        previous.map(({ uid }) => deleted(uid)),
      ),
    ).toHaveLength(20);
  });
});
