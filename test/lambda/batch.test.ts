import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { deadlineSignal, runBatch } from "../../lib/lambda/batch.ts";
import type { BatchPorts, Settled } from "../../lib/lambda/batch.ts";
import { recordOf } from "./records.ts";

/** All that can happen to one message. */
const OUTCOMES = ["finished", "again", "throws", "throws and fails", "never ends"] as const;
type Outcome = (typeof OUTCOMES)[number];

async function play(
  outcomes: readonly Outcome[],
  concurrency: number,
  postponing: "works" | "fails",
): Promise<{
  readonly returned: readonly string[];
  readonly postponed: ReadonlyMap<string, number>;
  readonly handled: readonly string[];
  readonly most: number;
  readonly reported: number;
}> {
  const deadline = new AbortController();
  const postponed = new Map<string, number>();
  const handled: string[] = [];
  let [running, most, reported, waiting] = [0, 0, 0, 0];
  const endless = Math.min(concurrency, outcomes.filter((outcome) => outcome === "never ends").length);
  const ports: BatchPorts = {
    handle: async (record) => {
      handled.push(record.messageId);
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      const outcome = outcomes[Number(record.messageId)] ?? "finished";
      if (outcome === "never ends") {
        waiting += 1;
        // The deadline comes when nothing else can go on.
        if (waiting === endless) setImmediate(() => deadline.abort());
        return await new Promise<Settled>(() => undefined);
      }
      running -= 1;
      if (outcome === "finished") return { kind: "finished" };
      if (outcome === "again") return { kind: "again", delaySeconds: 0 };
      throw new Error(outcome);
    },
    failed: async (_record, error) => {
      if (String(error).includes("fails")) throw error;
      return { kind: "again", delaySeconds: 7 };
    },
    report: () => {
      reported += 1;
    },
    postpone: async ({ messageId }, delaySeconds) => {
      if (postponing === "fails") throw new Error("SQS is down");
      postponed.set(messageId, delaySeconds);
    },
  };
  const records = outcomes.map((_outcome, index) => recordOf(String(index)));
  const response = await runBatch(records, { concurrency, signal: deadline.signal }, ports);
  return { returned: response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), postponed, handled, most, reported };
}

describe("a batch", () => {
  test("names exactly what did not finish, whatever happens to its messages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("works" as const, "fails" as const),
        async (outcomes, concurrency, postponing) => {
          const played = await play(outcomes, concurrency, postponing);
          const finished = new Set(played.handled.filter((id) => outcomes[Number(id)] === "finished"));
          const expected = outcomes.map((_outcome, index) => String(index)).filter((id) => !finished.has(id));
          expect([...played.returned].toSorted()).toEqual(expected.toSorted());
          expect(new Set(played.handled).size).toBe(played.handled.length);
          expect(played.most).toBeLessThanOrEqual(concurrency);
          expect([...played.postponed.keys()].toSorted()).toEqual(postponing === "works" ? expected.toSorted() : []);
          for (const seconds of played.postponed.values()) expect(seconds).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a message that nobody could take before the deadline is not begun", async () => {
    const { handled, returned } = await play(["never ends", "finished", "finished"], 1, "works");
    expect(handled).toEqual(["0"]);
    expect(returned).toEqual(["0", "1", "2"]);
  });

  test("a message whose failure cannot be dealt with is reported and comes back", async () => {
    const { reported, returned } = await play(["throws and fails"], 1, "works");
    expect([reported, returned]).toEqual([1, ["0"]]);
  });

  test("a batch without time left begins nothing", async () => {
    const signal = deadlineSignal(0);
    await expect.poll(() => signal.aborted).toBe(true);
  });
});
