import { expect, test } from "vitest";

import type { ChangeSet, EventChange } from "../../lib/contract/change.ts";
import { changeMessages } from "../../lib/core/change-messages.ts";

const set = (...changes: readonly EventChange[]): ChangeSet => ({
  version: 1,
  calendarId: "cal1",
  calendarVersion: 5,
  previousVersion: 3,
  at: "2026-05-06T00:00:00Z",
  changes: [...changes],
});
const change = (kind: EventChange["kind"], uid: string, text?: string): EventChange =>
  text === undefined ? { kind, uid, sequence: 0 } : { kind, uid, sequence: 0, text };
/** A change whose JSON has exactly this many bytes. */
const sized = (bytes: number, uid = "a"): EventChange => {
  const empty = Buffer.byteLength(JSON.stringify(change("created", uid, "")));
  return change("created", uid, "x".repeat(bytes - empty));
};
const uidsOf = (...changes: readonly EventChange[]): (string[] | undefined)[] =>
  changeMessages(set(...changes), "changes/cal1/5-x").map((message) => message.changes?.map(({ uid }) => uid));

test("each message has one kind, its part and the versions that it leads from and to", () => {
  const changes = [change("deleted", "d"), change("updated", "u"), change("created", "c"), change("created", "e")];
  const shared = { version: 1, calendarId: "cal1", calendarVersion: 5, previousVersion: 3, parts: 3 };
  expect(changeMessages(set(...changes), "changes/cal1/5-x")).toEqual([
    { ...shared, part: 1, kind: "created", changes: [changes[2], changes[3]] },
    { ...shared, part: 2, kind: "updated", changes: [changes[1]] },
    { ...shared, part: 3, kind: "deleted", changes: [changes[0]] },
  ]);
});

test("a set without changes is no message", () => {
  expect(changeMessages(set(), "changes/cal1/5-x")).toEqual([]);
});

test("a message takes changes up to 200,000 bytes", () => {
  expect(uidsOf(sized(100_000, "a"), sized(100_000, "b"))).toHaveLength(1);
  expect(uidsOf(sized(100_000, "a"), sized(100_001, "b"))).toEqual([["a"], ["b"]]);
  expect(uidsOf(sized(90_000, "a"), sized(60_000, "b"), sized(60_000, "c"))).toEqual([["a", "b"], ["c"]]);
});

test("bytes are counted, not characters", () => {
  const wide = (uid: string): EventChange => change("created", uid, "일".repeat(40_000));
  expect(uidsOf(wide("a"), wide("b"))).toEqual([["a"], ["b"]]);
});

test("a change that is too large alone goes as its object's key", () => {
  const [message] = changeMessages(set(sized(200_001)), "changes/cal1/5-x");
  expect(message).toMatchObject({ kind: "created", part: 1, parts: 1, changesKey: "changes/cal1/5-x" });
  expect(message).not.toHaveProperty("changes");
  expect(changeMessages(set(sized(199_998)), "changes/cal1/5-x")[0]).toHaveProperty("changes");
});
