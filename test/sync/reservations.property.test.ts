import fc from "fast-check";
import { expect, test } from "vitest";

import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { mendReservation } from "../../lib/sync/mend-reservation.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { crashAfter, crashBefore, sentTwice, Stage } from "./stage.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Act =
  | { readonly kind: "move"; readonly minutes: number }
  | { readonly kind: "cancel" | "call" | "call-twice" | "mend" }
  | { readonly kind: "wait"; readonly minutes: number };

const minutes = fc.integer({ min: 2, max: 2 * 24 * 60 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("move" as const), minutes }),
  fc.record({ kind: fc.constant("wait" as const), minutes }),
  fc.record({ kind: fc.constantFrom("cancel" as const, "call" as const, "call-twice" as const, "mend" as const) }),
);
const disturbance = fc.option(
  fc.tuple(
    fc.constantFrom(
      "ownersReservations.change",
      "ownersReservations.put",
      "reservationSchedules.make",
      "reservationSchedules.drop",
      "calendars.putRun",
      "urgent.sendUrgent",
    ),
    fc.constantFrom(crashBefore, crashAfter, sentTwice),
  ),
  { nil: undefined },
);

/** What people and machines do to reservations; what crashes or is refused is left as it is. */
async function perform(stage: Stage, one: Act): Promise<void> {
  const { ports, world } = stage;
  const now = world.clock.now();
  const [stored] = world.ownersReservations.stored.values();
  const id = stored?.reservationId ?? "none";
  switch (one.kind) {
    case "move":
      return void (await moveReservation(id, new Date(now.getTime() + one.minutes * MINUTE_MS).toISOString(), ports, now));
    case "cancel":
      return void (await cancelReservation(id, ports, now));
    case "wait":
      return world.clock.minutes(one.minutes);
    case "mend":
      return void (stored === undefined ? undefined : await mendReservation(stored, ports, now));
    case "call":
    case "call-twice":
      // Scheduler calls again where a call was not taken.
      for (const call of world.reservationSchedules.takeDue(now.getTime())) {
        await takeCall(call, ports, now).catch(async () => await takeCall(call, ports, now));
        if (one.kind === "call-twice") await takeCall(call, ports, now);
      }
  }
}

async function attempt(stage: Stage, one: Act): Promise<void> {
  await perform(stage, one).catch((error: unknown) => {
    const isExpected = error instanceof Refusal || (error instanceof Error && error.message === "crash");
    if (!isExpected) throw error;
  });
}

function sentTasks(stage: Stage): string[] {
  return [...stage.world.urgent.messages.values()].map(({ body }) => String(JSON.parse(body).taskId));
}

test("whatever is done to a reservation and whatever crashes, in the end it is cancelled and was never sent, or sent as one task at its time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(act, disturbance), { maxLength: 12 }), disturbance, async (acts, first) => {
      const stage = new Stage();
      const { calendarId } = await stage.grow();
      stage.world.urgent.messages.clear();
      if (first !== undefined) stage.disturb(first[0], first[1]);
      const at = new Date(stage.world.clock.nowMs + 90 * MINUTE_MS).toISOString();
      await makeReservation({ kind: "sync", calendarId, at }, stage.ports, stage.context()).catch(() => undefined);
      for (const [one, disturbed] of acts) {
        if (disturbed !== undefined) stage.disturb(disturbed[0], disturbed[1]);
        await attempt(stage, one);
      }
      await settle(stage);
      const [stored] = stage.world.ownersReservations.stored.values();
      const tasks = new Set(sentTasks(stage));
      expect([...tasks]).toEqual(stored?.state === "sent" ? [`${stored.at}~${stored.reservationId}`] : []);
      expect(["sent", "cancelled", undefined]).toContain(stored?.state);
      expect(stored?.state === "sent" ? stored.sent : "sent").toBe("sent");
      expect(isEarly(stored, stage)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

/** Three days with calls each quarter of an hour and a look each hour; each disturbance that is still due strikes on the way. */
async function settle(stage: Stage): Promise<void> {
  for (let quarter = 0; quarter < 3 * 96; quarter += 1) {
    stage.world.clock.minutes(15);
    await attempt(stage, { kind: "call" });
    if (quarter % 4 === 0) await attempt(stage, { kind: "mend" });
  }
  stage.world.clock.advance(DAY_MS);
  await attempt(stage, { kind: "mend" });
  stage.world.clock.minutes(2);
  await attempt(stage, { kind: "call" });
}

function isEarly(stored: OwnersReservation | undefined, { world }: Stage): boolean {
  if (stored?.state !== "sent") return false;
  return [...world.urgent.messages.values()].some(
    ({ body }) => Date.parse(String(JSON.parse(body).startAt)) < Date.parse(stored.at),
  );
}
