/**
 * The times of one rule within a window, in wall time: the library computes as if all were UTC, zones are applied by the
 * caller, so that a feed's own zones work as well.
 */
import { dayOf, isRuleDay } from "./possible-days.ts";
import type { Frequency, Rule } from "./rule.ts";
import { readSlices } from "./rule-library.ts";
import type { Slice, WallWindow, Work } from "./rule-library.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, startOfDay } from "./wall.ts";

export type RuleTimes = {
  /** In order, from the window alone. */
  readonly wallsMs: readonly number[];
  /** `partial` where the work or the library's own limit ran out. */
  readonly state: "whole" | "partial";
};

/** Times asked for at once; a rule by the second would otherwise fill the memory. */
const SLICE_TIMES = 2000;
/** Times of one day that are worth asking the library for; more are put together here. */
const DAY_TIMES = 24;
/** BYSETPOS picks from a whole period, which must then be held. */
const PERIOD_TIMES = 200_000;
const CYCLE_MS = 146_097 * DAY_MS;

/** Periods of fixed length; months and years count by their longest. */
const PERIOD_MS: Record<Frequency, number> = {
  SECONDLY: SECOND_MS,
  MINUTELY: MINUTE_MS,
  HOURLY: HOUR_MS,
  DAILY: DAY_MS,
  WEEKLY: 7 * DAY_MS,
  MONTHLY: 31 * DAY_MS,
  YEARLY: 366 * DAY_MS,
};

/** What the library is asked, and what becomes of each time that it gives; `times` is absent where that is the answer. */
type Plan = {
  readonly rule: Rule;
  readonly anchorMs: number;
  readonly slice: Slice;
  readonly times?: (wallMs: number) => Iterable<number>;
};

/**
 * Times of the rule in [fromMs, toMs), none before `startMs`. UNTIL is not looked at: it needs a zone, so the caller
 * ends the window there.
 */
export function timesOfRule(rule: Rule, startMs: number, window: WallWindow, work: Work): RuleTimes {
  const fromMs = Math.max(window.fromMs, startMs);
  if (fromMs >= window.toMs) return { wallsMs: [], state: "whole" };
  const plan = planOf({ ...rule, until: undefined }, startMs);
  if (plan === undefined) return { wallsMs: [], state: "partial" };
  const { times } = plan;
  if (times === undefined) return readPlain(plan, { fromMs, toMs: window.toMs }, work);
  return readSifted({ ...plan, times }, startMs, { fromMs, toMs: window.toMs }, work);
}

function readPlain({ rule, anchorMs, slice: size }: Plan, window: WallWindow, work: Work): RuleTimes {
  const nearMs = rule.count === undefined ? nearAnchor(rule, anchorMs, window.fromMs) : anchorMs;
  const wallsMs: number[] = [];
  for (const slice of readSlices(rule, nearMs, window, size, work)) {
    if (slice === undefined) return { wallsMs, state: "partial" };
    for (const wallMs of slice) wallsMs.push(wallMs);
  }
  return { wallsMs, state: "whole" };
}

/** What the library gives is not yet the answer, so COUNT is counted here, from the start on. */
function readSifted(plan: Required<Plan>, startMs: number, window: WallWindow, work: Work): RuleTimes {
  const rule = { ...plan.rule, count: undefined };
  const { count } = plan.rule;
  const fromMs = count === undefined ? startOfDay(window.fromMs) : plan.anchorMs;
  const nearMs = nearAnchor(rule, plan.anchorMs, fromMs);
  const wallsMs: number[] = [];
  let left = count ?? Number.POSITIVE_INFINITY;
  for (const slice of readSlices(rule, nearMs, { fromMs, toMs: window.toMs }, plan.slice, work)) {
    if (slice === undefined) return { wallsMs, state: "partial" };
    for (const wallMs of timesOf(slice, plan.times, work)) {
      if (wallMs < startMs) continue;
      if (wallMs >= window.toMs || left <= 0) return { wallsMs, state: "whole" };
      left -= 1;
      if (wallMs >= window.fromMs) wallsMs.push(wallMs);
    }
  }
  return { wallsMs, state: "whole" };
}

function* timesOf(
  slice: readonly number[],
  times: (wallMs: number) => Iterable<number>,
  work: Work,
): Generator<number, void, void> {
  for (const each of slice) {
    for (const wallMs of times(each)) {
      work.left -= 1;
      yield wallMs;
    }
    if (work.left <= 0) return;
  }
}

/** Undefined where a period has more times than memory should hold. */
function planOf(rule: Rule, startMs: number): Plan | undefined {
  const atOnce = [rule.byHour, rule.byMinute, rule.bySecond].reduce((product, list) => product * Math.max(1, list.length), 1);
  const periods = Math.max(1, Math.floor(SLICE_TIMES / atOnce));
  const sliceMs = PERIOD_MS[rule.frequency] * rule.interval * periods;
  const isSubDaily = PERIOD_MS[rule.frequency] < DAY_MS;
  if (rule.bySetPos.length > 0) {
    const days = Math.max(1, PERIOD_MS[rule.frequency] / DAY_MS);
    const candidatesPerMs = atOnce === 1 ? 0 : (days * atOnce) / (PERIOD_MS[rule.frequency] * rule.interval);
    return days * atOnce > PERIOD_TIMES ? undefined : { rule, anchorMs: startMs, slice: { ms: sliceMs, candidatesPerMs } };
  }
  if (!isSubDaily && atOnce > DAY_TIMES) return densePlan(rule, startMs);
  const sifted = siftedRule(rule);
  const slice = { ms: sliceMs, candidatesPerMs: 0 };
  if (sifted === undefined) return { rule, anchorMs: startMs, slice };
  return { rule: sifted, anchorMs: startMs, slice, times: (wallMs) => (isRuleDay(rule, dayOf(wallMs)) ? [wallMs] : []) };
}

/** The library gives the days, each of them has the times of the day. */
function densePlan(rule: Rule, startMs: number): Plan {
  const days = { ...rule, byHour: [], byMinute: [], bySecond: [] };
  const sifted = siftedRule(days);
  const clock = clockTimes(rule, startMs);
  const times = function* times(dayMs: number): Generator<number, void, void> {
    if (sifted !== undefined && !isRuleDay(rule, dayOf(dayMs))) return;
    for (const timeMs of clock) yield dayMs + timeMs;
  };
  return { rule: sifted ?? days, anchorMs: startOfDay(startMs), slice: { ms: DAY_MS, candidatesPerMs: 0 }, times };
}

function clockTimes(rule: Rule, startMs: number): readonly number[] {
  const start = new Date(startMs);
  const or = (list: readonly number[], own: number): readonly number[] => (list.length > 0 ? list : [own]);
  return or(rule.byHour, start.getUTCHours()).flatMap((hour) =>
    or(rule.byMinute, start.getUTCMinutes()).flatMap((minute) =>
      or(rule.bySecond, start.getUTCSeconds()).map(
        (second) => hour * HOUR_MS + minute * MINUTE_MS + Math.min(second, 59) * SECOND_MS,
      ),
    ),
  );
}

/** The library loses parts beside BYYEARDAY, and BYDAY beside BYMONTHDAY in a yearly rule; such a rule is asked for without, and sifted here. */
function siftedRule(rule: Rule): Rule | undefined {
  const { byDay, byMonthDay, byYearDay, frequency } = rule;
  if (byYearDay.length > 0 && byDay.length + byMonthDay.length > 0) {
    return frequency === "YEARLY" ? { ...rule, byDay: [], byMonthDay: [] } : { ...rule, byYearDay: [] };
  }
  const isOrdinal = byDay.some(({ ordinal }) => ordinal !== undefined);
  return frequency === "YEARLY" && byMonthDay.length > 0 && isOrdinal ? { ...rule, byDay: [] } : undefined;
}

/** A start nearer to the window that gives the same times there; the library walks from its start. */
function nearAnchor(rule: Rule, anchorMs: number, fromMs: number): number {
  const isFixed = rule.frequency !== "MONTHLY" && rule.frequency !== "YEARLY";
  const stepMs = (isFixed ? PERIOD_MS[rule.frequency] : CYCLE_MS) * rule.interval;
  return anchorMs + Math.max(0, Math.floor((fromMs - anchorMs) / stepMs) - 1) * stepMs;
}
