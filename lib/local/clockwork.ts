/** Fires schedules at their time, tries again what fails, and remembers over restarts what it has fired. */
import { setTimeout as pause } from "node:timers/promises";

import type { KeptState } from "./kept-state.ts";
import { inputAt, nextDueMs } from "./schedule.ts";
import type { KeptSchedule } from "./schedule.ts";

/** The clock is asked again at least this often, so that a changed system time is noticed. */
const LONGEST_SLEEP_MS = 30_000;
/** Tries of one firing, a second and then two apart; AWS's 185 over a day would only keep a bad target busy here. */
const TRIES = 3;

/** Delivers the input to the target of this ARN; false where it was not taken. */
type Deliver = (arn: string, input: string) => Promise<boolean>;

export class Clockwork {
  readonly #kept: KeptState;
  readonly #deliver: Deliver;
  readonly #isClocked: (key: string) => boolean;
  readonly #stopping = new AbortController();
  readonly #firing = new Set<KeptSchedule>();
  #timer: NodeJS.Timeout | undefined;

  /** Only schedules whose key `isClocked` go by the clock; the others wait for `fire`. */
  constructor(kept: KeptState, deliver: Deliver, isClocked: (key: string) => boolean) {
    this.#kept = kept;
    this.#deliver = deliver;
    this.#isClocked = isClocked;
  }

  /** Looks at every schedule and sets the timer for the next; called at the start and after each change. */
  wind(): void {
    clearTimeout(this.#timer);
    if (this.#stopping.signal.aborted) return;
    const nowMs = Date.now();
    let nextMs = nowMs + LONGEST_SLEEP_MS;
    for (const [key, schedule] of Object.entries(this.#kept.state.schedules)) {
      const isWaiting = schedule.State === "ENABLED" && !this.#firing.has(schedule) && this.#isClocked(key);
      const dueMs = isWaiting ? nextDueMs(schedule) : undefined;
      if (dueMs !== undefined && dueMs > nowMs) nextMs = Math.min(nextMs, dueMs);
      else if (dueMs !== undefined) void this.#fireAndRemember(key, schedule, { nowMs, dueMs });
    }
    this.#timer = setTimeout(() => this.wind(), nextMs - nowMs);
  }

  /** Delivers to the target, or to the schedule's dead letters; rejects when the machine stops meanwhile. */
  async fire(schedule: KeptSchedule, dueMs = Date.now()): Promise<void> {
    const { Arn: arn, RetryPolicy: retry, DeadLetterConfig: letters } = schedule.Target;
    const input = inputAt(schedule, dueMs);
    const tries = Math.min(TRIES, 1 + (retry?.MaximumRetryAttempts ?? TRIES));
    for (let attempt = 1; attempt <= tries; attempt++) {
      if (await this.#deliver(arn, input)) return;
      await pause(attempt < tries ? attempt * 1000 : 0, undefined, { signal: this.#stopping.signal });
    }
    if (letters !== undefined) await this.#deliver(letters.Arn, input);
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  async #fireAndRemember(key: string, schedule: KeptSchedule, { nowMs, dueMs }: { nowMs: number; dueMs: number }): Promise<void> {
    this.#firing.add(schedule);
    await this.fire(schedule, dueMs).catch(() => undefined);
    this.#firing.delete(schedule);
    const { schedules } = this.#kept.state;
    // Written only now: after a kill the firing comes again, for twice is harmless and never is not.
    if (!this.#stopping.signal.aborted && schedules[key] === schedule) {
      const fired = { ...schedule, FiredMs: nowMs };
      if (schedule.ActionAfterCompletion === "DELETE" && nextDueMs(fired) === undefined) delete schedules[key];
      else schedules[key] = fired;
      this.#kept.save();
    }
    this.wind();
  }
}
