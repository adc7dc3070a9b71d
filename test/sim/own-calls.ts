/** Scheduler: calls for reservations and for repeats at their times, at least once, now and then twice or late, and again until somebody took the call. */
import type { Repeat, RepeatCall } from "../../lib/contract/repeat.ts";
import type { ReservationCall } from "../../lib/contract/task.ts";
import { cronTurns } from "../../lib/core/cron.ts";
import { takeOwnCall } from "../../lib/sync/take-call.ts";
import type { Counter } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { rethrowUnlessPassing } from "./workers.ts";

type OwnCall = ReservationCall | RepeatCall;
type Until = { readonly goesOn: () => boolean; readonly taken: () => void };

const AGAIN_MS = 60_000;
/** As the stack sets fan-out's timeout. */
const FAN_OUT_MS = 50_000;
/** Scheduler is right to the minute. */
const LATE_MOST_MS = 60_000;
const VERY_LATE_MOST_MS = 600_000;
const VERY_LATE_SHARE = 0.1;
const TWICE_SHARE = 0.25;
const TWICE_MOST_MS = 40_000;
/** Calls that come to nobody at all. */
const LOST_SHARE = 0.03;
/** Then it tells of what was lost. */
const TRIES = 60;

export class OwnCalls {
  private readonly counter: Counter;
  private readonly heard: (call: RepeatCall, end: string) => void;
  /** The schedule of each repeat that stands: one that was dropped and made again is another. */
  private readonly repeating = new Map<string, Repeat>();

  /** @param heard hears of what was made of each repeat's call */
  constructor(counter: Counter, heard: (call: RepeatCall, end: string) => void) {
    this.counter = counter;
    this.heard = heard;
  }

  /** Each schedule that is made from now on is called. */
  watch(): void {
    this.watchReservations();
    this.watchRepeats();
  }

  private watchReservations(): void {
    const { simulation } = this.counter;
    const { standing } = simulation.world.reservationSchedules;
    const set = standing.set.bind(standing);
    standing.set = (name, schedule) => {
      simulation.at(schedule.atMs - simulation.nowMs + this.lateMs(), () => {
        if (standing.get(name) !== schedule) return;
        if (this.isLost()) return void standing.delete(name);
        this.ring(schedule.call, {
          goesOn: () => standing.get(name) === schedule,
          taken: () => {
            if (standing.get(name) === schedule) standing.delete(name);
          },
        });
      });
      return set(name, schedule);
    };
  }

  private watchRepeats(): void {
    const { repeats } = this.counter.simulation.desk;
    const [keep, drop] = [repeats.keep.bind(repeats), repeats.drop.bind(repeats)];
    repeats.keep = async (repeat) => {
      await keep(repeat);
      if (this.repeating.has(repeat.repeatId)) return;
      this.repeating.set(repeat.repeatId, repeat);
      this.nextTurn(repeat);
    };
    repeats.drop = async (repeat) => {
      await drop(repeat);
      this.repeating.delete(repeat.repeatId);
    };
  }

  private nextTurn(repeat: Repeat): void {
    const { simulation } = this.counter;
    const { repeatId, ownerId, every } = repeat;
    const [dueMs] = cronTurns({ expression: every.cron, zone: every.zone }, simulation.nowMs, 1);
    if (dueMs === undefined) return;
    simulation.at(dueMs - simulation.nowMs + this.lateMs(), () => {
      if (this.repeating.get(repeatId) !== repeat) return;
      this.nextTurn(repeat);
      let tries = 0;
      const call = { repeatId, ownerId, dueAt: new Date(dueMs).toISOString() };
      // What is on its way comes, also where its schedule has gone.
      if (!this.isLost()) this.ring(call, { goesOn: () => (tries += 1) < TRIES, taken: () => (tries = TRIES) });
    });
  }

  private ring(call: OwnCall, until: Until): void {
    const { random, simulation } = this.counter;
    this.callUntilTaken(call, until);
    if (random.chance(TWICE_SHARE)) simulation.at(random.between(0, TWICE_MOST_MS), () => this.call(call, until));
  }

  private callUntilTaken(call: OwnCall, until: Until): void {
    this.call(call, until);
    this.counter.simulation.at(AGAIN_MS, () => {
      if (until.goesOn()) this.callUntilTaken(call, until);
    });
  }

  private call(call: OwnCall, { taken }: Until): void {
    const of = "repeatId" in call ? `repeat ${call.repeatId}` : `reservation ${call.reservationId}`;
    const work = async (ports: Ports): Promise<void> => {
      const end = await takeOwnCall(call, ports, this.counter.context()).catch(rethrowUnlessPassing);
      if (end === undefined) return;
      taken();
      if ("repeatId" in call) this.heard(call, end);
    };
    this.counter.simulation.request(`call of ${of}`, work, FAN_OUT_MS);
  }

  private lateMs(): number {
    const { random, simulation } = this.counter;
    const isVeryLate = simulation.faultShare > 0 && random.chance(VERY_LATE_SHARE);
    return random.between(0, isVeryLate ? VERY_LATE_MOST_MS : LATE_MOST_MS);
  }

  private isLost(): boolean {
    const { random, simulation } = this.counter;
    return simulation.faultShare > 0 && random.chance(LOST_SHARE);
  }
}
