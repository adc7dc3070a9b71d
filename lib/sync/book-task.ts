/** Give a one-off task its place in its host's pace: a message with a delay, or a one-time schedule where the start is too far away. */
import type { Host } from "../contract/host.ts";
import type { Reservation } from "../contract/reservation.ts";
import type { ImportTask } from "../contract/task.ts";
import { delaySeconds, reserveStarts } from "../core/pace.ts";
import { reservedStart } from "../core/reservations.ts";
import type { UrgentQueue } from "./replay-letter.ts";
import type { HostBook } from "./run-tick.ts";

export interface Reservations {
  /** Writes the record, then makes its one-time schedule; a second time it changes nothing. */
  book(reservation: Reservation): Promise<void>;
  /** Removes the record of a task that is on its way, unless it was put off again since. */
  end(taskId: string, bookings: number): Promise<void>;
}
export type BookPorts = {
  readonly hosts: Pick<HostBook, "host" | "reserve">;
  readonly urgent: UrgentQueue;
  readonly reservations: Pick<Reservations, "book">;
};
/** `host` is undefined where nobody is asked. */
export type BookedFor = { readonly ownerId: string; readonly host: string | undefined };

const TRIES = 5;

/** `sent`: on the urgent lane, to be received at its start. `booked`: on a schedule of its own. */
export async function bookTask(
  task: Omit<ImportTask, "startAt">,
  { ownerId, host }: BookedFor,
  ports: BookPorts,
  now: Date,
): Promise<"sent" | "booked"> {
  const nowMs = now.getTime();
  const startAtMs = host === undefined ? nowMs : await reserveOne(host, ports.hosts, nowMs);
  const started = { ...task, startAt: new Date(startAtMs).toISOString() };
  const delay = delaySeconds(startAtMs, nowMs);
  if (delay === undefined) await ports.reservations.book(reservedStart(started, ownerId, startAtMs, nowMs));
  else await ports.urgent.sendUrgent(started, delay);
  return delay === undefined ? "booked" : "sent";
}

/** The host's next free start. Who loses every try takes the start that it last saw: a doubled start does little harm. */
async function reserveOne(name: string, hosts: BookPorts["hosts"], nowMs: number): Promise<number> {
  let startAtMs = nowMs;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const host: Host = await hosts.host(name);
    const { startsAtMs, nextStartAtMs } = reserveStarts(host, 1, nowMs);
    startAtMs = startsAtMs[0] ?? nowMs;
    if ((await hosts.reserve(host, nextStartAtMs)) !== undefined) break;
  }
  return startAtMs;
}
