import { describe, expect, it } from "vitest";

import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { reservationView } from "../../lib/core/owners-reservations.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { listComingTurns } from "../../lib/sync/list-coming-turns.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { mendReservation } from "../../lib/sync/mend-reservation.ts";
import { mendSegments, SEGMENT_COUNT } from "../../lib/sync/mend-segments.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { pauseCalendar } from "../../lib/sync/pause-calendar.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { crashAfter, crashBefore, sentTwice, Stage } from "./stage.ts";

const HOUR_MS = 3_600_000;

function at(stage: Stage, fromNowMs: number): string {
  return new Date(stage.world.clock.nowMs + fromNowMs).toISOString();
}

/** A sync of a fresh calendar in an hour. */
async function reserved(stage: Stage): Promise<OwnersReservation & { readonly calendarId: string }> {
  const { calendarId } = await stage.grow();
  const draft = { kind: "sync", calendarId, at: at(stage, HOUR_MS) } as const;
  return { ...(await makeReservation(draft, stage.ports, stage.context())), calendarId };
}

async function callDue(stage: Stage): Promise<string[]> {
  const ends: string[] = [];
  for (const call of stage.world.reservationSchedules.takeDue(stage.world.clock.nowMs)) {
    ends.push(await takeCall(call, stage.ports, stage.world.clock.now()));
  }
  return ends;
}

async function viewOf(stage: Stage, { reservationId }: OwnersReservation): Promise<ReturnType<typeof reservationView>> {
  const reservation = await stage.world.ownersReservations.load(reservationId);
  if (reservation === undefined) throw new Error("the reservation is gone");
  const { target, taskId = "" } = reservation;
  if (target.kind === "export")
    return reservationView(reservation, { letter: stage.world.letters.stored.get(`export-${target.feedId}`) });
  return reservationView(reservation, { run: stage.world.calendars.runs.get(`${target.calendarId} ${taskId}`) });
}

describe("a reservation", () => {
  it("that waits is among the coming turns, however many of its owner's are over", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    const { stored } = stage.world.ownersReservations;
    for (let over = 0; over < 450; over += 1)
      stored.set(`over${over}`, { ...made, reservationId: `over${over}`, at: at(stage, -over * HOUR_MS), state: "sent" });
    const { turns } = await listComingTurns(made.calendarId, { count: 100 }, stage.ports, stage.world.clock.now());
    expect(turns.filter(({ why }) => why.includes(`reservation ${made.reservationId}`)).map((turn) => turn.at)).toEqual([
      made.at,
    ]);
  });

  it("waits, is sent at its time, and is done with a run to look at", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    expect(await viewOf(stage, made)).toMatchObject({ state: "waiting", kind: "sync", calendarId: made.calendarId });
    expect(await callDue(stage)).toEqual([]);
    stage.world.clock.advance(HOUR_MS + 1000);
    expect(await callDue(stage)).toEqual(["sent"]);
    expect(await viewOf(stage, made)).toMatchObject({ state: "sent" });
    expect(await stage.workUrgent()).toEqual(["unchanged"]);
    const { state, outcome, runId = "" } = await viewOf(stage, made);
    expect([state, outcome]).toEqual(["done", "unchanged"]);
    expect(stage.world.calendars.runs.get(`${made.calendarId} ${runId}`)).toMatchObject({
      reason: "reservation",
      status: "unchanged",
    });
  });

  it("of a feed builds it, and says how that ended", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    const made = await makeReservation({ kind: "export", feedId, at: at(stage, HOUR_MS) }, stage.ports, stage.context());
    stage.world.clock.advance(HOUR_MS + 1000);
    expect(await callDue(stage)).toEqual(["sent"]);
    expect((await stage.exportAll()).map((end) => end.kind === "done" && end.status)).toEqual(["unchanged"]);
    expect(await viewOf(stage, made)).toMatchObject({ state: "done", outcome: "unchanged", feedId });
  });

  it("of a feed that is built before its call has ended says how that ended", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    const made = await makeReservation({ kind: "export", feedId, at: at(stage, HOUR_MS) }, stage.ports, stage.context());
    stage.world.clock.advance(HOUR_MS + 1000);
    stage.before("ownersReservations.settle", async () => await stage.exportAll());
    expect(await callDue(stage)).toEqual(["sent"]);
    expect(await viewOf(stage, made)).toMatchObject({ state: "done", outcome: "unchanged" });
  });

  it("whose task is given up because something of ours is down has failed", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    stage.world.clock.advance(HOUR_MS + 1000);
    await callDue(stage);
    const [{ messageId, body } = { messageId: "", body: "" }] = stage.world.urgent.messages.values();
    stage.world.urgent.acknowledge(messageId);
    const why = { code: "aws-unavailable", reason: "DynamoDB did not answer, wanted a result", attempts: 10 };
    stage.world.urgentDeadLetters.send(body, 0, why);
    expect(await viewOf(stage, made)).toMatchObject({ state: "sent" });
    await stage.recordAll(stage.world.urgentDeadLetters);
    expect(await viewOf(stage, made)).toMatchObject({ state: "done", outcome: "failed" });
  });

  it("of a feed that cannot be built has failed", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const { feedId } = await stage.feedOf(calendarId);
    const made = await makeReservation({ kind: "export", feedId, at: at(stage, HOUR_MS) }, stage.ports, stage.context());
    stage.world.clock.advance(HOUR_MS + 1000);
    expect(await callDue(stage)).toEqual(["sent"]);
    const failure = { code: "feed-too-large", reason: "too large" } as const;
    for (const { messageId, body } of stage.world.exports.messages.values()) {
      stage.world.exports.acknowledge(messageId);
      stage.world.exportDeadLetters.send(body, 0, { ...failure, attempts: 5 });
    }
    stage.world.clock.advance(1000);
    expect(await viewOf(stage, made)).toMatchObject({ state: "sent" });
    await stage.recordAll(stage.world.exportDeadLetters);
    expect(await viewOf(stage, made)).toMatchObject({ state: "done", outcome: "failed" });
  });

  it("that was moved fires at the new time alone", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    // The old schedule outlives the move.
    stage.disturb("reservationSchedules.drop", async () => await Promise.resolve());
    await moveReservation(made.reservationId, at(stage, 3 * HOUR_MS), stage.ports, stage.world.clock.now());
    stage.world.clock.advance(2 * HOUR_MS);
    expect(await callDue(stage)).toEqual(["closed"]);
    expect(stage.world.urgent.messages.size).toBe(0);
    stage.world.clock.advance(2 * HOUR_MS);
    expect(await callDue(stage)).toEqual(["sent"]);
  });

  it("that was cancelled never fires, and cancelled twice it stays so", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    for (let times = 0; times < 2; times += 1) {
      const cancelled = await cancelReservation(made.reservationId, stage.ports, stage.world.clock.now());
      expect(cancelled.state).toBe("cancelled");
    }
    expect(stage.world.reservationSchedules.standing.size).toBe(0);
    expect(await takeCall({ reservationId: made.reservationId, revision: 1 }, stage.ports, stage.world.clock.now())).toBe(
      "closed",
    );
    await expect(moveReservation(made.reservationId, at(stage, HOUR_MS), stage.ports, stage.world.clock.now())).rejects.toThrow(
      "cancelled already",
    );
  });

  it("whose change is sent twice is moved and cancelled as if it had been sent once", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    const later = at(stage, 3 * HOUR_MS);
    stage.disturb("ownersReservations.change", sentTwice);
    expect(await moveReservation(made.reservationId, later, stage.ports, stage.world.clock.now())).toMatchObject({ at: later });
    expect([...stage.world.reservationSchedules.standing.values()]).toMatchObject([{ call: { revision: 2 } }]);
    stage.disturb("ownersReservations.change", sentTwice);
    const cancelled = await cancelReservation(made.reservationId, stage.ports, stage.world.clock.now());
    expect(cancelled.state).toBe("cancelled");
    expect(stage.world.reservationSchedules.standing.size).toBe(0);
  });

  it("that is cancelled while it fires is either sent or cancelled, never both", async () => {
    const fired = new Stage();
    const first = await reserved(fired);
    fired.world.clock.advance(HOUR_MS + 1000);
    fired.before("ownersReservations.change", async () => await callDue(fired));
    await expect(cancelReservation(first.reservationId, fired.ports, fired.world.clock.now())).rejects.toMatchObject({
      code: "reservation-closed",
    });
    expect(fired.world.urgent.messages.size).toBe(1);

    const cancelled = new Stage();
    const second = await reserved(cancelled);
    cancelled.world.clock.advance(HOUR_MS + 1000);
    cancelled.before("ownersReservations.change", async () => {
      await cancelReservation(second.reservationId, cancelled.ports, cancelled.world.clock.now());
    });
    expect(await callDue(cancelled)).toEqual(["closed"]);
    expect(cancelled.world.urgent.messages.size).toBe(0);
    expect(await viewOf(cancelled, second)).toMatchObject({ state: "cancelled" });
  });

  it("whose call comes twice sends one task, and one whose caller died is sent by the next call", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    const call = { reservationId: made.reservationId, revision: 1 };
    stage.disturb("urgent.sendUrgent", crashBefore);
    await expect(takeCall(call, stage.ports, stage.world.clock.now())).rejects.toThrow("crash");
    expect(await takeCall(call, stage.ports, stage.world.clock.now())).toBe("sent");
    expect(await takeCall(call, stage.ports, stage.world.clock.now())).toBe("closed");
    expect(stage.world.urgent.messages.size).toBe(1);
  });

  it("that was claimed twice at once sends the same task twice, which is one run", async () => {
    const stage = new Stage();
    const made = await reserved(stage);
    stage.disturb("ownersReservations.change", sentTwice);
    expect(await takeCall({ reservationId: made.reservationId, revision: 1 }, stage.ports, stage.world.clock.now())).toBe("sent");
    expect(await viewOf(stage, made)).toMatchObject({ runId: `${made.at}~${made.reservationId}` });
  });

  it("whose schedule was never made has one after the daily look, and fires late rather than never", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.disturb("ownersReservations.put", crashAfter);
    const draft = { kind: "sync", calendarId, at: at(stage, HOUR_MS) } as const;
    await expect(makeReservation(draft, stage.ports, stage.context())).rejects.toThrow("crash");
    const [found] = stage.world.ownersReservations.stored.values();
    if (found === undefined) throw new Error("no record was written");
    expect(await mendReservation(found, stage.ports, stage.world.clock.now())).toEqual([]);
    stage.world.clock.advance(5 * HOUR_MS);
    expect(await mendReservation(found, stage.ports, stage.world.clock.now())).toEqual(["make-schedule"]);
    stage.world.clock.advance(61_000);
    expect(await callDue(stage)).toEqual(["sent"]);
    stage.world.clock.advance(5 * HOUR_MS);
    expect(await mendReservation(found, stage.ports, stage.world.clock.now())).toEqual([]);
  });

  it("is found by the tick's look over the table", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    stage.disturb("reservationSchedules.make", crashBefore);
    const draft = { kind: "sync", calendarId, at: at(stage, 20 * HOUR_MS) } as const;
    await expect(makeReservation(draft, stage.ports, stage.context())).rejects.toThrow("crash");
    stage.world.clock.advance(HOUR_MS);
    const { calendars, feeds, letters, ownersReservations, clock } = stage.world;
    const records = new MemorySweep(calendars, feeds, letters, ownersReservations);
    const deadline = new Date(clock.nowMs + 1);
    const minutes = Array.from({ length: SEGMENT_COUNT }, (_, minute) => minute);
    const mends = await mendSegments(minutes, { ...stage.ports, records }, { now: clock.now, deadline });
    expect(mends).toEqual({ "make-schedule": 1 });
    clock.advance(19 * HOUR_MS);
    expect(await callDue(stage)).toEqual(["sent"]);
  });

  it("of a calendar that is paused or removed then does nothing and says so", async () => {
    const stage = new Stage();
    const [paused, gone] = [await reserved(stage), await reserved(stage)];
    await pauseCalendar(paused.calendarId, "calendar", stage.ports);
    await removeCalendar(gone.calendarId, stage.ports, stage.world.newId);
    stage.world.clock.advance(2 * HOUR_MS);
    expect((await callDue(stage)).toSorted()).toEqual(["gone", "paused"]);
    expect(stage.world.urgent.messages.size).toBe(0);
    expect(await viewOf(stage, paused)).toMatchObject({ state: "done", outcome: "paused" });
    expect(await viewOf(stage, gone)).toMatchObject({ state: "done", outcome: "gone" });
  });

  it.each([
    ["past", -HOUR_MS],
    ["within the minute", 30_000],
    ["over a year away", 367 * 24 * HOUR_MS],
  ])("for an instant that is %s is refused", async (_what, fromNowMs) => {
    const stage = new Stage();
    const { calendarId } = await stage.grow();
    const draft = { kind: "sync", calendarId, at: at(stage, fromNowMs) } as const;
    await expect(makeReservation(draft, stage.ports, stage.context())).rejects.toMatchObject({
      code: "reservation-time-invalid",
    });
    expect(stage.world.ownersReservations.stored.size).toBe(0);
  });
});
