/** A turn on a weekend or a holiday of its calendar: skipped, or moved to the next business day. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { BusinessDays } from "../contract/schedule.ts";
import type { ImportTask } from "../contract/task.ts";
import { turnOnDay } from "../core/business-days.ts";
import type { TurnOnDay } from "../core/business-days.ts";
import { nextTurnMs } from "../core/place.ts";
import { movedTurn, moveTo } from "../core/reservations.ts";
import { runOf } from "../core/runs.ts";
import type { Done } from "../core/runs.ts";
import { UTC } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { localDay } from "../core/wall-clock.ts";
import type { ImportPorts, LoadedCalendar } from "./import-calendar.ts";
import { readHolidays } from "./read-holidays.ts";
import { untouched } from "./settled-calendar.ts";

/** What a person asks for now is done on every day. */
const OWN_TIMES: ReadonlySet<ImportTask["reason"]> = new Set(["tick", "cron", "reservation"]);

/** How the task ends on another day than a business day; undefined where it is to be done. */
export async function keepBusinessDays(
  task: ImportTask,
  loaded: LoadedCalendar,
  ports: Pick<ImportPorts, "calendars" | "objects" | "reservations">,
  now: Date,
): Promise<Done | undefined> {
  const { businessDays } = loaded.calendar;
  if (businessDays === undefined || !OWN_TIMES.has(task.reason)) return undefined;
  const dueMs = dueOf(task, now);
  const { days } = await readHolidays(businessDays, localDay(ianaZone(businessDays.zone) ?? UTC, dueMs), ports);
  // By its interval a calendar comes round on the next business day anyway.
  const policy = task.reason === "tick" ? "skip" : businessDays.policy;
  const turn = turnOnDay(dueMs, { ...businessDays, policy }, days);
  if (turn.kind === "stands") return undefined;
  if (turn.kind === "moved") await move(task, turn.toMs, loaded, ports, now);
  return await end(task, turn, loaded, ports, now);
}

/** A turn's own minute counts, however late its task comes; a reservation's time is its start. */
function dueOf({ turn }: ImportTask, now: Date): number {
  return turn === undefined ? now.getTime() : turn * 60_000;
}

/** Where the calendar has a turn of its own at that very time there is nothing to book. */
async function move(
  task: ImportTask,
  toMs: number,
  { calendar }: LoadedCalendar,
  { reservations }: Pick<ImportPorts, "reservations">,
  now: Date,
): Promise<void> {
  if (task.turn !== undefined && nextTurnMs(calendar, undefined, toMs - 1) === toMs) return;
  await reservations.book(moveTo(movedTurn(task, toMs), calendar.ownerId, toMs, now.getTime()));
}

async function end(
  task: ImportTask,
  turn: Exclude<TurnOnDay, { kind: "stands" }>,
  { calendar, checkpoint }: LoadedCalendar,
  { calendars }: Pick<ImportPorts, "calendars">,
  now: Date,
): Promise<Done> {
  const at = now.toISOString();
  const failure = { code: "not-business-day", reason: reasonOf(turn, calendar.businessDays) } as const;
  if (task.turn === undefined) {
    const status = turn.kind === "moved" ? "deferred" : "skipped";
    await calendars.putRun(runOf(task, { kind: "done", status, failure }, at, at));
    return { kind: "done", status };
  }
  // Until the day is over the tick sends no task: a holiday costs one write a day, and whoever changes the days is heard the day after.
  const opens = turn.kind === "skipped" ? new Date(turn.dayEndMs).toISOString() : "";
  const notBefore = [checkpoint.notBefore ?? "", opens].toSorted().at(-1);
  const outcome = { status: "skipped", at, ...failure } as const;
  const next: Checkpoint = { ...checkpoint, lastTurn: task.turn, outcome, ...(notBefore === "" ? {} : { notBefore }) };
  // Who comes second writes nothing: what an attempt or a host said meanwhile stands, and the next task finds the day as it is.
  await calendars.save(next, untouched(checkpoint, at));
  return { kind: "done", status: "skipped" };
}

function reasonOf(turn: Exclude<TurnOnDay, { kind: "stands" }>, businessDays: BusinessDays | undefined): string {
  const what = `${turn.day} is no business day in ${businessDays?.zone ?? "UTC"}`;
  if (turn.kind === "moved") return `${what}; the turn was moved to ${new Date(turn.toMs).toISOString()}`;
  return `${what}; the turn was skipped`;
}
