import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { rollBack } from "../../lib/core/roll-back.ts";

const NOW = "2026-05-06T01:00:00.000Z";

function event(uid: string, meaning: string, fields: Partial<SnapshotEvent> = {}): SnapshotEvent {
  const text = `BEGIN:VEVENT\nUID:${uid}\nSUMMARY:${meaning}\nEND:VEVENT`;
  const revision = { sequence: 4, lastModified: "20260101T000000Z" };
  return { uid, sourceUid: `s-${uid}`, block: `b-${meaning}`, meaning, ...revision, text, ...fields };
}

describe("a rollback", () => {
  it("keeps the revision of what is as it was, and finds it by its older block", () => {
    const now = event("a", "same", { sequence: 7, block: "new", lastModified: "20260301T000000Z" });
    const { events, changes } = rollBack([now], [event("a", "same")], NOW);
    expect(events).toEqual([{ ...now, block: "b-same" }]);
    expect(changes).toEqual([]);
  });

  it("raises the revision of what differs above both", () => {
    const { events, changes } = rollBack([event("a", "new", { sequence: 9 })], [event("a", "old")], NOW);
    expect(events).toMatchObject([{ meaning: "old", sequence: 10, lastModified: "20260506T010000Z" }]);
    expect(changes).toMatchObject([{ kind: "updated", uid: "a", sequence: 10, text: expect.stringContaining("SUMMARY:old") }]);
  });

  it("gives what was deleted back with a higher revision, and deletes what came since", () => {
    const override = event("b", "x", { recurrenceId: "20260506T010000Z" });
    const { events, changes } = rollBack([event("b", "m"), override], [event("a", "old"), event("b", "m")], NOW);
    expect(events.map(({ uid, recurrenceId, sequence }) => [uid, recurrenceId, sequence])).toEqual([
      ["a", undefined, 5],
      ["b", undefined, 4],
    ]);
    expect(changes).toEqual([
      { kind: "created", uid: "a", sequence: 5, text: event("a", "old").text },
      { kind: "deleted", uid: "b", recurrenceId: "20260506T010000Z", sequence: 4 },
    ]);
  });

  it("keeps the mark of past events, and takes it from those that were live then", () => {
    const { events } = rollBack(
      [event("b", "x", { keptPast: true })],
      [event("a", "y", { keptPast: true }), event("b", "x")],
      NOW,
    );
    expect(events.map(({ uid, keptPast }) => [uid, keptPast])).toEqual([
      ["a", true],
      ["b", undefined],
    ]);
  });
});
