/** Owners who reserve syncs and exports, move and cancel them while their schedules call: what each is answered holds. */
import type { OwnersReservation, ReservationDraft } from "../../lib/contract/owners-reservation.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { reservationScheduleName } from "../../lib/core/owners-reservations.ts";
import { SOONEST_CALL_MS } from "../../lib/core/schedule-times.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { makeReservation } from "../../lib/sync/make-reservation.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import type { Counter } from "./counter.ts";
import { ownerOfFound } from "./found.ts";
import type { Insistent } from "./insistent.ts";
import type { ReservationRecords } from "./reservation-records.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const SOON_MINUTES = 12;
/** Beyond what the sweep looks after. */
const FAR_MINUTES = 300 * 1440;

export class BookedReservations {
  private readonly counter: Counter;
  private readonly insistent: Insistent;
  private readonly records: ReservationRecords;

  constructor(counter: Counter, insistent: Insistent, records: ReservationRecords) {
    this.counter = counter;
    this.insistent = insistent;
    this.records = records;
  }

  reserve(): void {
    const { counter } = this;
    const { random } = counter;
    const draft = this.draft();
    const askedBy = random.chance(0.4) ? undefined : random.pick(["default", "default", "default", "somebody"]);
    let askedMs = 0;
    this.insistent.ask(
      `reserve ${draft.kind}`,
      async (ports) => {
        askedMs = counter.simulation.nowMs;
        const made = await makeReservation(draft, ports, counter.context(), askedBy);
        this.records.told.add(made.reservationId);
        this.mustBeTaken(made, draft.at, askedMs);
        const isOwn = askedBy === undefined || askedBy === made.ownerId;
        counter.must(isOwn, `${askedBy} reserved what ${made.ownerId} has`);
      },
      (refusal) => this.makingRefused(draft, askedBy, refusal, askedMs),
    );
  }

  move(reservationId: string, at = this.at()): void {
    const { counter } = this;
    let [askedMs, read] = [0, 0];
    this.insistent.ask(
      `move reservation ${reservationId} to ${at}`,
      async (ports) => {
        [askedMs, read] = [counter.simulation.nowMs, this.records.stored(reservationId)?.revision ?? 0];
        this.records.ask(reservationId, at);
        const moved = await moveReservation(reservationId, at, ports, counter.context().now());
        counter.must(moved.revision > read, `reservation ${reservationId} was moved and is still of revision ${read}`);
        this.mustBeTaken(moved, at, askedMs);
      },
      (refusal) => this.changeRefused(reservationId, refusal, { read, at, askedMs }),
    );
  }

  cancel(reservationId: string): void {
    const { counter } = this;
    let read = 0;
    this.insistent.ask(
      `cancel reservation ${reservationId}`,
      async (ports) => {
        read = this.records.stored(reservationId)?.revision ?? 0;
        const cancelled = await cancelReservation(reservationId, ports, counter.context().now());
        const stored = this.records.stored(reservationId);
        const isSo = stored?.state === "cancelled" && cancelled.settledAt === stored.settledAt;
        counter.must(isSo, `reservation ${reservationId} was cancelled and is ${stored?.state}`);
        const isCalled = stored !== undefined && this.isScheduled(stored);
        counter.must(!isCalled, `reservation ${reservationId} was cancelled and is called`);
      },
      (refusal) => this.changeRefused(reservationId, refusal, { read }),
    );
  }

  /** Two people want something with the same one at once. */
  race(reservationId: string): void {
    const at = this.at();
    const acts = [
      (): void => this.move(reservationId, at),
      (): void => this.move(reservationId),
      (): void => this.cancel(reservationId),
    ];
    for (let times = 2; times > 0; times -= 1) this.counter.random.pick(acts)();
  }

  /** Calm weather: what still waits is cancelled, moved, or done at its time. */
  tidy(): void {
    for (const { reservationId } of this.records.waiting()) {
      this.counter.random.pick([
        (): void => this.cancel(reservationId),
        (): void => this.move(reservationId),
        (): void => this.move(reservationId, this.at(FAR_MINUTES)),
        (): void => undefined,
      ])();
    }
  }

  /** Some are for things that are not there, or cannot be asked, or for a time that is over. */
  private draft(): ReservationDraft {
    const { random, simulation, weather } = this.counter;
    const at = this.at();
    const feedIds = [...simulation.world.feeds.metas.keys()];
    const calendarId = random.pick([...weather.urlCalendars, random.pick(weather.pushCalendars), "nobody"]);
    const isExport = random.chance(0.65);
    return isExport
      ? { kind: "export", feedId: random.pick([...feedIds, ...feedIds, ...feedIds, "nobody"]), at }
      : { kind: "sync", calendarId, at };
  }

  /** An instant that can be reserved as a rule, soon unless minutes say otherwise. */
  private at(minutes = this.counter.random.between(0, SOON_MINUTES)): string {
    const { simulation, random } = this.counter;
    const seconds = Math.ceil(simulation.nowMs / SECOND_MS) + random.between(20, 80);
    return new Date(seconds * SECOND_MS + minutes * MINUTE_MS).toISOString();
  }

  /** Made or moved: it is there as it was asked for and will be called, unless somebody else has changed it since. */
  private mustBeTaken(taken: OwnersReservation, at: string, askedMs: number): void {
    const { counter } = this;
    const { reservationId, revision } = taken;
    const stored = this.records.stored(reservationId);
    const what = `reservation ${reservationId} was answered for ${at}`;
    counter.must(taken.at === at && taken.state === "waiting", `${what} and is ${taken.state} for ${taken.at}`);
    counter.must(Date.parse(at) - askedMs >= SOONEST_CALL_MS, `${what}, which nobody can call`);
    counter.must(stored !== undefined && stored.revision >= revision, `${what} and is not there`);
    if (stored?.revision !== revision) return;
    counter.must(stored.at === at, `${what} and is there for ${stored.at}`);
    counter.must(stored.state !== "waiting" || this.isScheduled(stored), `${what}, and nothing calls it`);
    for (const name of this.records.schedulesOf(reservationId))
      counter.must(
        name !== reservationScheduleName({ ...stored, revision: revision - 1 }),
        `${what} and is called for its old time`,
      );
  }

  private isScheduled(reservation: OwnersReservation): boolean {
    return this.records.schedulesOf(reservation.reservationId).includes(reservationScheduleName(reservation));
  }

  private makingRefused(draft: ReservationDraft, askedBy: string | undefined, { code, what }: Refusal, askedMs: number): void {
    const { simulation } = this.counter;
    const ownerId = ownerOfFound(simulation, draft);
    const isHidden = ownerId === undefined || (askedBy !== undefined && askedBy !== ownerId);
    const isPushed = draft.kind === "sync" && simulation.world.calendars.metas.get(draft.calendarId)?.source.kind === "push";
    const reasons: Readonly<Record<string, boolean>> = {
      "calendar-unknown": draft.kind === "sync" && isHidden,
      "feed-unknown": draft.kind === "export" && isHidden,
      "source-kind-wrong": isPushed,
      "reservation-time-invalid": Date.parse(draft.at) - askedMs < SOONEST_CALL_MS,
    };
    this.counter.must(reasons[code] === true, `${draft.kind} for ${draft.at} was refused as ${code}: ${what}`);
  }

  /** It was really too late, or somebody else was quicker and wanted something else. */
  private changeRefused(
    reservationId: string,
    { code, what }: Refusal,
    { read, at, askedMs = 0 }: { readonly read: number; readonly at?: string; readonly askedMs?: number },
  ): void {
    const stored = this.records.stored(reservationId);
    const isMoved = stored?.state === "waiting" && stored.revision > read && stored.at !== at;
    const isOver = stored?.state === "sent" || (at !== undefined && stored?.state === "cancelled");
    const reasons: Readonly<Record<string, boolean>> = {
      "reservation-unknown": stored === undefined,
      "reservation-closed": isMoved || isOver,
      "reservation-time-invalid": at !== undefined && Date.parse(at) - askedMs < SOONEST_CALL_MS,
    };
    this.counter.must(reasons[code] === true, `reservation ${reservationId} is ${stored?.state}, refused as ${code}: ${what}`);
  }
}
