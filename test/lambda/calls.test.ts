import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FanOutEvent } from "../../lib/contract/task.ts";
import { BatchLog } from "../../lib/lambda/log.ts";

const lines: string[] = [];

beforeEach(() => {
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  for (const method of ["info", "log"] as const) {
    vi.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  lines.length = 0;
});

test.each([
  [
    { calendarId: "c", taskId: "2026-05-06T01:00:00.000Z~a", reason: "sync-now" },
    { calendarId: "c", taskId: "2026-05-06T01:00:00.000Z~a" },
  ],
  [
    { calendarId: "c", ownerId: "ann", reason: "cron", dueAt: "2026-05-06T04:00:00Z" },
    { calendarId: "c", taskId: "c@29634000" },
  ],
  [{ reservationId: "r", revision: 1 }, { reservationId: "r" }],
  [{ repeatId: "p", ownerId: "ann", dueAt: "2026-05-06T04:00:00Z" }, { repeatId: "p" }],
])("a call has a line with what its task is followed by: %o", (event, ids) => {
  const call = FanOutEvent.parse(event);
  if ("tick" in call) throw new Error("this is the tick");
  new BatchLog({ service: "test", stage: "test", level: "INFO" }).called(call, "sent");
  const read = lines.map((line): unknown => JSON.parse(line));
  expect(read).toContainEqual(expect.objectContaining({ level: "INFO", message: "call ended", status: "sent", ...ids }));
  expect(read).toContainEqual(expect.objectContaining({ sent: 1, stage: "test", service: "test" }));
});
