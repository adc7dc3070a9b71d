/** Owners who look at their reservations while they are made, moved and sent. */
import { listReservations, showReservation } from "../../lib/api/reservation-views.ts";
import type { ReservationViewPorts } from "../../lib/api/reservation-views.ts";
import type { ReservationView } from "../../lib/contract/owners-reservation.ts";
import { ComingTurnsQuery } from "../../lib/contract/time-view.ts";
import { listComingTurns } from "../../lib/sync/list-coming-turns.ts";
import type { Counter } from "./counter.ts";
import type { Ports } from "./desk.ts";
import type { ReservationRecords } from "./reservation-records.ts";

const PAGE = 5;
const COMING = 100;
/** So many turns take longer. */
const COMING_MS = 3_600_000;
/** None goes back to one before it. */
const STAGES: Readonly<Record<ReservationView["state"], number>> = { waiting: 0, sent: 1, done: 2, cancelled: 2 };

export class ShownReservations {
  private readonly counter: Counter;
  private readonly records: ReservationRecords;
  /** How far each was when it was shown last. */
  private readonly shown = new Map<string, number>();

  constructor(counter: Counter, records: ReservationRecords) {
    this.counter = counter;
    this.records = records;
  }

  show(reservationId: string): void {
    this.counter.ask(`show reservation ${reservationId}`, async (ports) => {
      const before = new Map(this.shown);
      this.saw(await showReservation(reservationId, this.viewPorts(ports)), before);
    });
  }

  /** Every one that somebody was told of is on one of the pages, and nobody else's. */
  list(ownerId: string): void {
    const { counter } = this;
    counter.ask(`list reservations of ${ownerId}`, async (ports) => {
      const before = new Map(this.shown);
      const wanted = this.records.toldSoFar(ownerId);
      const items = await this.everyPage(ownerId, ports);
      const times = items.map(({ at }) => at);
      counter.must(times.join() === times.toSorted().join(), `reservations came in the order ${times.join()}`);
      const others = items.filter((item) => item.ownerId !== ownerId);
      counter.must(others.length === 0, `${ownerId} sees ${others.length} reservations of others`);
      const missing = wanted().filter((id) => items.filter(({ reservationId }) => reservationId === id).length !== 1);
      counter.must(missing.length === 0, `reservations ${missing.join()} are not in the list, once`);
      for (const item of items) this.saw(item, before);
    });
  }

  /** A sync that waits is among the turns that come. */
  coming(calendarId: string): void {
    const { counter } = this;
    const { calendars, ownersReservations } = counter.simulation.world;
    counter.ask(
      `coming turns of ${calendarId}`,
      async (ports) => {
        const { nowMs } = counter.simulation;
        const wanted = this.records.toldSoFar(calendars.metas.get(calendarId)?.ownerId ?? "");
        const { turns } = await listComingTurns(
          calendarId,
          ComingTurnsQuery.parse({ count: COMING }),
          ports,
          counter.context().now(),
        );
        const seen = new Set(turns.flatMap(({ why }) => why));
        const missing = wanted().filter((id) => {
          const { state, target, at } = ownersReservations.stored.get(id) ?? {};
          const isIts = target?.kind === "sync" && target.calendarId === calendarId && state === "waiting";
          return isIts && Date.parse(at ?? "") - nowMs < COMING_MS && !seen.has(`reservation ${id}`);
        });
        counter.must(missing.length === 0, `reservations ${missing.join()} are not among the turns of ${calendarId}`);
      },
      ({ code, what }) => counter.must(code === "calendar-unknown" && !calendars.isFound(calendarId), what),
    );
  }

  private async everyPage(ownerId: string, ports: Ports): Promise<readonly ReservationView[]> {
    const items: ReservationView[] = [];
    let cursor: string | undefined;
    do {
      const page = await listReservations(ownerId, {}, { limit: PAGE, cursor }, this.viewPorts(ports));
      items.push(...page.items);
      ({ cursor } = page);
    } while (cursor !== undefined);
    return items;
  }

  private viewPorts({ ownersReservations, letters }: Ports): ReservationViewPorts {
    const { runs } = this.counter.simulation.world.calendars;
    return { ownersReservations, letters, calendars: { run: async (calendarId, runId) => runs.get(`${calendarId} ${runId}`) } };
  }

  private saw({ reservationId, state }: ReservationView, before: ReadonlyMap<string, number>): void {
    const stage = STAGES[state];
    const last = before.get(reservationId) ?? 0;
    this.counter.must(stage >= last, `reservation ${reservationId} is shown as ${state} after it was further`);
    this.shown.set(reservationId, Math.max(stage, this.shown.get(reservationId) ?? 0));
  }
}
