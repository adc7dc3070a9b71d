/** One-time schedules in memory: a record first, then a schedule that calls fan-out once, until somebody takes the call. */
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { OwnTurn } from "../../lib/contract/task.ts";
import { ownTurnOf, scheduleName } from "../../lib/core/reservations.ts";
import type { Reservations } from "../../lib/sync/book-task.ts";
import type { Clock } from "./clock.ts";

type Standing = { readonly turn: OwnTurn; readonly dueAt: string; dueMs: number };

export class MemoryReservations implements Reservations {
  readonly records = new Map<string, Reservation>();
  /** By the name that Scheduler would know; one that was called is gone. */
  readonly schedules = new Map<string, Standing>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async book(reservation: Reservation): Promise<void> {
    this.records.set(reservation.taskId, structuredClone(reservation));
    const name = scheduleName(reservation);
    if (this.schedules.has(name)) return;
    const { dueAt } = reservation;
    const turn: OwnTurn = JSON.parse(JSON.stringify(ownTurnOf(reservation)));
    this.schedules.set(name, { turn, dueAt, dueMs: Date.parse(dueAt) });
  }

  async end(taskId: string, bookings: number): Promise<void> {
    if (this.records.get(taskId)?.bookings === bookings) this.records.delete(taskId);
  }

  /** Names of the schedules that are to call now. */
  due(): string[] {
    return [...this.schedules].filter(([, { dueMs }]) => dueMs <= this.clock.nowMs).map(([name]) => name);
  }

  nextDueMs(): number {
    return Math.min(...[...this.schedules.values()].map(({ dueMs }) => dueMs), Number.POSITIVE_INFINITY);
  }

  /** Calls once more after a minute, unless the call is taken. */
  call(name: string): OwnTurn | undefined {
    const standing = this.schedules.get(name);
    if (standing !== undefined) standing.dueMs = this.clock.nowMs + 60_000;
    return standing?.turn;
  }

  taken(name: string): void {
    this.schedules.delete(name);
  }

  holds(taskId: string): boolean {
    return [...this.schedules.values()].some(({ turn }) => turn.taskId === taskId);
  }
}
