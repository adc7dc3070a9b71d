import { describe, expect, it } from "vitest";

import type { Run } from "../../lib/contract/run.ts";
import type { ExportTask, ImportTask } from "../../lib/contract/task.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import type { RedriveReport } from "../../lib/sync/redrive-letters.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { crashAfter, crashBefore, Stage } from "./stage.ts";

const COURSE = { isCancelled: () => false, passed: async (): Promise<void> => undefined };

/** A calendar that somebody asked to import, and the task that was sent for it. */
async function asked(stage: Stage): Promise<{ readonly run: Run; readonly task: ImportTask }> {
  const { calendarId } = await stage.grow();
  const run = await syncNow(calendarId, stage.ports, stage.context());
  const [{ messageId, body } = { messageId: "", body: "{}" }] = stage.world.urgent.messages.values();
  stage.world.urgent.acknowledge(messageId);
  const task: ImportTask = JSON.parse(body);
  return { run, task };
}

/** The shell gives the task up because something of ours did not answer. */
function giveUp(stage: Stage, task: ImportTask | ExportTask): void {
  const why = { code: "aws-unavailable", reason: "DynamoDB did not answer, wanted a result", attempts: 10 };
  stage.world.urgentDeadLetters.send(JSON.stringify(task), 0, why);
}

function runOf(stage: Stage, { calendarId, taskId }: ImportTask): Run | undefined {
  return stage.world.calendars.runs.get(`${calendarId} ${taskId}`);
}

/** Sends what lies there again, and gives the messages that were sent. */
async function redrive(stage: Stage): Promise<{ readonly report: RedriveReport; readonly sent: readonly unknown[] }> {
  const queue = stage.world.urgentDeadLetters;
  const lying = queue.visible().flatMap((messageId) => {
    const delivery = queue.receive(messageId);
    return delivery === undefined ? [] : [{ messageId, receiptHandle: messageId, body: delivery.body }];
  });
  const from = {
    name: "urgent dlq",
    lying: async function* () {
      yield* lying;
    },
    remove: async ({ messageId }: { readonly messageId: string }): Promise<void> => queue.acknowledge(messageId),
    putBack: async (): Promise<void> => undefined,
  };
  const to = {
    sendImports: stage.ports.urgent.sendImports.bind(stage.ports.urgent),
    sendExports: stage.ports.exports.sendExports.bind(stage.ports.exports),
    sendDownloads: stage.ports.downloads.sendDownloads.bind(stage.ports.downloads),
  };
  const context = { ...stage.context(), who: "operator", course: COURSE };
  const report = await redriveLetters([{ from, to }], stage.ports, context);
  const { urgent, exports } = stage.world;
  return {
    report,
    sent: [...urgent.messages.values(), ...exports.messages.values()].map(({ body }): unknown => JSON.parse(body)),
  };
}

describe("the run of a task that the shell gave up", () => {
  it("ends as failed, with the code and reason of its letter", async () => {
    const stage = new Stage();
    const { run, task } = await asked(stage);
    giveUp(stage, task);
    stage.world.clock.minutes(1);
    expect(await stage.recordAll(stage.world.urgentDeadLetters)).toEqual(["opened"]);
    const endedAt = stage.world.clock.now().toISOString();
    const why = { code: "aws-unavailable", detail: "DynamoDB did not answer, wanted a result" };
    expect(runOf(stage, task)).toEqual({ ...run, status: "failed", ...why, endedAt });
  });

  it("ends by a delivery that comes again, where the recorder died before", async () => {
    for (const crash of [crashBefore, crashAfter]) {
      const stage = new Stage();
      const { task } = await asked(stage);
      giveUp(stage, task);
      stage.disturb("runs.endWaiting", crash);
      await expect(stage.recordAll(stage.world.urgentDeadLetters)).rejects.toThrow("crash");
      stage.world.clock.minutes(10);
      expect(await stage.recordAll(stage.world.urgentDeadLetters)).toEqual(["doubled"]);
      expect(runOf(stage, task)).toMatchObject({ status: "failed", code: "aws-unavailable" });
    }
  });

  it("stays as it ended where another delivery of the task did its work", async () => {
    const stage = new Stage();
    const { task } = await asked(stage);
    giveUp(stage, task);
    stage.world.clock.minutes(1);
    await stage.import(task);
    const ended = runOf(stage, task);
    expect(ended?.status).toBe("unchanged");
    await stage.recordAll(stage.world.urgentDeadLetters);
    expect(runOf(stage, task)).toEqual(ended);
  });

  it("that was put off, and never came, ends as failed too", async () => {
    const stage = new Stage();
    const { calendarId, source } = await stage.grow();
    source.manner = { kind: "throttled", seconds: 3600 };
    const task = stage.askedTask(calendarId);
    await stage.import(task);
    expect(runOf(stage, task)?.status).toBe("deferred");
    const { taskId, reason } = task;
    stage.world.urgentDeadLetters.send(JSON.stringify({ calendarId, taskId, reason, bookings: 1 }));
    await stage.recordAll(stage.world.urgentDeadLetters);
    expect(runOf(stage, task)).toMatchObject({ status: "failed", code: "worker-crashed" });
  });

  it("is not there where nobody asked: a turn has none", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    giveUp(stage, stage.turnTask(calendarId));
    stage.settle();
    await stage.recordAll(stage.world.urgentDeadLetters);
    expect(stage.calls).not.toContain("runs.endWaiting");
  });
});

describe("a redrive before the letter was recorded", () => {
  it("sends what somebody asked for under its own id, so that its end reaches the run", async () => {
    const stage = new Stage();
    const { task } = await asked(stage);
    giveUp(stage, { ...task, bookings: 2 });
    stage.world.clock.minutes(1);
    const { report, sent } = await redrive(stage);
    expect(report).toMatchObject({ sent: 1 });
    const { taskId, calendarId } = task;
    expect(sent).toMatchObject([{ taskId, calendarId, reason: "sync-now", bookings: 2, replayOf: expect.any(String) }]);
    await stage.workUrgent();
    expect(runOf(stage, task)).toMatchObject({ status: "unchanged" });
  });

  it("sends a reserved export as its reservation's, and everything else as a replay", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const build = { version: 1, kind: "export", feedId: "f" } as const;
    giveUp(stage, { ...build, taskId: "2026-05-06T01:00:00.000Z~r1", reason: "reservation" });
    giveUp(stage, { ...build, taskId: "late", calendarId, calendarVersion: 1, reason: "commit" });
    const { sent } = await redrive(stage);
    const fresh = expect.stringMatching(/~id\d+$/u);
    expect(sent).toEqual([
      { ...build, taskId: "2026-05-06T01:00:00.000Z~r1", reason: "reservation", replayOf: "export-f" },
      { ...build, taskId: fresh, reason: "replay", replayOf: "export-f" },
    ]);
  });

  it("sends a turn as a replay of its calendar's letter, for its turn may be over", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    giveUp(stage, stage.turnTask(calendarId));
    const { sent } = await redrive(stage);
    const [task] = sent;
    expect(task).toMatchObject({ calendarId, reason: "replay", replayOf: `import-${calendarId}` });
    expect(task).not.toHaveProperty("turn");
  });
});
