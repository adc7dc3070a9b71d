/**
 * The machine of the simulation: processes that stop at every port call, and a scheduler that decides by seed which call goes on next,
 * how it fails, and when time moves. One thread, no timers: the same seed plays the same run.
 */
import { setImmediate as macrotask } from "node:timers/promises";

import { ServiceUnavailable } from "../../lib/core/failure.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Task } from "../../lib/contract/task.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import type { MemoryQueue } from "../sync/memory-queue.ts";
import type { Random } from "../sync/random.ts";
import { World } from "../sync/world.ts";
import { Desk } from "./desk.ts";
import type { Ports } from "./desk.ts";

export const FAULTS = ["error-before", "error-after", "duplicate", "delay", "crash-before", "crash-after"] as const;
export type Fault = (typeof FAULTS)[number];

/** Name of the processes that call fan-out. */
export const TICK = "tick";

export type Process = {
  readonly id: number;
  readonly name: string;
  /** The message that it works, if any. */
  readonly task: Task | undefined;
  /** Times that its message was received. */
  readonly receives: number;
  readonly startedMs: number;
  /** `port.method` of each call that took effect, in order. */
  readonly done: string[];
  readonly controller: AbortController;
  /** What its worker said of the task. */
  end: TaskEnd | undefined;
  /** `left`: its deadline came, its message is back in the queue, and what it still does nobody waits for. */
  state: "running" | "ended" | "left" | "crashed";
};

/** What a process works, and where it goes if it is given up. */
export type Message = { readonly task: Task | undefined; readonly deadLetters: MemoryQueue; readonly receives: number };

type Operation = {
  readonly process: Process;
  readonly method: string;
  readonly effect: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  notBeforeMs: number;
};
type Happening = { readonly atMs: number; readonly run: () => void };

/** What a drill does to one call, in the place of chance: breaks it, or lets somebody else do a whole work before it. */
export type Plan = (process: Process, method: string) => Fault | Rival | undefined;
export type Rival = { readonly name: string; readonly work: (ports: Ports, process: Process) => Promise<void> };

/** A broken promise of the system, found by an invariant. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Reads that come in crowds: they may fail, but their order tells nothing. */
const UNORDERED = new Set(["wheel.due"]);
/** The first calls of each method are disturbed more often, for some are seldom made at all. */
const SELDOM = 7;
/** Long enough for a whole run; a run that never rests must not fill the memory. */
const TRACE_KEPT = 100_000;
/** A worker's batch answers now; a caller of the API has long gone by then. */
const DEADLINE_MS = 55_000;
const REQUEST_MS = 29_000;
const OPERATION_MOST_MS = 20;
const SAME_MS_SHARE = 0.3;
const DELAY_MOST_SECONDS = 90;
/** Whoever waits for others looks so often. */
const LOOK_MS = 1000;

export class Simulation {
  readonly world: World;
  readonly desk: Desk;
  readonly random: Random;
  /** Whose call takes effect right now. */
  actor: Process | undefined;
  private readonly notes: { readonly atMs: number; readonly text: string }[] = [];
  readonly faults = new Map<string, Map<Fault, number>>();
  readonly calls = new Map<string, number>();
  /** Share of the calls that are disturbed; 0 in calm weather. */
  faultShare: number;
  /** Ticks are left in peace where after a day's pause each of them has ten minutes to make good; with faults none would get through. */
  ticks: "disturbed" | "undisturbed" = "disturbed";
  /** Asked before each call; undefined where nobody drills. */
  plan: Plan | undefined;
  /** Hears of each process that came to its end. */
  ended: ((process: Process) => void) | undefined;
  /** Share of the calls that take no time; 1 where everything happens within one millisecond. */
  sameMsShare = SAME_MS_SHARE;
  steps = 0;
  readonly processes = new Set<Process>();
  /** Keys of the change sets that were committed. */
  readonly changes = new Set<string>();
  /** Keys of the snapshots that were committed, by `<calendarId> <version>`. */
  readonly snapshots = new Map<string, string>();
  /** Each calendar as it was read by whoever put its hold last, by hold. */
  readonly heldAfter = new Map<string, Checkpoint>();
  /** Runs that were put to be followed, whether their asker heard of it or not: `<calendarId> <runId>`. */
  readonly followed = new Set<string>();
  /** Letters, stored or not, whose work was sent again. */
  readonly replayed = new Set<string>();
  private operations: Operation[] = [];
  private happenings: Happening[] = [];
  private started = 0;
  /** Processes that wait for others. */
  private waiting = 0;
  private broken: unknown;

  constructor(seed: number, faultShare: number) {
    this.world = new World(seed);
    this.desk = new Desk(this.world);
    this.random = this.world.random;
    this.faultShare = faultShare;
  }

  get nowMs(): number {
    return this.world.clock.nowMs;
  }

  note(text: string): void {
    this.notes.push({ atMs: this.nowMs, text });
    if (this.notes.length > TRACE_KEPT) this.notes.splice(0, TRACE_KEPT / 2);
  }

  /** What happened, newest last. */
  trace(): string[] {
    return this.notes.map(({ atMs, text }) => `${new Date(atMs).toISOString().slice(5, 23)} ${text}`);
  }

  /** Breaks the run at its next step; an invariant that is asked in the midst of a call must not be caught by the code it watches. */
  violate(text: string): void {
    this.broken ??= new Violation(text);
  }

  at(delayMs: number, run: () => void): void {
    this.happenings.push({ atMs: this.nowMs + delayMs, run });
  }

  /** Starts a process; `work` must catch what its ports throw, for nobody else does. */
  spawn(name: string, work: (ports: Ports, process: Process, call: Call) => Promise<void>, message?: Message): Process {
    this.started += 1;
    const process: Process = {
      id: this.started,
      name,
      task: message?.task,
      receives: message?.receives ?? 0,
      startedMs: this.nowMs,
      done: [],
      controller: new AbortController(),
      end: undefined,
      state: "running",
    };
    const call: Call = async (method, effect) => await this.call(process, method, effect);
    const ports = this.desk.portsWith(call, message?.deadLetters);
    this.processes.add(process);
    this.note(`#${process.id} ${name} starts`);
    work(ports, process, call).then(
      () => this.end(process),
      (error: unknown) => {
        this.broken ??= error;
      },
    );
    this.at(DEADLINE_MS, () => {
      if (process.state === "running") process.controller.abort();
    });
    return process;
  }

  /** A request to the API, or a call of another function that answers somebody: no service lets it live longer. */
  request(name: string, work: (ports: Ports) => Promise<void>, lifeMs = REQUEST_MS): Process {
    const process = this.spawn(name, work);
    this.at(lifeMs, () => {
      if (process.state === "running") this.crash(process);
    });
    return process;
  }

  /** One decision of the scheduler; false where nothing can happen any more. */
  async step(receivers: readonly Receiver[]): Promise<boolean> {
    this.steps += 1;
    const went = await this.decide(receivers);
    await macrotask();
    this.breakIfBroken();
    return went;
  }

  breakIfBroken(): void {
    if (this.broken !== undefined) throw this.broken;
  }

  /** Whether anything is under way or could be received without time moving on. */
  isBusy(receivers: readonly Receiver[]): boolean {
    return this.operations.length > 0 || this.waiting > 0 || receivers.some((receiver) => receiver.isReady());
  }

  /** A drill's process waits for what others do; time goes on meanwhile. */
  async until(isSo: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = (): void => (isSo() ? resolve(undefined) : this.at(LOOK_MS, look));
    this.waiting += 1;
    this.at(LOOK_MS, look);
    await promise;
    this.waiting -= 1;
  }

  /** Time passes, and nothing happens in it. */
  skip(ms: number): void {
    this.world.clock.advance(ms);
    this.note(`${Math.round(ms / 60_000)} minutes pass`);
  }

  private async decide(receivers: readonly Receiver[]): Promise<boolean> {
    const { random } = this;
    this.actor = undefined;
    const due = this.happenings.find((happening) => happening.atMs <= this.nowMs);
    if (due !== undefined) {
      this.happenings = this.happenings.filter((happening) => happening !== due);
      due.run();
      return true;
    }
    const operations = this.operations.filter((operation) => operation.notBeforeMs <= this.nowMs);
    const ready = receivers.filter((receiver) => receiver.isReady());
    if (operations.length > 0 && (ready.length === 0 || random.chance(0.75))) {
      // Many things happen within the same millisecond.
      this.world.clock.advance(random.chance(this.sameMsShare) ? 0 : random.between(1, OPERATION_MOST_MS));
      await this.perform(random.pick(operations));
      return true;
    }
    if (ready.length > 0) {
      random.pick(ready).receive();
      return true;
    }
    return this.sleep(receivers);
  }

  /** Moves to the next instant at which something can happen. */
  private sleep(receivers: readonly Receiver[]): boolean {
    const instants = [
      ...this.happenings.map(({ atMs }) => atMs),
      ...this.operations.map(({ notBeforeMs }) => notBeforeMs),
      ...receivers.map((receiver) => receiver.readyAtMs()),
    ].filter((atMs) => atMs > this.nowMs);
    const next = Math.min(...instants, Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) return false;
    this.world.clock.nowMs = next;
    return true;
  }

  private async call(process: Process, method: string, effect: () => Promise<unknown>): Promise<unknown> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    const isOrdered = !UNORDERED.has(method);
    const planned = this.plan?.(process, method);
    if (typeof planned === "object") await this.aside(planned);
    const fault = typeof planned === "string" ? planned : isOrdered ? undefined : this.faultFor(process, method);
    if (!isOrdered && fault === undefined) return await effect();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const operation: Operation = {
      process,
      method,
      effect: this.asActor(process, method, effect),
      resolve,
      reject,
      notBeforeMs: 0,
    };
    if (fault === undefined) this.operations.push(operation);
    else await this.disturb(operation, fault);
    return await promise;
  }

  /** Somebody else's whole work, between two calls of a process. */
  private async aside({ name, work }: Rival): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.spawn(`${name} (rival)`, async (ports, process) => {
      await work(ports, process);
      resolve(undefined);
    });
    await promise;
  }

  /** The same effect, of which everybody who watches can tell whose it is. */
  private asActor(process: Process, method: string, effect: () => Promise<unknown>): () => Promise<unknown> {
    return async () => {
      this.actor = process;
      process.done.push(method);
      return await effect();
    };
  }

  private async perform(operation: Operation): Promise<void> {
    this.operations = this.operations.filter((other) => other !== operation);
    const fault = operation.notBeforeMs > 0 ? undefined : this.faultFor(operation.process, operation.method);
    if (fault !== undefined) return await this.disturb(operation, fault);
    this.note(`#${operation.process.id} ${operation.method}`);
    await settle(operation);
  }

  private async disturb(operation: Operation, fault: Fault): Promise<void> {
    const { process, method } = operation;
    const counts = this.faults.get(method) ?? new Map<Fault, number>();
    this.faults.set(method, counts.set(fault, (counts.get(fault) ?? 0) + 1));
    this.note(`#${process.id} ${method}: ${fault}`);
    switch (fault) {
      case "duplicate":
        await operation.effect().catch(() => undefined);
        await settle(operation);
        break;
      case "delay":
        operation.notBeforeMs = this.nowMs + this.random.between(1, DELAY_MOST_SECONDS) * 1000;
        this.operations.push(operation);
        break;
      case "error-after":
      case "crash-after":
        await operation.effect().catch(() => undefined);
        this.fail(operation, fault);
        break;
      case "error-before":
      case "crash-before":
        this.fail(operation, fault);
        break;
    }
  }

  private fail(operation: Operation, fault: Fault): void {
    if (fault.startsWith("error"))
      operation.reject(new ServiceUnavailable(`${operation.method} did not answer, wanted a result`));
    else this.crash(operation.process);
  }

  private faultFor({ name }: Process, method: string): Fault | undefined {
    if (this.faultShare === 0 || (name === TICK && this.ticks === "undisturbed")) return undefined;
    const share = UNORDERED.has(method) ? this.faultShare / 20 : this.faultShare * (1 + SELDOM / (this.calls.get(method) ?? 1));
    if (!this.random.chance(share)) return undefined;
    return this.random.pick(FAULTS);
  }

  /** The process is no more: its open calls are never answered. */
  private crash(process: Process): void {
    this.operations = this.operations.filter((operation) => operation.process !== process);
    process.state = "crashed";
    this.processes.delete(process);
  }

  private end(process: Process): void {
    if (process.state === "running") process.state = "ended";
    this.processes.delete(process);
    this.note(`#${process.id} ${process.name} ends`);
    this.ended?.(process);
  }
}

export type Call = (method: string, effect: () => Promise<unknown>) => Promise<unknown>;

/** A queue with somebody who works it. */
export type Receiver = {
  readonly isReady: () => boolean;
  /** Instant at which a message turns visible. */
  readonly readyAtMs: () => number;
  readonly receive: () => void;
};

async function settle(operation: Operation): Promise<void> {
  await operation.effect().then(operation.resolve, operation.reject);
}
