import fc from "fast-check";
import { expect, test } from "vitest";

import { LargeRoom } from "../../lib/lambda/large-room.ts";

/** How one task of a batch goes: small ones never ask for room. */
const TASKS = ["small", "large", "large, asks twice", "large, fails in the room", "fails before it asks"] as const;

async function play(tasks: readonly (typeof TASKS)[number][], scheduler: fc.Scheduler): Promise<{ most: number; ended: number }> {
  const room = new LargeRoom();
  let [inside, most, ended] = [0, 0, 0];
  const running = tasks.map(async (task) => {
    const held = room.hold(async (makeRoom) => {
      await scheduler.schedule(Promise.resolve());
      if (task === "small") return;
      if (task === "fails before it asks") throw new Error(task);
      await makeRoom();
      if (task === "large, asks twice") await makeRoom();
      inside += 1;
      most = Math.max(most, inside);
      await scheduler.schedule(Promise.resolve());
      inside -= 1;
      if (task === "large, fails in the room") throw new Error(task);
    });
    await held.catch(() => undefined);
    ended += 1;
  });
  await scheduler.waitFor(Promise.all(running));
  return { most, ended };
}

test("one large body at a time, every task ends, whatever happens in the room", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...TASKS), { maxLength: 10 }), fc.scheduler(), async (tasks, scheduler) => {
      const { most, ended } = await play(tasks, scheduler);
      const isLarge = (task: string): boolean => task.startsWith("large");
      expect(most).toBe(tasks.some(isLarge) ? 1 : 0);
      expect(ended).toBe(tasks.length);
    }),
    { numRuns: 200 },
  );
});

test("who ends while it waits lets the next one in", async () => {
  const room = new LargeRoom();
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = room.hold(async (makeRoom) => {
    await makeRoom();
    await gone;
    order.push("first");
  });
  const aborted = room.hold(async (makeRoom) => {
    void makeRoom();
    await Promise.resolve();
    order.push("aborted");
  });
  const last = room.hold(async (makeRoom) => {
    await makeRoom();
    order.push("last");
  });
  await aborted;
  go();
  await Promise.all([first, last]);
  expect(order).toEqual(["aborted", "first", "last"]);
});
