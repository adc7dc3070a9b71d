import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { ExportTask } from "../../lib/contract/task.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import type { Failure } from "../../lib/core/failure.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { BatchLog } from "../../lib/lambda/log.ts";
import { readExportTask } from "../../lib/lambda/task-message.ts";
import { workTasks } from "../../lib/lambda/work-tasks.ts";
import type { Worker } from "../../lib/lambda/work-tasks.ts";
import { contextOf, recordOf } from "./records.ts";

const TASK: ExportTask = { version: 1, kind: "export", taskId: "t", feedId: "f", reason: "commit" };
const FAILURE: Failure = { code: "commit-lost", reason: "built by others, wanted one undisturbed build" };
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  for (const name of ["debug", "info", "warn", "error", "log"] as const) {
    vi.spyOn(console, name).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function work(
  run: (...received: Parameters<Worker<ExportTask>["run"]>) => Promise<TaskEnd>,
  { receives = 1, body = JSON.stringify(TASK), remainingMs = 60_000 } = {},
  giveUp?: () => Promise<void>,
): Promise<{
  readonly returned: number;
  readonly givenUp: readonly { readonly failure: Failure; readonly attempts: number }[];
  readonly postponed: readonly number[];
}> {
  const givenUp: { failure: Failure; attempts: number }[] = [];
  const postponed: number[] = [];
  const response = await workTasks({ Records: [recordOf("m", { body }, receives)] }, contextOf(remainingMs), {
    read: readExportTask,
    run,
    giveUp: giveUp ?? (async (_record, failure, attempts) => void givenUp.push({ failure, attempts })),
    postpone: async (_record, seconds) => void postponed.push(seconds),
    random: () => 0.5,
    receiveLimit: 5,
    concurrency: 2,
    log: new BatchLog({ service: "test", stage: "test", level: "INFO" }),
  });
  return { returned: response.batchItemFailures.length, givenUp, postponed };
}

describe("a worker", () => {
  test("acknowledges what is done, and says nothing of what cost nothing", async () => {
    expect(await work(async () => ({ kind: "done", status: "unchanged" }))).toEqual({ returned: 0, givenUp: [], postponed: [] });
    expect(lines.filter((line) => line.includes("task ended"))).toEqual([]);
  });

  test("brings a retry back after its delay, and gives it up at the last receive", async () => {
    const retry = async (): Promise<TaskEnd> => ({ kind: "retry", delaySeconds: 4, failure: FAILURE });
    expect(await work(retry, { receives: 4 })).toEqual({ returned: 1, givenUp: [], postponed: [4] });
    expect(await work(retry, { receives: 5 })).toEqual({
      returned: 0,
      givenUp: [{ failure: FAILURE, attempts: 5 }],
      postponed: [],
    });
  });

  test("gives a body that is no task of its own to the dead letters at once", async () => {
    for (const body of ["not json", "{}", JSON.stringify({ ...TASK, kind: "import" }), JSON.stringify({ ...TASK, version: 2 })]) {
      const { returned, givenUp } = await work(async () => ({ kind: "done", status: "gone" }), { body });
      expect(returned).toBe(0);
      expect(givenUp).toMatchObject([{ failure: { code: "message-invalid" } }]);
    }
  });

  test("backs off where a service is down and gives up with that code at the last receive", async () => {
    const down = async (): Promise<TaskEnd> => {
      throw new ServiceUnavailable("DynamoDB answered ThrottlingException, wanted a result");
    };
    expect(await work(down, { receives: 3 })).toEqual({ returned: 1, givenUp: [], postponed: [8] });
    expect((await work(down, { receives: 5 })).givenUp).toMatchObject([{ failure: { code: "aws-unavailable" }, attempts: 5 }]);
  });

  test("shows of an unforeseen error its name in the letter, its message in the log, and nothing else of it", async () => {
    const { givenUp } = await work(
      async () => {
        throw Object.assign(new TypeError("Invalid URL"), { input: "https://h/secret.ics" });
      },
      { receives: 5 },
    );
    expect(givenUp[0]?.failure).toMatchObject({ code: "worker-crashed", reason: expect.stringContaining("TypeError") });
    expect(lines.join("\n")).toContain("Invalid URL");
    expect(lines.join("\n")).not.toContain("secret");
  });

  test("names the task in the line of a fault, and the message alone where its body is none", async () => {
    const thrown = async (): Promise<TaskEnd> => await Promise.reject(new TypeError("odd"));
    await work(thrown);
    const faults = lines.filter((line) => line.includes('"fault"')).map((line): unknown => JSON.parse(line));
    expect(faults).toContainEqual(expect.objectContaining({ message: "fault", messageId: "m", taskId: "t" }));
    lines.length = 0;
    const down = async (): Promise<void> => await Promise.reject(new ServiceUnavailable("SQS did not answer, wanted a result"));
    await work(thrown, { body: "none" }, down);
    const unread = lines.filter((line) => line.includes('"fault"')).map((line): unknown => JSON.parse(line));
    expect(unread).toContainEqual(expect.objectContaining({ message: "fault", messageId: "m" }));
    expect(unread).not.toContainEqual(expect.objectContaining({ taskId: expect.anything() }));
  });

  test("near its deadline returns what is unfinished and blames nothing, not even at the last receive", async () => {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const aborted = async (...[, , signal]: Parameters<Worker<ExportTask>["run"]>): Promise<TaskEnd> => {
      await new Promise((done) => {
        signal.addEventListener("abort", done);
      });
      setImmediate(resolve);
      throw new TypeError("the fetch was aborted");
    };
    const worked = await work(aborted, { receives: 5, remainingMs: 5010 });
    await over;
    expect(worked).toEqual({ returned: 1, givenUp: [], postponed: [1] });
    expect(lines.filter((line) => line.includes("aborted"))).toEqual([]);
  });

  test("writes a line with ids, status, code and time, and one line of counts for the batch", async () => {
    await work(async () => ({ kind: "done", status: "failed", failure: FAILURE }));
    const read = lines.map((line): unknown => JSON.parse(line));
    expect(read).toContainEqual(
      expect.objectContaining({
        level: "WARN",
        taskId: "t",
        feedId: "f",
        status: "failed",
        code: "commit-lost",
        ms: expect.any(Number),
      }),
    );
    const metrics = read.filter((line) => typeof line === "object" && line !== null && "_aws" in line);
    expect(metrics).toEqual([expect.objectContaining({ failed: 1, stage: "test", service: "test" })]);
  });
});
