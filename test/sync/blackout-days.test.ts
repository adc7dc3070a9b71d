import { beforeAll, describe, expect, test } from "vitest";

import type { Blackout } from "../../lib/contract/blackout.ts";
import { opensAtMs } from "../../lib/core/blackout.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import type { MemoryQueue } from "./memory-queue.ts";
import { Stage } from "./stage.ts";

const MINUTE_MS = 60_000;
const DAYS = 3;
/** Half the day is closed, in two windows of which one goes over midnight. */
const WINDOWS: Blackout = [
  { kind: "weekly", days: ["SU", "MO", "TU", "WE", "TH", "FR", "SA"], from: "20:00", to: "05:00", zone: "Europe/Berlin" },
  { kind: "weekly", days: ["MO", "TU", "WE", "TH", "FR"], from: "11:00", to: "14:00", zone: "Europe/Berlin" },
];
const SCHEDULES = [
  { intervalMinutes: 5 },
  { intervalMinutes: 60 },
  { intervalMinutes: 720 },
  { intervalMinutes: 1440 },
  { schedule: { kind: "cron", expression: "0 3 * * *", zone: "Europe/Berlin" } },
] as const;

/** Some days of one host, minute by minute; gives when each calendar was asked. */
async function playDays(): Promise<{ stage: Stage; asked: readonly (readonly number[])[] }> {
  const stage = new Stage();
  const { world } = stage;
  const planted = [];
  for (let copy = 0; copy < 4; copy += 1) for (const draft of SCHEDULES) planted.push(await stage.plant(1, draft));
  for (const { source } of planted) {
    const { host } = new URL(source.url);
    world.hosts.stored.set(host, { version: 1, host, blackout: WINDOWS });
  }
  const [first, , , , cron] = planted;
  if (first === undefined || cron === undefined) throw new Error("nothing was planted");
  const at = new Date(world.clock.nowMs + 24 * 60 * MINUTE_MS).toISOString();
  await makeReservation({ kind: "sync", calendarId: first.calendarId, at }, stage.ports, stage.context());
  for (let minute = 0; minute < DAYS * 1440; minute += 1) {
    world.clock.minutes(1);
    const deadline = new Date(world.clock.nowMs + 35_000);
    await runTick(stage.ports, { now: world.clock.now, deadline });
    for (const { calendarId } of planted.filter((_, index) => index % SCHEDULES.length === 4)) {
      const dueAt = world.clock.now().toISOString();
      const call = { calendarId, ownerId: "default", reason: "cron", dueAt } as const;
      if (dueAt.includes("T01:00:")) await takeCall(call, stage.ports, world.clock.now());
    }
    if (minute % 200 === 0) await syncNow(first.calendarId, stage.ports, stage.context());
    await callDue(stage);
    for (const queue of [world.imports, world.urgent]) await work(stage, queue);
  }
  return { stage, asked: planted.map(({ source }) => source.served.map(({ atMs }) => atMs)) };
}

async function callDue(stage: Stage): Promise<void> {
  const { reservations, reservationSchedules, clock } = stage.world;
  for (const name of reservations.due()) {
    const turn = reservations.call(name);
    if (turn !== undefined) await takeCall(turn, stage.ports, clock.now());
    reservations.taken(name);
  }
  for (const call of reservationSchedules.takeDue(clock.nowMs)) await takeCall(call, stage.ports, clock.now());
}

/** Works what is visible within the minute, each at its own instant. */
async function work(stage: Stage, queue: MemoryQueue): Promise<void> {
  const { clock } = stage.world;
  const endMs = clock.nowMs + MINUTE_MS - 1;
  const startMs = clock.nowMs;
  while (queue.nextVisibleAtMs() <= endMs) {
    clock.nowMs = Math.max(clock.nowMs, queue.nextVisibleAtMs());
    const delivery = queue.receive();
    if (delivery === undefined) break;
    await stage.import(JSON.parse(delivery.body));
    queue.acknowledge(delivery.messageId);
  }
  clock.nowMs = startMs;
}

describe("three days of hosts that are closed half of the time", () => {
  let played: Awaited<ReturnType<typeof playDays>>;
  beforeAll(async () => {
    played = await playDays();
  });

  test("no request falls into a window, whether of a tick, a cron time, a reservation or a person", () => {
    const closed = played.asked.flat().filter((atMs) => opensAtMs(WINDOWS, atMs) !== atMs);
    expect(closed.map((atMs) => new Date(atMs).toISOString())).toEqual([]);
  });

  test("every calendar is asked as often as the windows leave, a daily one on each day", () => {
    const counts = played.asked.map((times, index) => ({ kind: index % SCHEDULES.length, count: times.length }));
    const least = [300, 24, DAYS, DAYS - 1, DAYS - 1];
    expect(counts.filter(({ kind, count }) => count < (least[kind] ?? 0))).toEqual([]);
  });

  test("the reservation of the night is done in the morning, and nothing was counted against anybody", () => {
    const [reservation] = played.stage.world.ownersReservations.stored.values();
    expect(reservation).toMatchObject({ state: "sent", sent: "booked" });
    const { runs, checkpoints } = played.stage.world.calendars;
    expect([...runs.values()].find(({ taskId }) => taskId === reservation?.taskId)?.status).toBe("unchanged");
    expect(
      [...checkpoints.values()].filter(({ attempts, failures, deferrals }) => attempts + failures + (deferrals ?? 0) > 0),
    ).toEqual([]);
    expect(played.stage.world.importDeadLetters.messages.size).toBe(0);
  });
});
