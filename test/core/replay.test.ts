import { describe, expect, test } from "vitest";

import { isMeant, letterView } from "../../lib/core/letter-choice.ts";
import { isReplaying, planReplay } from "../../lib/core/replay.ts";
import { letterOf } from "../aws/records.ts";

const AT = "2026-05-06T01:00:00.000Z";
const BY = { at: AT, who: "ann", newTaskId: "t2" };
const BODY = JSON.stringify({
  version: 1,
  kind: "import",
  taskId: "c1@9",
  calendarId: "c1",
  turn: 9,
  startAt: AT,
  reason: "tick",
});

describe("a letter that is replayed", () => {
  test("is marked with the task's id before the task is sent, which has a fresh id and no turn", () => {
    const plan = planReplay(letterOf("l", { body: BODY }), BY);
    expect(plan?.task).toEqual({
      version: 1,
      kind: "import",
      taskId: "t2",
      calendarId: "c1",
      startAt: AT,
      reason: "replay",
      replayOf: "l",
    });
    expect(plan?.marked).toMatchObject({ revision: 2, state: "replaying", replay: { taskId: "t2", at: AT } });
    expect(plan?.marked.history.at(-1)).toEqual({ at: AT, state: "replaying", who: "ann", why: "replayed as t2" });
  });

  test("is on its way for an hour, and no longer", () => {
    const letter = letterOf("l", { state: "replaying", replay: { taskId: "t1", at: "2026-05-06T00:00:00.000Z" } });
    expect(isReplaying(letter, "2026-05-06T00:59:59.999Z")).toBe(true);
    expect(isReplaying(letter, "2026-05-06T01:00:00.000Z")).toBe(false);
    expect(isReplaying({ ...letter, state: "open" }, "2026-05-06T00:00:01.000Z")).toBe(false);
  });

  test("of a release that stored no task id counts from its history", () => {
    const history = [{ at: "2026-05-06T00:30:00.000Z", state: "replaying", who: "ann", why: "replayed as t1" } as const];
    const letter = letterOf("l", { state: "replaying", history: [...history] });
    expect(isReplaying(letter, AT)).toBe(true);
    expect(isReplaying(letter, "2026-05-06T01:30:00.000Z")).toBe(false);
  });

  test("and stayed so for an hour is sent again under its first id, with one entry in its history", () => {
    const first = planReplay(letterOf("l", { body: BODY }), { ...BY, newTaskId: "t1" })?.marked ?? letterOf("l");
    const again = planReplay(first, { at: "2026-05-06T03:00:00.000Z", who: "bob", newTaskId: "t2" });
    expect(again?.task.taskId).toBe("t1");
    expect(again?.marked).toMatchObject({ revision: 3, replay: { taskId: "t1", at: "2026-05-06T03:00:00.000Z" } });
    expect(again?.marked.history).toHaveLength(2);
    expect(again?.marked.history.at(-1)).toMatchObject({
      at: AT,
      who: "ann",
      why: "replayed as t1, sent again at 2026-05-06T03:00:00.000Z by bob because nothing was heard of it",
    });
  });

  test("and whose message is no task cannot be", () => {
    expect(planReplay(letterOf("l", { body: "??" }), BY)).toBeUndefined();
  });
});

describe("a filter", () => {
  const letter = letterOf("l", { host: "h", code: "source-dns", ownerId: "ann", lastAt: "2026-05-06T00:00:00.000Z" });
  const now = new Date("2026-05-06T02:00:00.000Z");

  test.each([
    [{}, true],
    [{ host: "h", code: "source-dns", owner: "ann", kind: "import", age: 7_199_999 } as const, true],
    [{ host: "other" }, false],
    [{ code: "source-tls" }, false],
    [{ owner: "bob" }, false],
    [{ kind: "export" } as const, false],
    [{ age: 7_200_000 }, false],
  ])("%j means the letter: %s", (filter, means) => {
    expect(isMeant(letter, filter, now)).toBe(means);
  });
});

describe("what is shown of a letter", () => {
  test("is the task in the fields that a task has, and of other messages their size alone", () => {
    const told = JSON.parse(BODY);
    const extra = JSON.stringify({ ...told, url: "https://h/s3cret" });
    expect(letterView(letterOf("l", { body: extra }))).toMatchObject({ task: told });
    expect(JSON.stringify(letterView(letterOf("l", { body: extra })))).not.toContain("s3cret");
    expect(letterView(letterOf("l", { body: "잔치 s3cret" }))).toMatchObject({ bodyBytes: 13 });
    expect(letterView(letterOf("l", { body: undefined, bodyKey: "letters/l/x" }))).not.toHaveProperty("bodyKey");
  });
});
