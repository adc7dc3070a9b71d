/** Fires schedules at their time, retries what fails, and remembers over restarts what it has fired. */
import { randomUUID } from "node:crypto";

import { numberOf, objectOf, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { KeptRecords } from "./kept-records.ts";
import { parseExpression } from "./schedule-expression.ts";
import type { Timing } from "./schedule-expression.ts";

/** The clock is asked again at least this often, so that a changed system time is noticed. */
const LONGEST_SLEEP_MS = 30_000;
const LONGEST_RETRY_MS = 60_000;
/** EventBridge Scheduler's own defaults. */
const RETRIES = 185;
const LONGEST_AGE_SECONDS = 86_400;

export interface Target {
  /** True when the target took it. */
  readonly deliver: (arn: string, input: string) => Promise<boolean>;
  readonly giveUp: (schedule: JsonObject, input: string) => Promise<void>;
}

export class Clockwork {
  readonly #records: KeptRecords;
  readonly #target: Target;
  readonly #isClocked: (schedule: JsonObject) => boolean;
  readonly #stopping = new AbortController();
  /** Fired by this process, finished or not. */
  readonly #firedMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** Only schedules that `isClocked` go by the clock; the others wait for `fire`. */
  constructor(records: KeptRecords, target: Target, isClocked: (schedule: JsonObject) => boolean) {
    this.#records = records;
    this.#target = target;
    this.#isClocked = isClocked;
  }

  /** Looks at every schedule and sets the timer for the next; called at the start and after each change. */
  wind(): void {
    clearTimeout(this.#timer);
    if (this.#stopping.signal.aborted) {
      return;
    }
    const nowMs = Date.now();
    const schedules = this.#records.list("schedule").filter((one) => one["State"] !== "DISABLED" && this.#isClocked(one));
    const nextMs = schedules.map((schedule) => this.#fireIfDue(schedule, nowMs) ?? Number.POSITIVE_INFINITY);
    this.#timer = setTimeout(() => this.wind(), Math.max(0, Math.min(LONGEST_SLEEP_MS, ...nextMs.map((ms) => ms - nowMs))));
  }

  /** Delivers to the target with its retries, or to its dead-letter queue; false when the machine stopped meanwhile. */
  async fire(schedule: JsonObject): Promise<boolean> {
    const { Arn: arn, RetryPolicy: retry } = objectOf(schedule["Target"]);
    const input = inputOf(schedule);
    const latestMs = Date.now() + numberOf(objectOf(retry)["MaximumEventAgeInSeconds"], LONGEST_AGE_SECONDS) * 1000;
    const retries = numberOf(objectOf(retry)["MaximumRetryAttempts"], RETRIES);
    for (let attempt = 0; attempt <= retries && Date.now() <= latestMs; attempt++) {
      if (await this.#target.deliver(textOf(arn), input)) {
        return true;
      }
      const waitMs = attempt === retries ? 0 : Math.min(LONGEST_RETRY_MS, 1000 * 2 ** attempt);
      await sleep(waitMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) {
        return false;
      }
    }
    await this.#target.giveUp(schedule, input);
    return true;
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /** The instant of the next firing after this look. */
  #fireIfDue(schedule: JsonObject, nowMs: number): number | undefined {
    const kept = this.#records.get("fired", keyOf(schedule));
    const keptMs = kept?.["identity"] === identityOf(schedule) ? numberOf(kept["dueMs"], Number.NaN) : Number.NaN;
    const dueMs = nextDueMs(schedule, this.#firedMs.get(identityOf(schedule)) ?? keptMs);
    if (dueMs === undefined || dueMs > nowMs) {
      return dueMs;
    }
    this.#firedMs.set(identityOf(schedule), nowMs);
    void this.#fireAndRemember(schedule, nowMs);
    return nextDueMs(schedule, nowMs);
  }

  async #fireAndRemember(schedule: JsonObject, dueMs: number): Promise<void> {
    const key = keyOf(schedule);
    const finished = await this.fire(schedule);
    if (!finished || this.#stopping.signal.aborted || this.#records.get("schedule", key) === undefined) {
      return;
    }
    // Written only now: after a kill the firing comes again, for twice is harmless and never is not.
    this.#records.put("fired", key, { dueMs, identity: identityOf(schedule) });
    if (schedule["ActionAfterCompletion"] === "DELETE" && nextDueMs(schedule, dueMs) === undefined) {
      this.#records.remove("schedule", key);
      this.#records.remove("fired", key);
    }
  }
}

/** A schedule made again under the same name, or with another expression, has not fired yet. */
function identityOf(schedule: JsonObject): string {
  return `${keyOf(schedule)} ${textOf(schedule["ScheduleExpression"])} ${textOf(schedule["CreationDate"])}`;
}

export function keyOf(schedule: JsonObject): string {
  return `${textOf(schedule["GroupName"])}/${textOf(schedule["Name"])}`;
}

/** The instant after the last firing (NaN: none yet); an instant that passed while the machine was off is due now, once. */
function nextDueMs(schedule: JsonObject, lastMs: number): number | undefined {
  const timing = parseExpression(textOf(schedule["ScheduleExpression"]), textOf(schedule["ScheduleExpressionTimezone"]) || "UTC");
  // Dates are seconds since the epoch, as on the wire.
  const beginMs = Math.max(numberOf(schedule["StartDate"], 0), numberOf(schedule["LastModificationDate"], 0)) * 1000;
  const endMs = numberOf(schedule["EndDate"], Number.POSITIVE_INFINITY) * 1000;
  const first = Number.isNaN(lastMs);
  const dueMs = timing === undefined ? undefined : dueOf(timing, first ? beginMs : lastMs, first);
  return dueMs === undefined || dueMs > endMs ? undefined : dueMs;
}

function dueOf(timing: Timing, fromMs: number, first: boolean): number | undefined {
  if (timing.kind === "at") {
    return first ? timing.at.getTime() : undefined;
  }
  if (timing.kind === "rate") {
    return first ? fromMs : fromMs + timing.everyMs;
  }
  return timing.nextAfter(new Date(fromMs))?.getTime();
}

/** The target's input with Scheduler's context attributes filled in. */
function inputOf(schedule: JsonObject): string {
  const { Input: input } = objectOf(schedule["Target"]);
  return (textOf(input) || "{}")
    .replaceAll("<aws.scheduler.schedule-arn>", textOf(schedule["Arn"]))
    .replaceAll("<aws.scheduler.scheduled-time>", `${new Date().toISOString().slice(0, 19)}Z`)
    .replaceAll("<aws.scheduler.execution-id>", randomUUID())
    .replaceAll("<aws.scheduler.attempt-number>", "1");
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
