/** Schedules of cron calendars and of owners' reservations in memory, with the calls that Scheduler would make. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { CronSchedule } from "../../lib/contract/schedule.ts";
import type { ReservationCall } from "../../lib/contract/task.ts";
import { reservationScheduleName } from "../../lib/core/owners-reservations.ts";
import { callableInstant } from "../../lib/core/schedule-times.ts";
import { cronOf } from "../../lib/core/place.ts";
import type { OwnersReservationBook, ReservationSchedules } from "../../lib/sync/make-reservation.ts";
import type { Page, PageRequest } from "../../lib/sync/registry.ts";
import type { CronSchedules } from "../../lib/sync/send-cron-turn.ts";

export class MemoryCrons implements CronSchedules {
  /** By `<ownerId>.<calendarId>`. */
  readonly standing = new Map<string, CronSchedule>();

  async keep(calendar: Calendar): Promise<void> {
    const cron = cronOf(calendar);
    if (cron !== undefined) this.standing.set(`${calendar.ownerId}.${calendar.calendarId}`, cron);
  }

  async drop({ ownerId, calendarId }: Pick<Calendar, "calendarId" | "ownerId">): Promise<void> {
    this.standing.delete(`${ownerId}.${calendarId}`);
  }
}

export class MemoryOwnersReservations implements OwnersReservationBook {
  readonly stored = new Map<string, OwnersReservation>();

  async load(reservationId: string): Promise<OwnersReservation | undefined> {
    return structuredClone(this.stored.get(reservationId));
  }

  async put(reservation: OwnersReservation): Promise<void> {
    this.stored.set(reservation.reservationId, structuredClone(reservation));
  }

  async change(next: OwnersReservation, read: OwnersReservation): Promise<boolean> {
    const stored = this.stored.get(next.reservationId);
    if (stored?.state !== read.state || stored.revision !== read.revision) return false;
    await this.put(next);
    return true;
  }

  async settle(reservationId: string, sent: NonNullable<OwnersReservation["sent"]>, settledAt: string): Promise<void> {
    const stored = this.stored.get(reservationId);
    if (stored !== undefined) this.stored.set(reservationId, { ...stored, sent, settledAt });
  }

  async end(reservationId: string, ended: NonNullable<OwnersReservation["ended"]>): Promise<void> {
    const stored = this.stored.get(reservationId);
    if (stored !== undefined) this.stored.set(reservationId, { ...stored, ended });
  }

  async list(ownerId: string, { limit, cursor }: PageRequest): Promise<Page<OwnersReservation>> {
    const all = [...this.stored.values()]
      .filter((one) => one.ownerId === ownerId)
      .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
      .filter((one) => cursor === undefined || keyOf(one) > cursor);
    const items = structuredClone(all.slice(0, limit));
    const last = items.at(-1);
    return { items, cursor: all.length > limit && last !== undefined ? keyOf(last) : undefined };
  }
}

export class MemoryReservationSchedules implements ReservationSchedules {
  /** By the name that Scheduler would know. */
  readonly standing = new Map<string, { readonly call: ReservationCall; readonly atMs: number }>();

  async make(reservation: OwnersReservation, now: Date): Promise<void> {
    const { reservationId, revision } = reservation;
    const name = reservationScheduleName(reservation);
    const atMs = Date.parse(callableInstant(Date.parse(reservation.at), now.getTime()));
    if (!this.standing.has(name)) this.standing.set(name, { call: { reservationId, revision }, atMs });
  }

  async drop(reservation: OwnersReservation): Promise<void> {
    this.standing.delete(reservationScheduleName(reservation));
  }

  /** The calls that are due; their schedules are gone. */
  takeDue(nowMs: number): ReservationCall[] {
    const due = [...this.standing].filter(([, { atMs }]) => atMs <= nowMs);
    for (const [name] of due) this.standing.delete(name);
    return due.map(([, { call }]) => call);
  }
}

function keyOf({ at, reservationId }: OwnersReservation): string {
  return `${at}#${reservationId}`;
}
