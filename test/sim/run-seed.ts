/** One world from its seed: a storm and then calm, or a drill; then rest. The invariants hold after every step. */
import { setImmediate as macrotask } from "node:timers/promises";

import { minuteOf } from "../../lib/core/slots.ts";
import { checkAskedChanges } from "./asked-changes.ts";
import { Budgets } from "./budgets.ts";
import { Counter } from "./counter.ts";
import type { Office } from "./counter.ts";
import { Decisions } from "./decisions.ts";
import { Drill } from "./drill.ts";
import { drillOf } from "./drills.ts";
import { DownloadEnds } from "./download-ends.ts";
import { Downloads } from "./downloads.ts";
import { Exports } from "./exports.ts";
import { Fetches } from "./fetches.ts";
import { Held } from "./held.ts";
import { Ledger } from "./ledger.ts";
import { watchRecords } from "./legible.ts";
import { Mail } from "./mail.ts";
import { Observer } from "./observer.ts";
import { openOffice } from "./offices.ts";
import { Outcomes } from "./outcomes.ts";
import { Registrations } from "./registrations.ts";
import { checkRest } from "./settlement.ts";
import { Simulation, Violation } from "./simulation.ts";
import type { Fault, Receiver } from "./simulation.ts";
import { Slips } from "./slips.ts";
import { Weather } from "./weather.ts";
import { Witness } from "./witness.ts";
import { createReceivers } from "./workers.ts";

export type SeedReport = {
  readonly seed: number;
  readonly steps: number;
  readonly simulatedHours: number;
  readonly commits: number;
  readonly flips: number;
  readonly tasks: number;
  readonly letters: number;
  readonly heldRemovals: number;
  readonly deferredOneOffs: number;
  readonly calls: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, ReadonlyMap<Fault, number>>;
  /** Empty where nothing was broken and nobody asked for it. */
  readonly trace: readonly string[];
  /** What was broken, if anything. */
  readonly violation: string | undefined;
};

const MINUTE_MS = 60_000;
const STORM_MINUTES = 45;
const STORM_FAULTS = 0.06;
/** Worlds in which days go by, so that lasting losses are believed. */
const LONG_SHARE = 0.02;
/** Worlds in which hours go by between the minutes of the storm. */
const SLOW_SHARE = 0.4;
/** Within these each calendar has a turn, and the sweep has seen each record. */
const TURN_MINUTES = 17;
const REST_STEPS = 60_000;
const REST_ROUNDS = 300;

export async function runSeed(seed: number, tracing: "always" | "broken" = "broken"): Promise<SeedReport> {
  const simulation = new Simulation(seed, STORM_FAULTS);
  const run = new Run(simulation, seed);
  const startedMs = simulation.nowMs;
  const violation = await run.play().then(() => undefined, messageOf);
  const { world, steps, calls, faults } = simulation;
  return {
    seed,
    steps,
    simulatedHours: (simulation.nowMs - startedMs) / 3_600_000,
    commits: run.observer.commits,
    flips: run.observer.flips,
    tasks: run.ledger.entries.size,
    letters: world.letters.stored.size,
    heldRemovals: run.observer.heldRemovals,
    deferredOneOffs: run.ledger.deferredOneOffs,
    calls,
    faults,
    trace: violation === undefined && tracing === "broken" ? [] : simulation.trace(),
    violation,
  };
}

function messageOf(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

class Run {
  readonly simulation: Simulation;
  readonly observer: Observer;
  readonly ledger: Ledger;
  private readonly weather: Weather;
  private readonly slips: Slips;
  private office: Office | undefined;
  private readonly seed: number;
  private readonly receivers: readonly Receiver[];

  constructor(simulation: Simulation, seed: number) {
    this.seed = seed;
    this.simulation = simulation;
    const witness = new Witness(simulation);
    const [fetches, outcomes] = [new Fetches(simulation, witness), new Outcomes(simulation, witness)];
    const budgets = new Budgets(simulation, witness);
    new Held(simulation, witness);
    new Decisions(simulation, witness);
    new Mail(simulation, witness);
    new Registrations(simulation);
    watchRecords(simulation);
    this.observer = new Observer(simulation, witness, outcomes);
    this.ledger = new Ledger(simulation);
    const exports = new Exports(simulation);
    const downloadEnds = new DownloadEnds(simulation, new Downloads(simulation));
    this.ledger.startSent = (task): void => this.observer.startSent(task);
    this.ledger.heard = (process, task, end): void => {
      fetches.ended(process, end);
      budgets.ended(process, task, end);
      if (task.kind === "export" && end.kind === "done") exports.ended(process, task, end.status);
      if (task.kind === "download") downloadEnds.ended(process, task, end);
    };
    this.weather = new Weather(simulation);
    this.slips = new Slips(simulation, this.ledger, this.observer);
    this.receivers = createReceivers(simulation, this.ledger);
  }

  async play(): Promise<void> {
    const { simulation, weather } = this;
    await weather.begin();
    const drill = drillOf(this.seed);
    await (drill === undefined ? this.stormAndCalm() : this.drill(drill));
    weather.bringBack();
    weather.operators.closeLetters();
    weather.operators.replayAll();
    weather.pushAll();
    await this.rest(0);
    checkRest(simulation, weather, this.observer);
    await checkAskedChanges(simulation);
    await this.office?.check?.();
    // Of each calendar with a schedule Scheduler is asked once a day whether it is there.
    weather.sweep(({ "keep-schedule": _kept, ...report }) => {
      if (Object.keys(report).length > 0) simulation.violate(`a sweep at rest mends ${JSON.stringify(report)}`);
    });
    await this.drain();
    await this.step();
  }

  private async stormAndCalm(): Promise<void> {
    const { simulation, weather } = this;
    const isLong = simulation.random.chance(LONG_SHARE);
    const office = openOffice(this.seed, new Counter(simulation, weather));
    this.office = office;
    await this.storm(office);
    if (isLong) await this.longHolds();
    simulation.note("the storm ends");
    simulation.faultShare = 0;
    weather.heal();
    await this.drain();
    weather.operators.settle();
    await this.drain();
    office.settle?.();
    await this.drain();
    weather.calm();
    await this.rest(this.backOffMinutes());
  }

  /** Ticks had nothing to do for so long. */
  private quietHours(hours: number): void {
    const { simulation } = this;
    simulation.skip(hours * 60 * MINUTE_MS);
    const { covered = 0 } = simulation.world.cursor;
    simulation.world.cursor.covered = Math.max(
      covered,
      minuteOf(simulation.world.clock.now()) - simulation.random.between(1, 12),
    );
  }

  /** One part of the system, alone and in calm weather. */
  private async drill(play: (drill: Drill) => Promise<void>): Promise<void> {
    const { simulation, weather } = this;
    simulation.faultShare = 0;
    weather.heal();
    await this.rest(0);
    await play(new Drill(simulation, weather, { drain: async () => await this.drain(), turns: async () => await this.rest(0) }));
    weather.calm();
  }

  private async storm(office: Office): Promise<void> {
    const { simulation, weather } = this;
    const isSlow = simulation.random.chance(SLOW_SHARE);
    for (let minute = 0; minute < STORM_MINUTES; minute += 1) {
      if (simulation.random.chance(0.03)) simulation.skip(simulation.random.between(20, 150) * MINUTE_MS);
      else if (isSlow && simulation.random.chance(0.12)) this.quietHours(simulation.random.between(6, 30));
      weather.minute();
      office.minute();
      this.slips.minute();
      const endMs = (minuteOf(simulation.world.clock.now()) + 1) * MINUTE_MS;
      simulation.at(endMs - simulation.nowMs, () => undefined);
      while (simulation.nowMs < endMs) await this.step();
    }
  }

  /** Losses that last are believed in the end, but not before their time. */
  private async longHolds(): Promise<void> {
    this.weather.shrink();
    this.simulation.ticks = "undisturbed";
    for (let day = 0; day < 5; day += 1) await this.rest(25 * 60);
  }

  /** Lets time pass without ticks, then ticks until each calendar had its turn and nothing is under way. */
  private async rest(quietMinutes: number): Promise<void> {
    const { simulation, weather } = this;
    await this.drain();
    if (quietMinutes > 0) simulation.skip(quietMinutes * MINUTE_MS);
    const since = minuteOf(simulation.world.clock.now());
    for (let round = 0; round < REST_ROUNDS; round += 1) {
      weather.tick();
      await this.drain();
      const minute = minuteOf(simulation.world.clock.now());
      if (simulation.world.cursor.covered === minute && minute > since + TURN_MINUTES) return;
      simulation.skip((minute + 1) * MINUTE_MS - simulation.nowMs);
    }
    if (simulation.faultShare === 0) simulation.violate(`no rest after ${REST_ROUNDS} ticks in calm weather`);
    await this.step();
  }

  /** Until nothing is under way: whatever is delayed comes, whatever is invisible turns visible. */
  private async drain(): Promise<void> {
    // Who was just started may not have called anybody yet.
    await macrotask();
    for (let step = 0; step < REST_STEPS; step += 1) {
      const isWaiting = this.receivers.some((receiver) => receiver.readyAtMs() < this.simulation.nowMs + 16 * MINUTE_MS);
      if (!isWaiting && !this.simulation.isBusy(this.receivers)) return;
      await this.step();
    }
    this.simulation.violate(`still busy after ${REST_STEPS} steps in calm weather`);
    await this.step();
  }

  private async step(): Promise<void> {
    await this.simulation.step(this.receivers);
    this.observer.checkPointers();
    this.ledger.check();
    this.simulation.breakIfBroken();
  }

  /** Minutes until no calendar is kept from its source any more. */
  private backOffMinutes(): number {
    const { calendars, hosts, imports, urgent } = this.simulation.world;
    const until = [
      // Who was late by hours comes back once within as many.
      ...[...imports.messages.values(), ...urgent.messages.values()].map(({ visibleAtMs }) =>
        new Date(visibleAtMs).toISOString(),
      ),
      ...[...calendars.checkpoints.values()].map(({ notBefore }) => notBefore),
      ...[...hosts.stored.values()].map(({ cooldownUntil }) => cooldownUntil),
    ];
    const latestMs = Math.max(...until.map((instant) => (instant === undefined ? 0 : Date.parse(instant))));
    return Math.max(120, Math.ceil((latestMs - this.simulation.nowMs) / MINUTE_MS));
  }
}
