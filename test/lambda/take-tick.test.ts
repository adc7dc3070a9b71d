import { describe, expect, test, vi } from "vitest";

import { takeTick } from "../../lib/lambda/take-tick.ts";
import type { TickSteps } from "../../lib/lambda/take-tick.ts";

const DONE = { outcome: "done", minutes: 3, sent: 2, waiting: 1, paceExceeded: { "h.example": 4 } };
const QUIET = { told: 0, untold: {} };

type Seen = { readonly steps: string[]; readonly minutes: number[]; readonly deadlines: number[] };

function stepsOf(seen: Seen, changed: Partial<TickSteps> = {}): TickSteps {
  const steps: TickSteps = {
    imports: async (deadline) => {
      seen.deadlines.push(deadline.getTime());
      return DONE;
    },
    excess: async () => undefined,
    alerts: async (deadline) => {
      seen.deadlines.push(deadline.getTime());
      return QUIET;
    },
    mending: async (minutes) => {
      seen.minutes.push(...minutes);
      return {};
    },
    alive: async () => undefined,
    ...changed,
  };
  return {
    imports: async (deadline) => (seen.steps.push("imports"), await steps.imports(deadline)),
    excess: async (exceeded) => (seen.steps.push("excess"), await steps.excess(exceeded)),
    alerts: async (deadline) => (seen.steps.push("alerts"), await steps.alerts(deadline)),
    mending: async (minutes, deadline) => (seen.steps.push("mending"), await steps.mending(minutes, deadline)),
    alive: async () => (seen.steps.push("alive"), await steps.alive()),
  };
}

/** What the tick logged and counted, and the error it ended with. */
async function ticked(
  changed: Partial<TickSteps> = {},
): Promise<Seen & { logged: string; counts: Map<string, number>; error: unknown }> {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  const log = {
    note: (message: string, facts: Readonly<Record<string, string | number>>) => void lines.push(message, JSON.stringify(facts)),
    fault: (error: unknown, ids: Readonly<Record<string, string>>) => void lines.push(String(error), JSON.stringify(ids)),
    count: (name: string, by = 1) => void counts.set(name, by),
    publish: (more: Readonly<Record<string, number>> = {}) => {
      for (const [name, by] of Object.entries(more)) counts.set(name, by);
    },
  };
  vi.useFakeTimers({ now: new Date("2026-05-06T01:00:10.000Z"), toFake: ["Date"] });
  const seen: Seen = { steps: [], minutes: [], deadlines: [] };
  const error = await takeTick(50_000, log, stepsOf(seen, changed)).catch((caught: unknown) => caught);
  vi.useRealTimers();
  return { ...seen, logged: lines.join("\n"), counts, error };
}

const fails = async (): Promise<never> => await Promise.reject(new Error("SQS answered 500"));

describe("a tick", () => {
  test("sends imports, tends alerts, mends the minutes it covered, and says that it is alive", async () => {
    const { steps, minutes, error } = await ticked();
    expect(error).toBeUndefined();
    expect(steps).toEqual(["imports", "excess", "alerts", "mending", "alive"]);
    const minute = Date.parse("2026-05-06T01:00:00.000Z") / 60_000;
    expect(minutes).toEqual([minute - 2, minute - 1, minute]);
  });

  test("leaves the alerts ten seconds of its time, and ends before its function", async () => {
    const endsAtMs = Date.parse("2026-05-06T01:01:00.000Z");
    expect((await ticked()).deadlines).toEqual([endsAtMs - 15_000, endsAtMs - 5000]);
  });

  test.each(["imports", "excess", "alerts", "mending"] as const)(
    "whose %s fail does the rest, says what failed, and is not alive",
    async (step) => {
      const { steps, error, logged } = await ticked({ [step]: fails });
      expect(steps).toEqual(["imports", "excess", "alerts", "mending"].filter((name) => step !== "imports" || name !== "excess"));
      expect(String(error)).toContain(`${step} failed, wanted every step of the tick done`);
      expect(logged).toContain("SQS answered 500");
    },
  );

  test.each(["out-of-time", "claimed-elsewhere"])("that ended %s does not say that it is alive", async (outcome) => {
    const { steps, error } = await ticked({ imports: async () => ({ ...DONE, outcome }) });
    expect(steps).not.toContain("alive");
    expect(error).toBeUndefined();
  });

  test("that nobody heard has done its work all the same, and logs why", async () => {
    const { logged, error } = await ticked({ alive: async () => "the dead-man switch at m.example answered 500" });
    expect(error).toBeUndefined();
    expect(logged).toContain("the dead-man switch at m.example answered 500");
  });

  test("counts what it sent, told and mended", async () => {
    const untold = { webhook: "down" };
    const { counts } = await ticked({ alerts: async () => ({ told: 2, untold }), mending: async () => ({ "enter-wheel": 3 }) });
    expect(Object.fromEntries(counts)).toEqual({
      done: 1,
      sent: 2,
      waiting: 1,
      "pace-exceeded": 4,
      "alerts-told": 2,
      "channels-down": 1,
      "mended-enter-wheel": 3,
    });
  });

  test("logs each channel that is down", async () => {
    const { logged } = await ticked({
      alerts: async () => ({ told: 1, untold: { webhook: "the webhook at w.example answered 404" } }),
    });
    expect(logged).toContain("the webhook at w.example answered 404");
  });
});
