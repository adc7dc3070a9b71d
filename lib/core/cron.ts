/** Cron expressions as people write them: when they are due in their zone, and as EventBridge Scheduler writes them. */
import { Cron } from "croner";

import type { CronSchedule } from "../contract/schedule.ts";
import { INTERVALS_MINUTES } from "../contract/slot.ts";
import type { IntervalMinutes } from "../contract/slot.ts";
import { UTC } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { MINUTE_MS } from "../ics/wall.ts";
import { Refusal } from "./failure.ts";
import { minutesOf, readFields, schedulerFields } from "./cron-fields.ts";
import { shown } from "./refusals.ts";
import { wallClock } from "./wall-clock.ts";

/** No calendar is polled more often than the shortest interval. */
const CLOSEST_MINUTES = 5;
/** Turns looked at for the closest two: a whole day of the most frequent expression that is taken. */
const LOOKED_AT = 24 * 12;
/** Enough to see beyond a night or a weekend. */
const TYPICAL_TURNS = 12;
/** EventBridge Scheduler's limit of an expression. */
const EXPRESSION_LIMIT = 256;

/** `cron(0 9 ? * MON,TUE *)`. Throws `schedule-invalid` for what is no expression, comes too often or cannot be said there. */
export function schedulerExpression(expression: string): string {
  const turns = wallTurns(expression, 0);
  const first = turns.next().value;
  if (first === undefined) throw refusal(expression, "never comes", "one that comes at least once in some years");
  if (isOften(readFields(expression)) && closestOf(first, turns) < CLOSEST_MINUTES * MINUTE_MS) {
    throw refusal(expression, `comes more often than every ${CLOSEST_MINUTES} minutes`, "5 minutes between turns at least");
  }
  const fields = schedulerFields(readFields(expression));
  if (typeof fields === "string") throw refusal(expression, fields, "what EventBridge Scheduler can say");
  const written = `cron(${fields.join(" ")})`;
  if (written.length <= EXPRESSION_LIMIT) return written;
  throw refusal(expression, `has ${written.length} characters as a schedule`, `${EXPRESSION_LIMIT} at most`);
}

/** Whether two of its minutes are that close on the clock's face: the turns of no other expression can be. To look at turns takes long. */
function isOften([minutes]: ReturnType<typeof readFields>): boolean {
  const values = minutesOf(minutes);
  if (values === undefined) return true;
  return values.length > 1 && values.some((minute, index) => (minute - (values.at(index - 1) ?? 0) + 60) % 60 < CLOSEST_MINUTES);
}

function closestOf(first: number, turns: Generator<number, undefined>): number {
  let [before, closest] = [first, Infinity];
  for (let looked = 1; looked < LOOKED_AT; looked += 1) {
    const wall = turns.next().value;
    if (wall === undefined) break;
    closest = Math.min(closest, wall - before);
    before = wall;
  }
  return closest;
}

/**
 * The first instants after `afterMs` at which the schedule is due, in order. As Scheduler does it: a time that
 * the clocks skip is skipped, one that they show twice is due at the first of the two.
 */
export function cronTurns({ expression, zone: name }: Omit<CronSchedule, "kind">, afterMs: number, count: number): number[] {
  const zone: Zone = ianaZone(name) ?? UTC;
  const turns: number[] = [];
  for (const wallMs of wallTurns(expression, afterMs + zone.offsetAt(afterMs))) {
    if (turns.length === count) break;
    const atMs = wallClock(zone, wallMs);
    if (atMs !== undefined && atMs > afterMs) turns.push(atMs);
  }
  return turns;
}

/** The interval on the list that comes closest from above to the shortest time between turns: what readers of its feeds are told. */
export function cronInterval(schedule: Omit<CronSchedule, "kind">, nowMs: number): IntervalMinutes {
  const turns = cronTurns(schedule, nowMs, TYPICAL_TURNS);
  const shortestMs = turns.reduce((least, atMs, index) => Math.min(least, atMs - (turns[index - 1] ?? -Infinity)), Infinity);
  return INTERVALS_MINUTES.find((minutes) => minutes * MINUTE_MS >= shortestMs) ?? INTERVALS_MINUTES[9];
}

/** Wall times as if the clocks showed UTC. */
function* wallTurns(expression: string, afterWallMs: number): Generator<number, undefined> {
  const cron = readCron(expression);
  let at = cron.nextRun(new Date(afterWallMs));
  while (at !== null) {
    yield at.getTime();
    at = cron.nextRun(at);
  }
}

function readCron(expression: string): Cron {
  try {
    return new Cron(expression, { timezone: "UTC", paused: true, mode: "5-part" });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /u, "") : "it cannot be read";
    throw refusal(expression, `is no cron expression (${why})`, "minutes, hours, day, month and weekday such as 0 9 * * 1-5");
  }
}

function refusal(expression: string, seen: string, wanted: string): Refusal {
  const what = `the schedule ${shown(expression)} ${seen}, wanted ${wanted}`;
  return new Refusal("schedule-invalid", what, "write it as five fields, or give an interval", { details: { seen, wanted } });
}
