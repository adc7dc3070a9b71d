import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { BatchLog } from "../../lib/lambda/log.ts";
import { workDeliveries } from "../../lib/lambda/work-deliveries.ts";
import type { DeliveryDesk } from "../../lib/lambda/work-deliveries.ts";
import { contextOf, recordOf } from "./records.ts";

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.stubEnv("POWERTOOLS_DEV", "true");
  for (const name of ["debug", "info", "warn", "error", "log"] as const) {
    vi.spyOn(console, name).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function work(record: DeliveryDesk["record"], body: string): Promise<{ readonly postponed: readonly number[] }> {
  const postponed: number[] = [];
  await workDeliveries({ Records: [recordOf("m", { body })] }, contextOf(), {
    record,
    postpone: async (_record, seconds) => void postponed.push(seconds),
    log: new BatchLog({ service: "test", stage: "test", level: "INFO" }),
  });
  return { postponed };
}

function said(message: string): unknown[] {
  return lines.map((line): unknown => JSON.parse(line)).filter((line) => JSON.stringify(line).includes(`"message":"${message}"`));
}

test("a dead letter's line names the task; that of a call that never reached fan-out too", async () => {
  const task = { version: 1, kind: "export", taskId: "t", feedId: "f", reason: "commit" };
  await work(async () => await Promise.resolve("opened"), JSON.stringify(task));
  expect(said("dead letter")).toEqual([expect.objectContaining({ messageId: "m", taskId: "t", taken: "opened" })]);
  const call = { calendarId: "c", taskId: "own", reason: "sync-now", bookings: 1 };
  await work(async () => await Promise.resolve("opened"), JSON.stringify(call));
  expect(said("dead letter")[1]).toMatchObject({ taskId: "own" });
});

test("a delivery that cannot be recorded comes back, and its line names the task; of what nobody can read the message alone", async () => {
  const down = async (): Promise<string> =>
    await Promise.reject(new ServiceUnavailable("DynamoDB did not answer, wanted a result"));
  const task = { version: 1, kind: "download", taskId: "t", downloadId: "d", part: 0, reason: "requested" };
  expect(await work(down, JSON.stringify(task))).toEqual({ postponed: [30] });
  expect(said("fault")).toEqual([expect.objectContaining({ messageId: "m", taskId: "t" })]);
  lines.length = 0;
  await work(down, "no task");
  expect(said("fault")).toEqual([expect.not.objectContaining({ taskId: expect.anything() })]);
});
