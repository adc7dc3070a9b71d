import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { diffEvents } from "../../lib/core/diff.ts";
import type { ReadEvent } from "../../lib/core/read-feed.ts";
import { NOW, readSample, storedSample } from "./sample-events.ts";
import type { Sample } from "./sample-events.ts";

type Options = Partial<Pick<Parameters<typeof diffEvents>[0], "source" | "churns" | "endsAt">>;

function diff(
  previous: readonly SnapshotEvent[],
  read: readonly ReadEvent[],
  options: Options = {},
): ReturnType<typeof diffEvents> {
  const policy = { pastEvents: "keep", refreshHint: "follow" } as const;
  return diffEvents({ previous, read, source: "url", policy, now: NOW, churns: 0, endsAt: () => undefined, ...options });
}

/** `our UID < the source's UID: sequence`, in order. */
function names(events: readonly SnapshotEvent[]): string[] {
  return events.map((event) => `${event.uid} < ${event.sourceUid}: ${event.sequence}`);
}

function kinds(changes: ReturnType<typeof diffEvents>["changes"]): string[] {
  return changes.map((change) => `${change.kind} ${change.uid}`);
}

/** Neither meaning, nor start of any two are equal. */
const apart = (uid: string, day: number): Sample => ({
  uid,
  title: `Title ${day}`,
  start: `202606${String(day).padStart(2, "0")}T090000Z`,
});
const stable = ["p", "q", "r"].map((uid, at) => apart(uid, at + 10));

describe("an event whose UID alone changed", () => {
  it("keeps its UID, sequence, time and text, and remembers the source's new UID", () => {
    const stored = storedSample({ uid: "old", sequence: 3 });
    const read = readSample({ uid: "new" });
    const { events, changes, removedCount, churned } = diff([stored], [read]);
    expect(events).toStrictEqual([{ ...stored, sourceUid: "new", block: read.block }]);
    expect({ changes, removedCount, churned }).toEqual({ changes: [], removedCount: 0, churned: true });
  });

  it("is known by the source's UID from then on, also when it is edited", () => {
    const stored = storedSample({ uid: "old", sourceUid: "new" });
    const read = readSample({ uid: "new", title: "Retro", start: "20260701T090000Z" });
    const { events, changes, churned } = diff([stored, ...stable.map(storedSample)], [read, ...stable.map(readSample)]);
    expect(changes).toStrictEqual([{ kind: "updated", uid: "old", sequence: 1, text: read.text.replace("UID:new", "UID:old") }]);
    expect(events[0]).toStrictEqual({
      ...read,
      uid: "old",
      sequence: 1,
      lastModified: "20260506T010000Z",
      text: read.text.replace("UID:new", "UID:old"),
    });
    expect(churned).toBe(false);
  });

  it("is known again when the source goes back to the UID of old", () => {
    const stored = storedSample({ uid: "old", sourceUid: "new" });
    const read = readSample({ uid: "old", title: "Retro", start: "20260701T090000Z" });
    const { events, changes, churned } = diff([stored, ...stable.map(storedSample)], [read, ...stable.map(readSample)]);
    expect(names(events)[0]).toBe("old < old: 1");
    expect(kinds(changes)).toEqual(["updated old"]);
    expect(churned).toBe(false);
  });

  it("is known where one among many others that keep theirs", () => {
    const { events, changes, churned } = diff(
      [storedSample({ uid: "old" }), ...stable.map(storedSample)],
      [readSample({ uid: "new" }), ...stable.map(readSample)],
    );
    expect(names(events)).toEqual(["old < new: 0", "p < p: 0", "q < q: 0", "r < r: 0"]);
    expect(changes).toEqual([]);
    expect(churned).toBe(false);
  });

  it("takes all its overrides along, and is another where one of them differs", () => {
    const series = (uid: string): Sample[] => [
      { uid, rule: "FREQ=DAILY" },
      { uid, recurrenceId: "20260602T090000Z", start: "20260602T100000Z" },
    ];
    const others = { previous: stable.map(storedSample), read: stable.map(readSample) };
    const same = diff(
      [...series("old").map(storedSample), ...others.previous],
      [...series("new").map(readSample), ...others.read],
    );
    expect(names(same.events).slice(0, 2)).toEqual(["old < new: 0", "old < new: 0"]);
    expect(same.changes).toEqual([]);
    const cut = diff(
      [...series("old").map(storedSample), ...others.previous],
      [...series("new").slice(0, 1).map(readSample), ...others.read],
    );
    expect(kinds(cut.changes)).toEqual(["created new", "deleted old", "deleted old"]);
  });

  it("is not known by an override of equal hash at another occurrence", () => {
    const stored = storedSample({ uid: "old", recurrenceId: "20260602T090000Z" });
    const read = { ...readSample({ uid: "new", recurrenceId: "20260603T090000Z" }), meaning: stored.meaning };
    const { changes } = diff([stored, ...stable.map(storedSample)], [read, ...stable.map(readSample)]);
    expect(kinds(changes)).toEqual(["created new", "deleted old"]);
  });

  it("is taken in the order of UIDs where several are equal", () => {
    const previous = ["d", "b", "c"].map((uid) => storedSample({ uid }));
    const read = ["z", "x"].map((uid) => readSample({ uid }));
    for (const given of [read, read.toReversed()]) {
      const { events, changes } = diff(previous, given);
      expect(names(events)).toEqual(["b < x: 0", "c < z: 0"]);
      expect(kinds(changes)).toEqual(["deleted d"]);
    }
  });

  it("is known beside an equal one whose UID changed too, among many that keep theirs", () => {
    const previous = [storedSample({ uid: "a" }), storedSample({ uid: "b" }), ...stable.map(storedSample)];
    const { events, changes } = diff(previous, [readSample({ uid: "x" }), readSample({ uid: "y" }), ...stable.map(readSample)]);
    expect(names(events).slice(0, 2)).toEqual(["a < x: 0", "b < y: 0"]);
    expect(changes).toEqual([]);
  });

  it("is known by the UID that it has now before one that another had once", () => {
    // UIDs went round: b bears what the source calls c, a what it calls b.
    const previous = [storedSample({ ...apart("b", 1), sourceUid: "c" }), storedSample({ ...apart("c", 2), sourceUid: "b" })];
    const read = [readSample({ ...apart("b", 2), title: "Edited" }), readSample({ ...apart("c", 1), title: "Edited too" })];
    expect(names(diff(previous, read).events)).toEqual(["b < c: 1", "c < b: 1"]);
  });

  it("is a new event where an app pushes it", () => {
    const { events, changes, churned } = diff([storedSample({ uid: "old" })], [readSample({ uid: "new" })], {
      source: "push",
      churns: 5,
    });
    expect(names(events)).toEqual(["new < new: 0"]);
    expect(kinds(changes)).toEqual(["created new", "deleted old"]);
    expect(churned).toBe(false);
  });

  it("gives our UID to the event alone, not to its alarms", () => {
    const alarm = "BEGIN:VALARM\nUID:alarm\nEND:VALARM\nUID;X-A=1:new\nXUID:keep\nEND:VEVENT";
    const read = { ...readSample({ uid: "new" }), meaning: "edited", text: `BEGIN:VEVENT\n${alarm}` };
    const { events } = diff([storedSample({ uid: "old", sourceUid: "new" })], [read]);
    expect(events[0]?.text).toBe("BEGIN:VEVENT\nBEGIN:VALARM\nUID:alarm\nEND:VALARM\nUID:old\nXUID:keep\nEND:VEVENT");
  });
});

describe("an event without a UID", () => {
  const bare = (synthetic: string, sample: Partial<Sample> = {}): ReadEvent => ({
    ...readSample({ uid: synthetic, ...sample }),
    sourceUid: "",
  });

  it("is known by its synthetic one", () => {
    const previous = [
      { ...storedSample({ uid: "s1" }), sourceUid: "" },
      { ...storedSample(apart("s2", 9)), sourceUid: "" },
    ];
    const { events, changes } = diff(previous, [bare("s1", { title: "Retro" }), bare("s2", apart("s2", 9))]);
    expect(names(events)).toEqual(["s1 < : 1", "s2 < : 0"]);
    expect(kinds(changes)).toEqual(["updated s1"]);
  });
});

describe("a source that gives at least half of its UIDs anew", () => {
  it("keeps the UID of an event with equal start and rule, however it was edited", () => {
    const previous = [storedSample({ uid: "old", rule: "FREQ=DAILY" }), ...stable.slice(0, 1).map(storedSample)];
    const edited = readSample({ uid: "new", rule: "FREQ=DAILY", title: "Retro" });
    const { events, changes, churned } = diff(previous, [edited, ...stable.slice(0, 1).map(readSample)]);
    expect(names(events)).toEqual(["old < new: 1", "p < p: 0"]);
    expect(changes).toStrictEqual([
      { kind: "updated", uid: "old", sequence: 1, text: edited.text.replace("UID:new", "UID:old") },
    ]);
    expect(churned).toBe(true);
  });

  it("does so only there", () => {
    const previous = [storedSample({ uid: "old" }), ...stable.slice(0, 2).map(storedSample)];
    const { changes, churned } = diff(previous, [
      readSample({ uid: "new", title: "Retro" }),
      ...stable.slice(0, 2).map(readSample),
    ]);
    expect(kinds(changes)).toEqual(["created new", "deleted old"]);
    expect(churned).toBe(false);
  });

  it.each([
    ["start", { start: "20260601T093000Z" }],
    ["rule", { rule: "FREQ=WEEKLY" }],
    ["occurrence", { recurrenceId: "20260601T090000Z" }],
  ])("takes an event of another %s for another", (_, other) => {
    const { changes } = diff([storedSample({ uid: "old" })], [readSample({ uid: "new", title: "Retro", ...other })]);
    expect(kinds(changes)).toEqual(["created new", "deleted old"]);
  });

  it("asks the title before the order where several start at the same time", () => {
    const titled = (uid: string, title: string): SnapshotEvent => storedSample({ uid, title });
    const edited = (uid: string, title: string): ReadEvent => ({ ...readSample({ uid, title }), meaning: `edited ${title}` });
    const { events } = diff([titled("a", "One"), titled("b", "Two")], [edited("x", "Two"), edited("y", "One")]);
    expect(names(events)).toEqual(["a < y: 1", "b < x: 1"]);
  });

  it("counts as churning from half of its UIDs on", () => {
    const two = [apart("a", 1), apart("b", 2)];
    const reborn = two.map((sample) => readSample({ ...sample, uid: `new-${sample.uid}` }));
    const both = diff([...two, ...stable.slice(0, 2)].map(storedSample), [...reborn, ...stable.slice(0, 2).map(readSample)]);
    expect(both.churned).toBe(true);
    const fewer = diff([...two, ...stable].map(storedSample), [...reborn, ...stable.map(readSample)]);
    expect(fewer.churned).toBe(false);
  });

  it("does not count as churning where the new events are new", () => {
    expect(diff([], [readSample({ uid: "new" })]).churned).toBe(false);
    expect(diff([], []).churned).toBe(false);
  });
});

describe("past events that are kept", () => {
  const endsAt = (): string => "2026-05-01T00:00:00.000Z";

  it("come back under their UID where the source gives the same under another", () => {
    const { events, changes } = diff([storedSample({ uid: "old", keptPast: true })], [readSample({ uid: "new" })], { endsAt });
    expect(names(events)).toEqual(["old < new: 0"]);
    expect(events[0]).not.toHaveProperty("keptPast");
    expect(changes).toEqual([]);
  });

  it("are not replaced by a new event that starts at the same time", () => {
    const kept = storedSample({ uid: "old", keptPast: true });
    const { events, changes } = diff([kept], [readSample({ uid: "new", title: "Retro" })], { endsAt });
    expect(names(events)).toEqual(["new < new: 0", "old < old: 0"]);
    expect(kinds(changes)).toEqual(["created new"]);
  });

  it("stand behind equal events that the source gave last time", () => {
    const previous = [storedSample({ uid: "a", keptPast: true }), storedSample({ uid: "b" })];
    const { events } = diff(previous, [readSample({ uid: "new" })], { endsAt });
    expect(names(events)).toEqual(["a < a: 0", "b < new: 0"]);
    expect(diff(previous.toReversed(), [readSample({ uid: "new" })], { endsAt }).events).toEqual(events);
  });

  it("do not answer to a UID that a live event has taken over", () => {
    const previous = [
      storedSample({ uid: "a", keptPast: true, sourceUid: "s" }),
      storedSample({ ...apart("b", 2), sourceUid: "s" }),
    ];
    const { events, changes } = diff(previous, [readSample({ ...apart("s", 2), title: "Edited" })], { endsAt });
    expect(names(events)).toEqual(["a < s: 0", "b < s: 1"]);
    expect(kinds(changes)).toEqual(["updated b"]);
  });

  it("of a UID with later occurrences do not hinder its recognition by meaning", () => {
    const early = storedSample({ uid: "old", recurrenceId: "20260402T090000Z", keptPast: true });
    const late = storedSample({ uid: "old", recurrenceId: "20260602T090000Z" });
    const others = { previous: stable.map(storedSample), read: stable.map(readSample) };
    const read = readSample({ uid: "new", recurrenceId: "20260602T090000Z" });
    const { events, changes } = diff([early, late, ...others.previous], [read, ...others.read], { endsAt });
    expect(names(events).slice(0, 2)).toEqual(["old < old: 0", "old < new: 0"]);
    expect(changes).toEqual([]);
  });
});

describe("a UID that the source gives to another event", () => {
  it("becomes a new one of ours beside the pinned event, and stays so", () => {
    const pinned = storedSample({ ...apart("old", 1), sourceUid: "new" });
    const read = [readSample(apart("new", 1)), readSample(apart("old", 2)), ...stable.map(readSample)];
    const first = diff([pinned, ...stable.map(storedSample)], read);
    expect(names(first.events).slice(0, 2)).toEqual(["old < new: 0", "old-2 < old: 0"]);
    expect(first.events[1]?.text.split("\n")[1]).toBe("UID:old-2");
    expect(kinds(first.changes)).toEqual(["created old-2"]);
    const second = diff(first.events, read);
    expect(second.events).toStrictEqual(first.events);
    expect(second.changes).toEqual([]);
  });

  it("goes on counting where that one is taken too", () => {
    const previous = [storedSample({ ...apart("old", 1), sourceUid: "new" }), storedSample(apart("old-2", 3))];
    const { events } = diff(previous, [readSample(apart("new", 1)), readSample(apart("old", 2)), readSample(apart("old-2", 3))]);
    expect(names(events)).toEqual(["old < new: 0", "old-2 < old-2: 0", "old-3 < old: 0"]);
  });
});

describe("a source known to churn", () => {
  // UIDs counted from the time of the export: the next fetch gives them to other events.
  const days = [1, 2, 3, 4];
  const previous = days.map((day) => storedSample(apart(`u${day}`, day)));
  const shifted = days.map((day) => readSample(apart(`u${day + 1}`, day)));

  it("is asked for the meaning before the UID, from the second churn on", () => {
    const known = diff(previous, shifted, { churns: 2 });
    expect(names(known.events)).toEqual(["u1 < u2: 0", "u2 < u3: 0", "u3 < u4: 0", "u4 < u5: 0"]);
    expect(known.changes).toEqual([]);
    expect(known.churned).toBe(true);
    expect(diff(previous, shifted, { churns: 1 }).changes.length).toBeGreaterThan(0);
  });

  it("keeps the UID of an edited event by start and rule, though few UIDs are new", () => {
    const read = [
      readSample({ ...apart("new", 1), title: "Edited" }),
      ...previous.slice(1).map((_, at) => readSample(apart(`u${at + 2}`, at + 2))),
    ];
    expect(names(diff(previous, read, { churns: 2 }).events)[0]).toBe("u1 < new: 1");
    expect(kinds(diff(previous, read, { churns: 1 }).changes)).toEqual(["created new", "deleted u1"]);
  });

  it("keeps UIDs in place among equal events", () => {
    const twins = ["a", "b", "c"].map((uid) => storedSample({ uid }));
    const { events, changes } = diff(twins, [readSample({ uid: "b" }), readSample({ uid: "c" })], { churns: 2 });
    expect(names(events)).toEqual(["b < b: 0", "c < c: 0"]);
    expect(kinds(changes)).toEqual(["deleted a"]);
  });
});
