/** Reservations of a drill: made, looked at, and called as Scheduler calls. */
import type { OwnersReservation, ReservationDraft } from "../../lib/contract/owners-reservation.ts";
import type { ReservationCall } from "../../lib/contract/task.ts";
import { reservationScheduleName, reservedTaskId } from "../../lib/core/owners-reservations.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import { played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const HOUR_MS = 3_600_000;
/** Scheduler knows whole seconds. */
const SECOND_MS = 1000;

/** What somebody asked for, and what came of it. */
export type Answer<Result> = {
  readonly result: Result | undefined;
  readonly refused: string | undefined;
  readonly calls: readonly string[];
};

export class ReservationBook {
  readonly drill: Drill;

  constructor(drill: Drill) {
    this.drill = drill;
  }

  /** An instant that can be reserved, hours from now. */
  at(hours = 1): string {
    return new Date(Math.ceil(this.drill.simulation.nowMs / SECOND_MS) * SECOND_MS + hours * HOUR_MS).toISOString();
  }

  /** Somebody asks, as the API or the terminal does. */
  async ask<Result>(name: string, work: (ports: Ports, now: Date) => Promise<Result>): Promise<Answer<Result>> {
    const now = this.drill.simulation.world.clock.now();
    const { result, calls } = await played(this.drill, name, async (ports) => await work(ports, now));
    return { result, calls, refused: this.drill.refused };
  }

  async make(draft: ReservationDraft): Promise<OwnersReservation> {
    const { result } = await this.ask("reserve", async (ports) => await makeReservation(draft, ports, this.drill.context()));
    if (result === undefined) throw new Error(`a sound reservation was refused: ${this.drill.refused}`);
    return result;
  }

  /** One that stands as these fields say; its task is named by whoever claims it. */
  async put(draft: ReservationDraft, facts: Partial<OwnersReservation>): Promise<OwnersReservation> {
    const made = await this.make(draft);
    const next = { ...made, ...facts, ...(facts.state === "sent" ? { taskId: reservedTaskId(made) } : {}) };
    this.drill.simulation.world.ownersReservations.stored.set(made.reservationId, next);
    return next;
  }

  /** Its schedule calls. */
  async call({ reservationId, revision }: ReservationCall): Promise<Answer<string>> {
    return await this.ask("call", async (ports, now) => await takeCall({ reservationId, revision }, ports, now));
  }

  stored({ reservationId }: OwnersReservation): OwnersReservation | undefined {
    return this.drill.simulation.world.ownersReservations.stored.get(reservationId);
  }

  /** When the schedule of this revision calls, if there is one. */
  callsAt(reservation: OwnersReservation): string | undefined {
    const standing = this.drill.simulation.world.reservationSchedules.standing.get(reservationScheduleName(reservation));
    return standing === undefined ? undefined : new Date(standing.atMs).toISOString();
  }

  clear(): void {
    const { ownersReservations, reservationSchedules } = this.drill.simulation.world;
    ownersReservations.stored.clear();
    reservationSchedules.standing.clear();
  }

  must(isSo: boolean, otherwise: string): void {
    this.drill.must(isSo, otherwise);
  }
}
