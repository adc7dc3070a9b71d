import { describe, expect, it } from "vitest";

import { LifeMessage } from "../../lib/contract/life.ts";
import { mendSegments } from "../../lib/sync/mend-segments.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { calendarText, sampleEvents } from "./sources.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

function told(stage: Stage, kind: LifeMessage["kind"]): LifeMessage[] {
  return stage.world.told.filter((message) => message.kind === kind);
}

describe("an app hears that an import", () => {
  it("finished, with the versions and how many messages hold the changes", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.events = [...sampleEvents(2), { uid: "new@example.org", title: "New" }];
    const task = stage.askedTask(calendarId);
    await stage.import(task);
    expect(stage.world.told).toEqual([
      {
        version: 1,
        kind: "import.finished",
        at: stage.snapshot(calendarId).takenAt,
        calendarId,
        ownerId: "default",
        status: "imported",
        runId: task.taskId,
        calendarVersion: 2,
        previousVersion: 1,
        parts: 2,
        created: 1,
        updated: 0,
        deleted: 1,
      },
    ]);
  });

  it("changed no event, so that no version is missing", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const renamed = calendarText(source.events).replace("BEGIN:VEVENT", "X-WR-CALNAME:Another name\r\nBEGIN:VEVENT");
    source.manner = { kind: "saying", text: renamed };
    await stage.importTurn(calendarId);
    expect(stage.world.published).toEqual([]);
    expect(stage.world.told).toMatchObject([{ kind: "import.finished", calendarVersion: 2, previousVersion: 1, parts: 0 }]);
  });

  it("found nothing new: not at all", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    await stage.importTurn(calendarId);
    await stage.import(stage.askedTask(calendarId));
    expect([...stage.world.published, ...stage.world.told]).toEqual([]);
  });

  it("failed, once it has given up", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.manner = { kind: "failing", code: "source-timeout" };
    const task = stage.turnTask(calendarId);
    for (let attempt = 1; attempt < 5; attempt += 1) await stage.import(task);
    expect(stage.world.told).toEqual([]);
    await stage.import(task);
    const { outcome } = stage.checkpoint(calendarId);
    const run = [...stage.world.calendars.runs.values()].find(({ status }) => status === "failed");
    expect(stage.world.told).toEqual([
      {
        version: 1,
        kind: "import.failed",
        at: outcome?.at,
        calendarId,
        ownerId: "default",
        status: "failed",
        code: "source-timeout",
        runId: run?.runId,
        failures: 1,
      },
    ]);
  });

  it("failed, also where the worker dies with the message sent and nothing saved", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.manner = { kind: "failing", code: "source-not-found" };
    const task = stage.turnTask(calendarId);
    stage.disturb("changes.publish", crashBefore);
    await expect(stage.import(task)).rejects.toThrow("crash");
    await stage.import(task);
    expect(told(stage, "import.failed")).toMatchObject([{ calendarId, code: "source-not-found", failures: 1 }]);
  });

  it("was put off for so long that it was given up", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.manner = { kind: "throttled", seconds: 10 * 3600 };
    for (let turn = 0; turn < 4; turn += 1) {
      await stage.importTurn(calendarId);
      expect(told(stage, "import.failed")).toHaveLength(turn < 3 ? 0 : 1);
      stage.world.clock.advance(11 * HOUR_MS);
    }
    expect(told(stage, "import.failed")).toMatchObject([{ calendarId, code: "deferred-too-long" }]);
  });
});

describe("an app hears that a hold", () => {
  it("was opened, once, and before it stands", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(6);
    source.events = sampleEvents(1);
    stage.disturb("changes.publish", crashBefore);
    const task = stage.turnTask(calendarId);
    await expect(stage.import(task)).rejects.toThrow("crash");
    expect(stage.world.calendars.holds.get(calendarId)).toBeUndefined();
    await stage.import(task);
    await stage.importTurn(calendarId);
    const hold = stage.world.calendars.holds.get(calendarId);
    expect(hold).toMatchObject({ confirmations: 1 });
    const facts = { calendarId, ownerId: "default", code: "removal-held", removedCount: 5, eventCount: 1 };
    expect(stage.world.told).toMatchObject([{ kind: "hold.opened", at: hold?.openedAt, holdId: hold?.holdId, ...facts }]);
  });
});

describe("an app hears that a letter", () => {
  it("was opened, also where the alert function dies before it has said so", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.manner = { kind: "failing", code: "source-gone" };
    await stage.importTurn(calendarId);
    stage.settle();
    stage.disturb("changes.publish", crashBefore);
    await expect(stage.recordAll()).rejects.toThrow("crash");
    stage.world.clock.advance(HOUR_MS);
    await stage.recordAll();
    expect(stage.world.told).toMatchObject([
      { kind: "letter.opened", letterId: `import-${calendarId}`, calendarId, code: "source-gone", count: 1 },
    ]);
  });

  it("grew: not again", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    source.manner = { kind: "failing", code: "source-not-found" };
    await stage.importTurn(calendarId);
    await stage.recordAll();
    stage.world.clock.advance(48 * HOUR_MS);
    await stage.importTurn(calendarId);
    await stage.recordAll();
    expect(stage.letter(`import-${calendarId}`).count).toBe(2);
    expect(told(stage, "letter.opened")).toHaveLength(1);
  });
});

describe("an app hears that a feed", () => {
  it("was published, once for each change of its bytes", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow(3);
    const { feedId } = await stage.feedOf(calendarId);
    source.events = sampleEvents(4);
    await stage.importTurn(calendarId);
    stage.settle();
    await stage.exportAll();
    const { publishedAt, bytes, revision, untold } = stage.build(feedId);
    const message = {
      version: 1,
      kind: "feed.published",
      at: publishedAt,
      ownerId: "default",
      feedId,
      revision,
      eventCount: 4,
      bytes,
    };
    expect(stage.world.told).toEqual([message]);
    expect(untold).toBeUndefined();
    // A build of equal bytes moves the revision and tells nobody.
    await stage.export({ version: 1, kind: "export", taskId: "again", feedId, reason: "mend" });
    expect(stage.build(feedId).revision).toBe(revision + 1);
    expect(stage.world.told).toEqual([message]);
  });

  it.each([
    ["feeds.flip", crashAfter],
    ["changes.publish", crashBefore],
    ["changes.publish", crashAfter],
    ["feeds.told", crashBefore],
  ] as const)("was published although its worker died at %s", async (method, crash) => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    const { feedId } = await stage.feedOf(calendarId);
    stage.world.feeds.builds.delete(feedId);
    const task = { version: 1, kind: "export", taskId: "x", feedId, calendarId, calendarVersion: 1, reason: "commit" } as const;
    stage.disturb(method, crash);
    await expect(stage.export(task)).rejects.toThrow("crash");
    expect(await stage.export(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(told(stage, "feed.published").at(-1)).toMatchObject({ feedId, revision: 1 });
    expect(stage.build(feedId).untold).toBeUndefined();
    stage.settle();
    await stage.export(task);
    expect({ calls: stage.calls, told: stage.world.told }).toEqual({ calls: ["feeds.build"], told: [] });
  });

  it("was published: not where it was removed meanwhile", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    const { feedId } = await stage.feedOf(calendarId);
    const { feed } = (await stage.world.feeds.load(feedId)) ?? {};
    if (feed !== undefined) await stage.world.feeds.putFeed({ ...feed, state: "removed" });
    stage.world.feeds.builds.set(feedId, { ...stage.build(feedId), untold: 1 });
    await stage.export({ version: 1, kind: "export", taskId: "x", feedId, calendarId, calendarVersion: 1, reason: "commit" });
    expect(stage.world.told).toEqual([]);
  });

  it("was published, by the tick's mending where no message came back", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow(3);
    const { feedId } = await stage.feedOf(calendarId);
    stage.world.feeds.builds.set(feedId, { ...stage.build(feedId), untold: 1 });
    const mend = async (): Promise<unknown> => {
      const records = new MemorySweep(stage.world.calendars, stage.world.feeds, stage.world.letters);
      const { now } = stage.world.clock;
      const minutes = Array.from({ length: 1440 }, (_, minute) => minute);
      return await mendSegments(minutes, { ...stage.ports, records }, { now, deadline: new Date(now().getTime() + HOUR_MS) });
    };
    expect(await mend()).toEqual({});
    stage.world.clock.advance(HOUR_MS / 3);
    expect(await mend()).toEqual({ "export-feed": 1 });
    await stage.exportAll();
    expect(told(stage, "feed.published")).toMatchObject([{ feedId, revision: 1 }]);
    expect(await mend()).toEqual({});
  });
});

it("a message never tells a source's address", async () => {
  const stage = new Stage();
  const { calendarId, source } = await stage.grow(6);
  await stage.feedOf(calendarId);
  source.events = sampleEvents(1);
  await stage.importTurn(calendarId);
  source.manner = { kind: "failing", code: "source-gone" };
  await stage.importTurn(calendarId);
  await stage.recordAll();
  const kinds = stage.world.told.map(({ kind }) => kind);
  expect(kinds).toEqual(["hold.opened", "import.failed", "letter.opened"]);
  for (const message of stage.world.told) {
    expect(LifeMessage.parse(message)).toEqual(message);
    expect(JSON.stringify(message)).not.toMatch(/https?:|calendar\.ics|host1/u);
  }
});
