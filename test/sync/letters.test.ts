import { describe, expect, it } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import type { ReplayEnd } from "../../lib/sync/replay-letter.ts";
import { sampleEvents } from "./sources.ts";
import { crashAfter, crashBefore, sentTwice, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";

/** A calendar whose turn failed for good, with its letter recorded. */
async function failedTurn(fields: Partial<ImportTask> = {}): Promise<Planted & { readonly stage: Stage }> {
  const stage = new Stage();
  const planted = await stage.grow(5, { intervalMinutes: 5 });
  planted.source.manner = { kind: "failing", code: "source-not-found" };
  await stage.importTurn(planted.calendarId, fields);
  await stage.recordAll();
  planted.source.manner = { kind: "well" };
  stage.world.clock.minutes(10);
  return { stage, ...planted };
}

async function replay(stage: Stage, letterId: string): Promise<ReplayEnd> {
  return await replayLetter(letterId, stage.ports, { ...stage.context(), who: "operator" });
}

function urgentTask(stage: Stage): ImportTask {
  const [{ body } = { body: "{}" }] = stage.world.urgent.messages.values();
  const task: ImportTask = JSON.parse(body);
  return task;
}

describe("a dead letter", () => {
  it("of a calendar's turns is one, reopened with its history", async () => {
    const { stage, calendarId, source } = await failedTurn();
    source.manner = { kind: "failing", code: "source-forbidden" };
    await stage.importTurn(calendarId);
    expect(await stage.recordAll()).toEqual(["opened"]);
    const letter = stage.letter(`import-${calendarId}`);
    expect(letter).toMatchObject({ state: "open", count: 2, attempts: 2, code: "source-forbidden" });
    expect(letter.history.map(({ state, why }) => [state, why.split(":")[0]])).toEqual([
      ["open", "source-not-found"],
      ["open", "source-forbidden"],
    ]);
  });

  it("that a person has acknowledged stays so while the trouble is the same, and is news again with another", async () => {
    const { stage, calendarId, source } = await failedTurn();
    const mark = { state: "acknowledged", who: "ann", why: "the owner knows", now: () => stage.world.clock.now() } as const;
    await markLetter(`import-${calendarId}`, mark, stage.ports.letters);
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    await stage.recordAll();
    const again = stage.letter(`import-${calendarId}`);
    expect(again).toMatchObject({ state: "acknowledged", count: 2 });
    expect(again.history.map(({ state }) => state)).toEqual(["open", "acknowledged", "acknowledged"]);
    stage.world.clock.minutes(1500);
    source.manner = { kind: "failing", code: "source-forbidden" };
    await stage.importTurn(calendarId);
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "open", count: 3, code: "source-forbidden" });
  });

  it("that is delivered twice is counted once", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    const queue = stage.world.importDeadLetters;
    const copies = [...queue.messages.entries()];
    await stage.recordAll();
    for (const [messageId, message] of copies) queue.messages.set(messageId, message);
    stage.world.clock.minutes(10);
    expect(await stage.recordAll()).toEqual(["doubled"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ count: 1 });
  });

  it("put after a later success is stored resolved, and nobody is told", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    source.manner = { kind: "well" };
    await stage.import(stage.askedTask(calendarId));
    expect(await stage.recordAll()).toEqual(["superseded"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "resolved" });
    expect(stage.letter(`import-${calendarId}`).toldAt).toBeUndefined();
  });

  it("of a feed that was built meanwhile is stored resolved: it holds the version, or its build began later", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    const commit = {
      version: 1,
      kind: "export",
      taskId: "late",
      feedId,
      calendarId,
      calendarVersion: 1,
      reason: "commit",
    } as const;
    const change = { version: 1, kind: "export", taskId: "change", feedId, reason: "changed" } as const;
    const queue = stage.world.exportDeadLetters;
    queue.send(JSON.stringify(commit));
    expect(await stage.recordAll(queue)).toEqual(["superseded"]);
    stage.world.clock.minutes(1);
    queue.send(JSON.stringify(change));
    expect(await stage.recordAll(queue)).toEqual(["opened"]);
    queue.send(JSON.stringify(change));
    stage.world.clock.minutes(1);
    await stage.export({ ...change, taskId: "another" });
    expect(await stage.recordAll(queue)).toEqual(["superseded"]);
    expect(stage.letter(`export-${feedId}`)).toMatchObject({ state: "resolved", count: 3 });
    queue.send(JSON.stringify({ ...commit, calendarVersion: 2 }));
    expect(await stage.recordAll(queue)).toEqual(["opened"]);
  });

  it("of a task that somebody asked for is its own, and no later turn resolves it", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.import(stage.askedTask(calendarId));
    source.manner = { kind: "well" };
    stage.world.clock.minutes(600);
    await stage.importTurn(calendarId);
    expect(await stage.recordAll()).toEqual(["opened"]);
    const [letter] = stage.world.letters.stored.values();
    expect(letter?.letterId).toMatch(new RegExp(`^import-${calendarId}-.{22}$`, "u"));
    expect(letter?.state).toBe("open");
  });

  it("whose message SQS moved says that the worker crashed", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.world.imports.send(JSON.stringify(stage.turnTask(calendarId)));
    for (let receive = 0; receive < 13; receive += 1) {
      stage.world.imports.receive();
      stage.world.clock.minutes(6);
    }
    expect(stage.world.imports.messages.size).toBe(0);
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ code: "worker-crashed", state: "open", attempts: 13 });
  });

  it("of a message that nobody can read is kept as it came", async () => {
    const stage = new Stage();
    stage.world.importDeadLetters.send("not a task");
    expect(await stage.recordAll()).toEqual(["opened"]);
    const [letter] = stage.world.letters.stored.values();
    expect(letter).toMatchObject({ kind: "unreadable", code: "message-invalid", body: "not a task" });
  });

  it("of a tick that never reached fan-out is none: the next tick owes its minutes", async () => {
    const stage = new Stage();
    stage.world.importDeadLetters.send('{"tick":true}');
    expect(await stage.recordAll()).toEqual(["superseded"]);
    expect(stage.world.letters.stored.size).toBe(0);
    expect(stage.world.importDeadLetters.messages.size).toBe(0);
  });

  it("of a reservation that never reached fan-out is none: the sweep makes its schedule again", async () => {
    const stage = new Stage();
    stage.world.importDeadLetters.send('{"reservationId":"r1","revision":2}');
    expect(await stage.recordAll()).toEqual(["superseded"]);
    expect(stage.world.letters.stored.size).toBe(0);
  });

  it.each([
    ["a task that was put off", { taskId: "2026-05-06T00:00:00.000Z~a", reason: "sync-now", bookings: 1 }, /^import-id1-/u],
    ["a replay that was put off", { taskId: "t", reason: "replay", replayOf: "import-id1-x", bookings: 2 }, /^import-id1-x$/u],
    ["a cron time that was put off", { taskId: "id1@29633880", reason: "cron", turn: 29_633_880 }, /^import-id1$/u],
    ["a cron time", { ownerId: "default", reason: "cron", dueAt: "2026-05-06T04:00:00Z" }, /^import-id1$/u],
  ])("of %s that never reached fan-out is one of its calendar, and replays", async (_what, call, letterId) => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    expect(calendarId).toBe("id1");
    stage.world.clock.minutes(600);
    stage.world.importDeadLetters.send(JSON.stringify({ calendarId, ...call }));
    expect(await stage.recordAll()).toEqual(["opened"]);
    const [letter] = [...stage.world.letters.stored.values()];
    expect(letter).toMatchObject({ kind: "import", calendarId, code: "worker-crashed", state: "open" });
    expect(letter?.reason).toMatch(/^Scheduler could not call fan-out/u);
    expect(letter?.letterId).toMatch(letterId);
    source.events = sampleEvents(5);
    stage.world.clock.minutes(1);
    await replay(stage, letter?.letterId ?? "");
    const replays = [...stage.world.urgent.messages.values()].map(({ body }): ImportTask => JSON.parse(body));
    expect(replays).toMatchObject([{ calendarId, replayOf: letter?.letterId }]);
    for (const task of replays) expect(await stage.import(task)).toMatchObject({ status: "imported" });
    expect(stage.letter(letter?.letterId ?? "").state).toBe("resolved");
  });

  it("of a task of another version is unreadable, whatever it looks like", async () => {
    const stage = new Stage();
    const task = { version: 9, kind: "import", taskId: "t", calendarId: "c", startAt: "", reason: "tick" };
    stage.world.importDeadLetters.send(JSON.stringify(task));
    await stage.recordAll();
    expect([...stage.world.letters.stored.values()]).toMatchObject([{ kind: "unreadable", code: "message-invalid" }]);
  });

  it("whose recorder died before anybody was told is told by the next delivery", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    stage.disturb("letters.put", crashAfter);
    await expect(stage.recordAll()).rejects.toThrow("crash");
    stage.world.clock.minutes(10);
    expect(await stage.recordAll()).toEqual(["opened"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ count: 1, toldAt: expect.any(String) });
  });

  it("whose write was taken and its answer lost is recorded once and told", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    stage.disturb("letters.put", sentTwice);
    expect(await stage.recordAll()).toEqual(["opened"]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ count: 1, toldAt: expect.any(String) });
  });
});

describe("a later success", () => {
  it("of the next turn resolves the calendar's letter", async () => {
    const { stage, calendarId } = await failedTurn();
    await stage.importTurn(calendarId);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "resolved" });
    expect(stage.checkpoint(calendarId)).toMatchObject({ failures: 0, outcome: { status: "unchanged" } });
  });

  it("resolves a letter that no worker could note, for the gap since the last success shows it", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(5, { intervalMinutes: 5 });
    stage.world.clock.minutes(4);
    const task = stage.turnTask(calendarId);
    stage.world.importDeadLetters.send(JSON.stringify(task), 0, { code: "aws-unavailable", reason: "no answer", attempts: 10 });
    await stage.recordAll();
    expect(stage.checkpoint(calendarId).failures).toBe(0);
    stage.world.clock.minutes(4);
    await stage.importTurn(calendarId);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "resolved" });
  });

  it("whose fetch began before the failure leaves the letter open", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(5);
    const early = stage.askedTask(calendarId);
    stage.world.calendars.checkpoints.set(calendarId, { ...stage.checkpoint(calendarId), failures: 1 });
    stage.before("letters.get", async () => {
      source.manner = { kind: "failing", code: "source-not-found" };
      await stage.importTurn(calendarId);
      await stage.recordAll();
    });
    await stage.import(early);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "open" });
  });
});

describe("a replay", () => {
  it("goes on the urgent lane, marked first, and its success resolves its letter", async () => {
    const { stage, calendarId } = await failedTurn({ turn: undefined, reason: "sync-now" });
    const [letterId = ""] = stage.world.letters.stored.keys();
    stage.settle();
    expect(await replay(stage, letterId)).toMatchObject({ kind: "sent" });
    expect(stage.letter(letterId)).toMatchObject({ state: "replaying" });
    expect(stage.calls.indexOf("letters.put")).toBeLessThan(stage.calls.findIndex((call) => call.startsWith("urgent.")));
    expect(urgentTask(stage)).toMatchObject({ calendarId, reason: "replay", replayOf: letterId });
    await stage.import(urgentTask(stage));
    expect(stage.letter(letterId)).toMatchObject({ state: "resolved" });
    expect(await replay(stage, letterId)).toEqual({ kind: "not-open" });
  });

  it("that fails again reopens its letter", async () => {
    const { stage, source, calendarId } = await failedTurn();
    await replay(stage, `import-${calendarId}`);
    source.manner = { kind: "failing", code: "source-forbidden" };
    await stage.import(urgentTask(stage));
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "open", code: "source-forbidden", count: 2 });
  });

  it("that a later fetch overtook is resolved by that fetch's success", async () => {
    const { stage, calendarId } = await failedTurn({ turn: undefined, reason: "sync-now" });
    const [letterId = ""] = stage.world.letters.stored.keys();
    await replay(stage, letterId);
    stage.disturb("letters.put", async () => await Promise.resolve(false));
    stage.before("calendars.save", async () => await stage.importTurn(calendarId));
    expect(await stage.import(urgentTask(stage))).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.letter(letterId)).toMatchObject({ state: "resolved" });
  });

  it("of a calendar or a feed that was removed meanwhile resolves its letter", async () => {
    const { stage, calendarId } = await failedTurn();
    const { feedId } = await stage.feedOf(calendarId);
    stage.world.exportDeadLetters.send(
      JSON.stringify({ version: 1, kind: "export", taskId: "t", feedId, calendarId, calendarVersion: 9, reason: "commit" }),
    );
    await stage.recordAll(stage.world.exportDeadLetters);
    await replay(stage, `import-${calendarId}`);
    await replay(stage, `export-${feedId}`);
    stage.world.calendars.metas.delete(calendarId);
    stage.world.feeds.metas.delete(feedId);
    stage.world.clock.minutes(1);
    expect(await stage.import(urgentTask(stage))).toEqual({ kind: "done", status: "gone" });
    expect(await stage.exportAll()).toEqual([{ kind: "done", status: "gone" }]);
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "resolved" });
    expect(stage.letter(`export-${feedId}`)).toMatchObject({ state: "resolved" });
  });

  it("of a push calendar's letter is done when what was pending is", async () => {
    const stage = new Stage();
    const draft = CalendarDraft.parse({ source: { kind: "push" } });
    const { calendar } = await createCalendar(draft, stage.ports, stage.context());
    const task = stage.askedTask(calendar.calendarId, { reason: "mend" });
    stage.world.urgentDeadLetters.send(JSON.stringify(task), 0, { code: "aws-unavailable", reason: "no answer", attempts: 10 });
    await stage.recordAll(stage.world.urgentDeadLetters);
    const [letterId = ""] = stage.world.letters.stored.keys();
    stage.world.clock.minutes(1);
    expect(await replay(stage, letterId)).toMatchObject({ kind: "sent" });
    stage.world.clock.minutes(1);
    expect(await stage.import(urgentTask(stage))).toEqual({ kind: "done", status: "unchanged" });
    expect(stage.letter(letterId)).toMatchObject({ state: "resolved" });
  });

  it("whose sender died before the send is marked and no more", async () => {
    const { stage, calendarId } = await failedTurn();
    stage.disturb("urgent.sendImports", crashBefore);
    await expect(replay(stage, `import-${calendarId}`)).rejects.toThrow("crash");
    expect(stage.letter(`import-${calendarId}`)).toMatchObject({ state: "replaying" });
    expect(stage.world.urgent.messages.size).toBe(0);
  });

  it("by two operators at once is sent once", async () => {
    const { stage, calendarId } = await failedTurn();
    stage.before("letters.put", async () => await replay(stage, `import-${calendarId}`));
    expect(await replay(stage, `import-${calendarId}`)).toEqual({ kind: "not-open" });
    expect(stage.world.urgent.messages.size).toBe(1);
  });
});
