import { expect, test } from "vitest";

import type { Letter } from "../../lib/contract/letter.ts";
import type { Task } from "../../lib/contract/task.ts";
import { isTold, letterIdOf, letterOf, mayHaveLetter, moved, readTask, replayTask, tellsOf } from "../../lib/core/letters.ts";
import type { DeadDelivery } from "../../lib/core/letters.ts";
import { shortHash } from "../../lib/core/object-keys.ts";

const AT = "2026-05-06T01:00:00Z";
const SENT = "2026-05-06T00:59:00Z";
const IMPORT: Task = {
  version: 1,
  kind: "import",
  taskId: "task1",
  calendarId: "cal1",
  turn: 29_640_000,
  startAt: SENT,
  reason: "tick",
};
const { turn: _turn, ...ONE_OFF } = IMPORT;
const EXPORT: Task = { version: 1, kind: "export", taskId: "task2", feedId: "feed1", calendarId: "cal1", reason: "commit" };

const delivery = (task: Task | string, extra: Partial<DeadDelivery> = {}): DeadDelivery => ({
  messageId: "m1",
  body: typeof task === "string" ? task : JSON.stringify(task),
  queue: "import-dlq",
  sentAt: SENT,
  attempts: 5,
  ...extra,
});
const given = { code: "source-dns", reason: "no such host", host: "example.org" };
const letter = (task: Task | string = IMPORT, extra: Partial<DeadDelivery> = given): Letter => {
  return letterOf(delivery(task, extra), undefined, AT);
};

test("a task that a worker gave up becomes an open letter with its code, host and body", () => {
  expect(letter()).toMatchObject({
    version: 1,
    revision: 1,
    letterId: "import-cal1",
    kind: "import",
    calendarId: "cal1",
    feedId: undefined,
    fingerprint: "import|source-dns|example.org",
    code: "source-dns",
    reason: "no such host",
    host: "example.org",
    queue: "import-dlq",
    body: JSON.stringify(IMPORT),
    attempts: 5,
    messageIds: ["m1"],
    count: 1,
    firstAt: SENT,
    lastAt: SENT,
    state: "open",
    history: [{ at: AT, state: "open", who: "alert", why: "source-dns: no such host" }],
  });
});

test("a task that SQS moved was never answered: its worker crashed", () => {
  const reason = "the task was received 5 times and never ended, wanted an answer; look for the worker's time-outs and memory";
  expect(letter(EXPORT, {})).toMatchObject({
    letterId: "export-feed1",
    kind: "export",
    calendarId: "cal1",
    feedId: "feed1",
    fingerprint: "export|worker-crashed|-",
    code: "worker-crashed",
    reason,
    history: [{ why: `worker-crashed: ${reason}` }],
  });
});

test.each(["not JSON", "{}", JSON.stringify({ ...IMPORT, version: 2 })])(
  "a body that is no task (%s) is an unreadable letter",
  (body) => {
    expect(readTask(body)).toBeUndefined();
    expect(letter(body, {})).toMatchObject({
      letterId: `unreadable-${shortHash("m1")}`,
      kind: "unreadable",
      code: "message-invalid",
      reason:
        "the message's body is no task of a known version, wanted import, export or download, version 1; look at who sent it",
      fingerprint: "unreadable|message-invalid|-",
      body,
    });
  },
);

test("turns of a calendar share one letter; what somebody asked for has its own; a replay has that of the first", () => {
  expect(letterIdOf(IMPORT, "m")).toBe("import-cal1");
  expect(letterIdOf(ONE_OFF, "m")).toBe(`import-cal1-${shortHash("task1")}`);
  expect(letterIdOf(EXPORT, "m")).toBe("export-feed1");
  expect(letterIdOf({ ...ONE_OFF, replayOf: "import-cal1" }, "m")).toBe("import-cal1");
  expect(letterIdOf(undefined, "m")).toBe(`unreadable-${shortHash("m")}`);
});

test("a letter knows the deliveries that it tells of", () => {
  expect(tellsOf(letter(), delivery(IMPORT, given))).toBe(true);
  expect(tellsOf(letter(), delivery(IMPORT, { ...given, messageId: "m2" }))).toBe(false);
});

test("a letter that is open or closed is reopened with its history by the next failure", () => {
  const stored = moved(letter(), "resolved", { at: AT, who: "cal1", why: "imported" });
  const later = { ...given, messageId: "m2", code: "source-tls", reason: "expired", attempts: 2, sentAt: "2026-05-07T00:00:00Z" };
  expect(letterOf(delivery(IMPORT, later), stored, "2026-05-07T00:01:00Z")).toMatchObject({
    revision: 3,
    code: "source-tls",
    fingerprint: "import|source-tls|example.org",
    attempts: 7,
    messageIds: ["m1", "m2"],
    count: 2,
    firstAt: SENT,
    lastAt: "2026-05-07T00:00:00Z",
    state: "open",
    history: [
      { state: "open" },
      { state: "resolved" },
      { at: "2026-05-07T00:01:00Z", state: "open", why: "source-tls: expired" },
    ],
  });
});

test("a letter remembers its last twenty messages and fifty steps", () => {
  let stored = letter();
  for (let index = 2; index <= 60; index += 1) {
    stored = letterOf(delivery(IMPORT, { ...given, messageId: `m${index}` }), stored, `step ${index}`);
  }
  expect([stored.messageIds.length, stored.messageIds[0], stored.messageIds.at(-1)]).toEqual([20, "m41", "m60"]);
  expect([stored.history.length, stored.history[0]?.at, stored.history.at(-1)?.at]).toEqual([50, "step 11", "step 60"]);
  const closed = moved(stored, "discarded", { at: AT, who: "ann", why: "old" });
  expect([closed.history.length, closed.history[0]?.at]).toEqual([50, "step 12"]);
});

test("each change of state says who, when and why", () => {
  const by = { at: AT, who: "ann", why: "known" };
  expect(moved(letter(), "acknowledged", by)).toEqual({
    ...letter(),
    revision: 2,
    state: "acknowledged",
    history: [...letter().history, { ...by, state: "acknowledged" }],
  });
});

test("people are told of a letter once for each time it was written about, and of none that is closed", () => {
  expect(isTold(letter())).toBe(false);
  expect(isTold({ ...letter(), toldAt: "2026-05-06T00:58:59Z" })).toBe(false);
  expect(isTold({ ...letter(), toldAt: SENT })).toBe(true);
  expect(isTold({ ...letter(), state: "acknowledged" })).toBe(false);
  expect([isTold({ ...letter(), state: "resolved" }), isTold({ ...letter(), state: "discarded" })]).toEqual([true, true]);
});

test("a success reads the letters after failures, after a gap, and at the first success of a UTC day", () => {
  const may = (failures: number, lastSuccessAt: string | undefined, at = "2026-05-06T12:00:00Z"): boolean =>
    mayHaveLetter({ failures, lastSuccessAt }, 60, at);
  expect(may(1, "2026-05-06T11:00:00Z")).toBe(true);
  expect(may(0, undefined)).toBe(true);
  expect(may(0, "2026-05-06T11:00:00Z")).toBe(false);
  expect(may(0, "2026-05-06T10:30:00Z")).toBe(false);
  expect(may(0, "2026-05-06T10:29:59Z")).toBe(true);
  expect(may(0, "2026-05-05T23:59:00Z", "2026-05-06T00:01:00Z")).toBe(true);
});

test("a replay does the work again under its letter, with no turn and no version of its own", () => {
  expect(replayTask(letter(), "task9", AT)).toEqual({
    version: 1,
    kind: "import",
    taskId: "task9",
    calendarId: "cal1",
    startAt: AT,
    reason: "replay",
    replayOf: "import-cal1",
  });
  expect(replayTask(letter(EXPORT), "task9", AT)).toEqual({
    version: 1,
    kind: "export",
    taskId: "task9",
    feedId: "feed1",
    reason: "replay",
    replayOf: "export-feed1",
  });
});

test("a letter without a body that can be read is not replayed", () => {
  const { body: _body, ...withoutBody } = letter();
  expect(replayTask(withoutBody, "task9", AT)).toBeUndefined();
  expect(replayTask(letter("not JSON"), "task9", AT)).toBeUndefined();
});

test("a part of a download has a letter of its own, and is replayed alone", () => {
  const task = { version: 1, kind: "download", taskId: "t", downloadId: "d1", part: 3, reason: "requested" } as const;
  const lying = { messageId: "m", body: JSON.stringify(task), queue: "q", sentAt: "2026-05-06T01:00:00.000Z", attempts: 5 };
  const made = letterOf(lying, undefined, "2026-05-06T01:00:01.000Z");
  expect(made).toMatchObject({ letterId: "download-d1-3", kind: "download", downloadId: "d1", code: "worker-crashed" });
  expect(replayTask(made, "again", "2026-05-06T02:00:00.000Z")).toEqual({
    version: 1,
    kind: "download",
    taskId: "again",
    downloadId: "d1",
    part: 3,
    reason: "replay",
    replayOf: "download-d1-3",
  });
});

test("a repeat's call that never reached fan-out says which download was not asked for", () => {
  const call = { repeatId: "r1", ownerId: "ann", dueAt: "2026-05-06T04:00:00Z" };
  const lost = letter(JSON.stringify(call), {});
  expect(lost).toMatchObject({ kind: "unreadable", code: "worker-crashed" });
  expect(lost.reason).toMatch(
    /^Scheduler could not call fan-out for repeat r1, due 2026-05-06T04:00:00Z, wanted a call that ends;/u,
  );
  expect(lost.reason).toContain("calferry download request");
});
