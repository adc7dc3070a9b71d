import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { diffEvents } from "../../lib/core/diff.ts";
import type { ReadEvent } from "../../lib/core/read-feed.ts";
import { NOW, readSample, storedSample } from "./sample-events.ts";

type Options = Partial<Pick<Parameters<typeof diffEvents>[0], "source" | "churns" | "endsAt">> & { readonly mirror?: true };

function diff(
  previous: readonly SnapshotEvent[],
  read: readonly ReadEvent[],
  options: Options = {},
): ReturnType<typeof diffEvents> {
  const { mirror, ...rest } = options;
  const policy = { pastEvents: mirror === true ? "mirror" : "keep", refreshHint: "follow" } as const;
  return diffEvents({ previous, read, source: "url", policy, now: NOW, churns: 0, endsAt: () => undefined, ...rest });
}

const ended = (): string => "2026-05-01T00:00:00.000Z";

describe("a new event", () => {
  it("brings the source's sequence and time, and is reported as created", () => {
    const read = readSample({ uid: "a", sequence: 4, lastModified: "20260401T120000Z" });
    const event = { ...read, sequence: 4, lastModified: "20260401T120000Z" };
    expect(diff([], [read])).toStrictEqual({
      events: [event],
      changes: [{ kind: "created", uid: "a", sequence: 4, text: read.text }],
      previousCount: 0,
      removedCount: 0,
      newlyKeptCount: 0,
      remainingCount: 1,
      keptCount: 0,
      moved: true,
      churned: false,
    });
  });

  it.each([
    ["none", undefined],
    ["one in the future", "20260506T010001Z"],
    ["a day that no calendar has", "20260431T000000Z"],
    ["a month that no calendar has", "20261301T000000Z"],
    ["a time without a zone", "20260401T120000"],
    ["more than a time", "20260401T120000Z;X"],
    ["less than a time", "x20260401T120000Z"],
  ])("is stamped with the import's time where the source gives %s", (_, lastModified) => {
    const read = { ...readSample({ uid: "a" }), lastModified };
    expect(diff([], [read]).events[0]?.lastModified).toBe("20260506T010000Z");
  });

  it("may have been modified in the very second of the import", () => {
    const read = readSample({ uid: "a", lastModified: "20260506T010000Z" });
    expect(diff([], [read]).events[0]?.lastModified).toBe("20260506T010000Z");
  });

  it("keeps its sequence inside 32 bits", () => {
    expect(diff([], [readSample({ uid: "a", sequence: 9_999_999_999 })]).events[0]?.sequence).toBe(2_147_483_647);
  });

  it("keeps the mark of an unknown zone", () => {
    const read = readSample({ uid: "a" });
    expect(diff([], [{ ...read, zoneUnknown: true }]).events[0]).toHaveProperty("zoneUnknown", true);
    expect(diff([], [{ ...read, zoneUnknown: false }]).events[0]).not.toHaveProperty("zoneUnknown");
  });
});

describe("an event of equal meaning", () => {
  it("moves nothing that an export shows, whatever sequence and time the source gives", () => {
    const stored = storedSample({ uid: "a", sequence: 2 });
    const read = { ...readSample({ uid: "a", sequence: 9, lastModified: "20260505T000000Z" }), text: "BEGIN:VEVENT\nEND:VEVENT" };
    const { events, changes } = diff([stored], [read]);
    expect(events).toStrictEqual([{ ...stored, block: read.block }]);
    expect(events[0]?.block).not.toBe(stored.block);
    expect(changes).toEqual([]);
  });

  it("is found again as an override too", () => {
    const stored = storedSample({ uid: "a", recurrenceId: "20260601T090000Z" });
    const read = readSample({ uid: "a", recurrenceId: "20260601T090000Z" });
    expect(diff([stored], [read])).toMatchObject({ events: [stored], changes: [] });
  });
});

describe("an event of another meaning", () => {
  it("goes up one sequence, is stamped with the import's time and reported as updated", () => {
    const stored = storedSample({ uid: "a", sequence: 2 });
    const read = readSample({ uid: "a", title: "Retro", sequence: 1 });
    const { events, changes } = diff([stored], [read]);
    expect(events).toStrictEqual([{ ...read, sequence: 3, lastModified: "20260506T010000Z" }]);
    expect(changes).toStrictEqual([{ kind: "updated", uid: "a", sequence: 3, text: read.text }]);
  });

  it("takes the source's sequence where that is higher", () => {
    const stored = storedSample({ uid: "a", sequence: 2 });
    expect(diff([stored], [readSample({ uid: "a", title: "Retro", sequence: 7 })]).events[0]?.sequence).toBe(7);
  });

  it("keeps its sequence inside 32 bits", () => {
    const stored = storedSample({ uid: "a", sequence: 2_147_483_647 });
    expect(diff([stored], [readSample({ uid: "a", title: "Retro" })]).events[0]?.sequence).toBe(2_147_483_647);
  });

  it.each([
    ["a second later than the stored time, for two changes in one second", "20260506T010000Z", undefined, "20260506T010001Z"],
    ["a second later than the stored time, for a clock set back", "20260506T030000Z", undefined, "20260506T030001Z"],
    ["at the source's time, for a clock that is fast", "20260401T000000Z", "20260507T010000Z", "20260507T010000Z"],
    ["now, for a source's time that no clock gives", "20260401T000000Z", "20260507T010001Z", "20260506T010000Z"],
    ["now, for a source's time in the past", "20260401T000000Z", "20260402T000000Z", "20260506T010000Z"],
    ["now, for a source's time that is none", "20260401T000000Z", "yesterday", "20260506T010000Z"],
  ])("is stamped %s", (_, before, given, after) => {
    const stored = storedSample({ uid: "a", lastModified: before });
    const read = { ...readSample({ uid: "a", title: "Retro" }), lastModified: given };
    expect(diff([stored], [read]).events[0]?.lastModified).toBe(after);
  });

  it("leaves its overrides as they are, and an override its master", () => {
    const master = storedSample({ uid: "a", rule: "FREQ=DAILY" });
    const override = storedSample({ uid: "a", recurrenceId: "20260602T090000Z" });
    const moved = readSample({ uid: "a", recurrenceId: "20260602T090000Z", start: "20260602T100000Z" });
    const { events, changes } = diff([override, master], [moved, readSample({ uid: "a", rule: "FREQ=DAILY" })]);
    expect(events[0]).toStrictEqual(master);
    expect(changes).toStrictEqual([
      { kind: "updated", uid: "a", recurrenceId: "20260602T090000Z", sequence: 1, text: moved.text },
    ]);
  });
});

describe("an event that the source dropped", () => {
  it("is deleted while it had not ended, and counted", () => {
    const gone = storedSample({ uid: "b", sequence: 3 });
    const { events, changes, ...counts } = diff([storedSample({ uid: "a" }), gone], [readSample({ uid: "a" })]);
    expect(events.map((event) => event.uid)).toEqual(["a"]);
    expect(changes).toStrictEqual([{ kind: "deleted", uid: "b", sequence: 3 }]);
    expect(counts).toEqual({
      previousCount: 2,
      removedCount: 1,
      newlyKeptCount: 0,
      remainingCount: 1,
      keptCount: 0,
      moved: true,
      churned: false,
    });
  });

  it("stays where it had ended: no change, no loss", () => {
    const gone = storedSample({ uid: "b" });
    const { events, changes, ...counts } = diff([storedSample({ uid: "a" }), gone], [readSample({ uid: "a" })], {
      endsAt: ended,
    });
    expect(events).toStrictEqual([storedSample({ uid: "a" }), { ...gone, keptPast: true }]);
    expect(changes).toEqual([]);
    expect(counts).toEqual({
      previousCount: 2,
      removedCount: 0,
      newlyKeptCount: 1,
      remainingCount: 1,
      keptCount: 1,
      moved: true,
      churned: false,
    });
  });

  it("stays at the next imports, when it is no part of the guard's numbers", () => {
    const kept = storedSample({ uid: "b", keptPast: true });
    const { events, changes, ...counts } = diff([kept], [], { endsAt: ended });
    expect(events).toStrictEqual([kept]);
    expect(changes).toEqual([]);
    expect(counts).toEqual({
      previousCount: 0,
      removedCount: 0,
      newlyKeptCount: 0,
      remainingCount: 0,
      keptCount: 1,
      moved: false,
      churned: false,
    });
  });

  it("goes after its 400 days with a change, but is no loss to the guard", () => {
    const kept = storedSample({ uid: "b", keptPast: true });
    const { events, changes, removedCount, newlyKeptCount } = diff([kept], [], { endsAt: () => "2025-01-01T00:00:00.000Z" });
    expect(events).toEqual([]);
    expect(changes).toStrictEqual([{ kind: "deleted", uid: "b", sequence: 0 }]);
    expect({ removedCount, newlyKeptCount }).toEqual({ removedCount: 0, newlyKeptCount: 0 });
  });

  it.each([{ mirror: true }, { source: "push" }] as const)("is deleted though it had ended under %o", (options) => {
    const gone = storedSample({ uid: "b" });
    const override = storedSample({ uid: "a", recurrenceId: "20260602T090000Z" });
    const master = storedSample({ uid: "a" });
    const result = diff([master, override, gone], [readSample({ uid: "a" })], { ...options, endsAt: ended });
    expect(result).toMatchObject({ events: [master], removedCount: 2, newlyKeptCount: 0, keptCount: 0 });
    expect(result.changes.map((change) => [change.kind, change.uid, change.recurrenceId])).toEqual([
      ["deleted", "a", "20260602T090000Z"],
      ["deleted", "b", undefined],
    ]);
  });

  it("is a normal event again when it comes back", () => {
    const kept = storedSample({ uid: "b", keptPast: true });
    const same = diff([kept], [readSample({ uid: "b" })], { endsAt: ended });
    expect(same).toMatchObject({ changes: [], keptCount: 0, remainingCount: 1, previousCount: 0 });
    expect(same.events).toStrictEqual([storedSample({ uid: "b" })]);
    const changed = diff([kept], [readSample({ uid: "b", title: "Retro" })], { endsAt: ended });
    expect(changed.changes.map((change) => [change.kind, change.sequence])).toEqual([["updated", 1]]);
    expect(changed.events[0]).not.toHaveProperty("keptPast");
  });

  it("is deleted where it is an override given back to a series that stands", () => {
    const master = storedSample({ uid: "a", rule: "FREQ=DAILY" });
    const override = storedSample({ uid: "a", recurrenceId: "20260402T090000Z" });
    const { events, changes } = diff([master, override], [readSample({ uid: "a", rule: "FREQ=DAILY" })], { endsAt: ended });
    expect(events).toStrictEqual([master]);
    expect(changes).toStrictEqual([{ kind: "deleted", uid: "a", recurrenceId: "20260402T090000Z", sequence: 0 }]);
  });

  it("is deleted where the series stands with another override", () => {
    const series = { uid: "a", rule: "FREQ=DAILY" };
    const previous = [
      storedSample(series),
      ...["20260402", "20260403"].map((day) => storedSample({ uid: "a", recurrenceId: day })),
    ];
    const read = [readSample(series), readSample({ uid: "a", recurrenceId: "20260403" })];
    const { events, removedCount } = diff(previous, read, { endsAt: ended });
    expect(events.map((event) => event.recurrenceId)).toEqual([undefined, "20260403"]);
    expect(removedCount).toBe(1);
  });

  it("stays beside later occurrences of its UID where the source gives no master", () => {
    const early = storedSample({ uid: "a", recurrenceId: "20260402T090000Z" });
    const late = storedSample({ uid: "a", recurrenceId: "20260602T090000Z" });
    const { events, newlyKeptCount } = diff([early, late], [readSample({ uid: "a", recurrenceId: "20260602T090000Z" })], {
      endsAt: ended,
    });
    expect(events).toStrictEqual([{ ...early, keptPast: true }, late]);
    expect(newlyKeptCount).toBe(1);
  });
});

describe("a snapshot without a change for an app", () => {
  const other = storedSample({ uid: "z", start: "20260701T090000Z" });
  const standing = readSample({ uid: "z", start: "20260701T090000Z" });

  it("need not be stored where only blocks moved", () => {
    const restamped = readSample({ uid: "z", start: "20260701T090000Z", sequence: 5 });
    expect(diff([other], [restamped])).toMatchObject({ changes: [], moved: false });
    expect(diff([], [])).toMatchObject({ changes: [], moved: false });
  });

  it("must be stored where one UID of many was pinned", () => {
    const others = ["x", "y"].map((uid, at) => ({ uid, start: `2026080${at + 1}T090000Z` }));
    const previous = [storedSample({ uid: "old" }), ...others.map(storedSample)];
    const result = diff(previous, [readSample({ uid: "new" }), ...others.map(readSample)]);
    expect(result).toMatchObject({ changes: [], churned: false, moved: true });
  });

  it("must be stored where a past event is kept from now on, and where one came back", () => {
    expect(diff([other, storedSample({ uid: "b" })], [standing], { endsAt: ended })).toMatchObject({ changes: [], moved: true });
    const back = diff([other, storedSample({ uid: "b", keptPast: true })], [standing, readSample({ uid: "b" })]);
    expect(back).toMatchObject({ changes: [], moved: true });
  });

  it("must be stored where the last event is gone", () => {
    expect(diff([other], [])).toMatchObject({ events: [], moved: true });
  });
});

describe("the order of a snapshot", () => {
  it("is by UID, the master first, whatever the order of the source", () => {
    const read = [
      readSample({ uid: "b" }),
      readSample({ uid: "a", recurrenceId: "20260603" }),
      readSample({ uid: "B" }),
      readSample({ uid: "a" }),
      readSample({ uid: "a", recurrenceId: "20260602" }),
    ];
    const order = ["B", "a", "a 20260602", "a 20260603", "b"];
    const nameOf = ({ uid, recurrenceId = "" }: { uid: string; recurrenceId?: string | undefined }): string =>
      `${uid} ${recurrenceId}`.trim();
    for (const given of [read, read.toReversed()]) {
      const { events, changes } = diff([], given);
      expect(events.map(nameOf)).toEqual(order);
      expect(changes.map(nameOf)).toEqual(order);
    }
  });

  it("puts deletions and kept past events among the others", () => {
    const previous = [storedSample({ uid: "a" }), storedSample({ uid: "c" })];
    // Other starts: otherwise the new ones would be the old ones under a new UID.
    const read = ["b", "d"].map((uid) => readSample({ uid, start: "20260701T090000Z" }));
    expect(diff(previous, read).changes.map((change) => change.uid)).toEqual(["a", "b", "c", "d"]);
    expect(diff(previous, read, { endsAt: ended }).events.map((event) => event.uid)).toEqual(["a", "b", "c", "d"]);
  });
});
