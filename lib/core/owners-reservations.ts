/** Reservations that owners make: when they may be, who may still change them, and what their owners see. */
import type { OwnersReservation, ReservationDraft, ReservationTarget, ReservationView } from "../contract/owners-reservation.ts";
import type { Letter } from "../contract/letter.ts";
import type { Run } from "../contract/run.ts";
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";
import { isWaiting, oneOffTaskId } from "./runs.ts";
import { SOONEST_CALL_MS } from "./schedule-times.ts";

const LATEST_DAYS = 366;
/** A call that is so late was lost; and one that is about to come needs nobody. */
const LOST_MS = 15 * 60_000;
/** A day and some more. */
const NEXT_LOOK_MS = 25 * 3_600_000;

export function targetOf(draft: ReservationDraft): ReservationTarget {
  return draft.kind === "sync" ? { kind: "sync", calendarId: draft.calendarId } : { kind: "export", feedId: draft.feedId };
}

/** The instant as it is kept: UTC, whole seconds. Throws `reservation-time-invalid`. */
export function reservedInstant(at: string, now: Date): string {
  const atMs = Math.ceil(Date.parse(at) / 1000) * 1000;
  const latestMs = now.getTime() + LATEST_DAYS * 86_400_000;
  if (atMs < now.getTime() + SOONEST_CALL_MS) throw timeRefusal(at, "past, or less than a minute away");
  if (atMs > latestMs) throw timeRefusal(at, "over a year away");
  return new Date(atMs).toISOString();
}

function timeRefusal(at: string, seen: string): Refusal {
  const wanted = `an instant within the next ${LATEST_DAYS} days, a minute away at least`;
  const what = `the reservation is for ${shown(at)}, which is ${seen}; wanted ${wanted}`;
  return new Refusal("reservation-time-invalid", what, "give another instant, or sync now", {
    details: { seen: shown(at), wanted },
  });
}

export function unknownReservation(reservationId: string): Refusal {
  const what = `no reservation ${shown(reservationId)}, wanted the id of a stored one`;
  return new Refusal("reservation-unknown", what, "list them with: calferry reservation list");
}

/** It was sent, cancelled or moved by somebody else first. */
export function closedReservation({ reservationId, state }: Pick<OwnersReservation, "reservationId" | "state">): Refusal {
  const seen = state === "waiting" ? "moved just now" : state;
  const what = `reservation ${shown(reservationId)} was ${seen} already, wanted one that waits`;
  return new Refusal("reservation-closed", what, `look at it with: calferry reservation show ${reservationId}`);
}

/** `<ownerId>.<id>.<revision>`, 64 characters at most. */
export function reservationScheduleName({ ownerId, reservationId, revision }: OwnersReservation): string {
  return `${ownerId}.${reservationId}.${revision}`;
}

/** Begins with the instant it is for, so that its run sorts by time. */
export function reservedTaskId({ at, reservationId }: OwnersReservation): string {
  return oneOffTaskId(at, reservationId);
}

/** The reservation of a task that one sent. */
export function reservationIdOf(taskId: string): string {
  return taskId.slice(taskId.indexOf("~") + 1);
}

/**
 * Whether its schedule may be missing: it was not made, its call was lost, or whoever was called died before it sent anything. Looked at
 * once a day, so that one for a later day than tomorrow has another look.
 */
export function mayLackSchedule({ state, sent, at, createdAt }: OwnersReservation, now: Date): boolean {
  const isOpen = state === "waiting" || (state === "sent" && sent === undefined);
  const leftMs = Date.parse(at) - now.getTime();
  const isSettled = now.getTime() - Date.parse(createdAt) > LOST_MS;
  return isOpen && isSettled && leftMs < NEXT_LOOK_MS && Math.abs(leftMs) > LOST_MS;
}

/** What became of one that was sent: a sync's run, the letter of a feed's exports. */
export type ReservationTraces = { readonly run?: Run | undefined; readonly letter?: Letter | undefined };

export function reservationView(reservation: OwnersReservation, { run, letter }: ReservationTraces = {}): ReservationView {
  const { reservationId, ownerId, target, at, createdAt, settledAt, taskId } = reservation;
  const outcome = outcomeOf(reservation, run) ?? (isGivenUp(reservation, letter) ? "failed" : undefined);
  return {
    reservationId,
    ownerId,
    ...target,
    at,
    state: reservation.state === "sent" && outcome !== undefined ? "done" : reservation.state,
    createdAt,
    settledAt,
    outcome,
    runId: target.kind === "sync" ? taskId : undefined,
  };
}

/** The letter of a feed tells of its last task that gave up: of this one's, where that was after it was sent. */
function isGivenUp({ target, settledAt = "" }: OwnersReservation, letter: Letter | undefined): boolean {
  return target.kind === "export" && letter !== undefined && settledAt !== "" && letter.lastAt >= settledAt;
}

function outcomeOf({ sent, ended }: OwnersReservation, run: Run | undefined): string | undefined {
  if (sent === "paused" || sent === "gone") return sent;
  if (ended !== undefined) return ended.status;
  return run === undefined || isWaiting(run) ? undefined : run.status;
}
