import { describe, expect, test } from "vitest";

import type { ChangeMessage } from "../../lib/contract/change.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { fill, readPlace, wholeSet, writePlace } from "../../lib/core/changes-page.ts";
import type { Page } from "../../lib/core/changes-page.ts";

const message = (part: number, characters = 0): ChangeMessage => ({
  version: 1,
  calendarId: "c1",
  calendarVersion: 2,
  previousVersion: 1,
  part,
  parts: 9,
  kind: "created",
  changes: [{ kind: "created", uid: "u", sequence: 0, text: "가".repeat(characters) }],
});
const emptyPage = (limit = 50): Page => ({ items: [], bytes: 0, limit });

describe("a page", () => {
  test("ends at its limit", () => {
    const page = emptyPage(2);
    expect(fill(page, [message(1), message(2), message(3)], 0)).toBe(2);
    expect(page.items).toHaveLength(2);
    expect(fill(emptyPage(2), [message(1), message(2), message(3)], 2)).toBe(3);
  });

  test("ends before 3 MB, but a message that is larger alone is a page", () => {
    const messages = [message(1, 1_048_576), message(2, 999_000), message(3, 100)];
    const [first, second] = [emptyPage(), emptyPage()];
    expect(fill(first, messages, 0)).toBe(1);
    expect(fill(second, messages, 1)).toBe(3);
    expect(second.items.map((item) => ("part" in item ? item.part : 0))).toEqual([2, 3]);
  });

  test("begins where the one before ended", () => {
    const name = "000000012-abcdefghijklmnopqrst-_";
    for (const place of [{ kind: "changes", version: 12, index: 3 } as const, { kind: "snapshot", name, index: 0 } as const]) {
      expect(readPlace(writePlace(place))).toEqual(place);
    }
  });

  test.each(["", "c.1", "c.-1.0", "c.1.0.0", "s.12-abc.0", `s.../${"x".repeat(22)}.0`])("cannot begin at %j", (text) => {
    expect(() => readPlace(Buffer.from(text).toString("base64url"))).toThrow(/characters that no page gave/u);
  });
});

test("a snapshot as changes keeps which occurrence an event is", () => {
  const event = { uid: "u", sourceUid: "u", block: "b", meaning: "m", sequence: 2, lastModified: "", text: "T" };
  const snapshot: Snapshot = {
    version: 1,
    calendarId: "c1",
    calendarVersion: 4,
    engine: 1,
    takenAt: "2026-05-06T00:00:00.000Z",
    contentHash: "h",
    properties: {},
    timezones: [],
    eventCount: 2,
    skipped: [],
    events: [event, { ...event, recurrenceId: "20260506T010000Z" }],
  };
  expect(wholeSet(snapshot)).toEqual({
    calendarId: "c1",
    calendarVersion: 4,
    previousVersion: 0,
    at: "2026-05-06T00:00:00.000Z",
    changes: [
      { kind: "created", uid: "u", sequence: 2, text: "T" },
      { kind: "created", uid: "u", recurrenceId: "20260506T010000Z", sequence: 2, text: "T" },
    ],
  });
});
