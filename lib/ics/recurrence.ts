/**
 * The times of one rule within a window, by rrule-temporal, in wall time: the library computes as if all were UTC,
 * zones are applied by the caller, so that a feed's own zones work as well. Nothing else imports the library.
 */
import { RRuleTemporal } from "rrule-temporal";

import { dayOf, isRuleDay } from "./possible-days.ts";
import type { Frequency, Rule } from "./rule.ts";
import { writeRule } from "./rule.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, writeWall } from "./wall.ts";

/** What an expansion may still spend; shared by all rules of a file. One unit is one time made, or a step of the library. */
export type Work = { left: number };

export type WallWindow = { readonly fromMs: number; readonly toMs: number };

export type RuleTimes = {
  /** In order, from the window alone. */
  readonly wallsMs: readonly number[];
  /** `partial` where the work or the library's own limit ran out. */
  readonly state: "whole" | "partial";
};

/** Steps without a result after which the library gives up. */
const LIBRARY_STEPS = 10_000;
const LIBRARY_CANDIDATES = 100_000;
/** Times asked for at once; a rule by the second would otherwise fill the memory. */
const SLICE_TIMES = 2000;
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

/**
 * Times of the rule in [fromMs, toMs), none before `startMs`. UNTIL is not looked at: it needs a zone, so the caller
 * ends the window there.
 */
export function timesOfRule(rule: Rule, startMs: number, window: WallWindow, work: Work): RuleTimes {
  const plan = planOf(rule);
  const fromMs = Math.max(window.fromMs, startMs);
  if (fromMs >= window.toMs) return { wallsMs: [], state: "whole" };
  if (plan.keep === undefined || rule.count === undefined) {
    const anchorMs = rule.count === undefined ? anchorOf(rule, startMs, fromMs) : startMs;
    const read = readSlices(plan.rule, anchorMs, { fromMs, toMs: window.toMs }, work);
    return { ...read, wallsMs: plan.keep === undefined ? read.wallsMs : read.wallsMs.filter(plan.keep) };
  }
  const all = readSlices({ ...plan.rule, count: undefined }, startMs, { fromMs: startMs, toMs: window.toMs }, work);
  const counted = all.wallsMs.filter(plan.keep).slice(0, rule.count);
  return { ...all, wallsMs: counted.filter((wallMs) => wallMs >= fromMs) };
}

type Plan = { readonly rule: Rule; readonly keep: ((wallMs: number) => boolean) | undefined };

/** The library loses parts beside BYYEARDAY, and BYDAY beside BYMONTHDAY in a yearly rule; there the days are sifted here. */
function planOf(rule: Rule): Plan {
  const { byDay, byMonthDay, byYearDay } = rule;
  if (rule.bySetPos.length > 0) return { rule, keep: undefined };
  const keep = (wallMs: number): boolean => isRuleDay(rule, dayOf(wallMs));
  if (byYearDay.length > 0 && byDay.length + byMonthDay.length > 0) {
    const isYearly = rule.frequency === "YEARLY";
    return { rule: isYearly ? { ...rule, byDay: [], byMonthDay: [] } : { ...rule, byYearDay: [] }, keep };
  }
  const isSifted = rule.frequency === "YEARLY" && byMonthDay.length > 0 && byDay.some(({ ordinal }) => ordinal !== undefined);
  return isSifted ? { rule: { ...rule, byDay: [] }, keep } : { rule, keep: undefined };
}

/** A start nearer to the window that gives the same times there; the library walks from its start. */
function anchorOf(rule: Rule, startMs: number, fromMs: number): number {
  const isFixed = rule.frequency !== "MONTHLY" && rule.frequency !== "YEARLY";
  const stepMs = (isFixed ? PERIOD_MS[rule.frequency] : CYCLE_MS) * rule.interval;
  return startMs + Math.max(0, Math.floor((fromMs - startMs) / stepMs) - 1) * stepMs;
}

function readSlices(rule: Rule, anchorMs: number, window: WallWindow, work: Work): RuleTimes {
  const wallsMs: number[] = [];
  let sliceMs = sliceOf(rule);
  for (let fromMs = window.fromMs; fromMs < window.toMs; ) {
    if (work.left <= 0) return { wallsMs, state: "partial" };
    const toMs = Math.min(fromMs + sliceMs, window.toMs);
    const found = timesBetween(rule, anchorMs, { fromMs, toMs });
    if (found === undefined) {
      work.left -= LIBRARY_STEPS;
      return { wallsMs, state: "partial" };
    }
    work.left -= found.length + 10;
    for (const wallMs of found) wallsMs.push(wallMs);
    if (found.length === 0) sliceMs *= 4;
    fromMs = toMs;
  }
  return { wallsMs, state: "whole" };
}

function sliceOf(rule: Rule): number {
  const atOnce = [rule.byHour, rule.byMinute, rule.bySecond].reduce((product, list) => product * Math.max(1, list.length), 1);
  const periods = Math.max(1, Math.floor(SLICE_TIMES / atOnce));
  return PERIOD_MS[rule.frequency] * rule.interval * periods;
}

/** Undefined where the library reached its limit before it was done. */
function timesBetween(rule: Rule, anchorMs: number, { fromMs, toMs }: WallWindow): readonly number[] | undefined {
  const text = writeRule({ ...rule, until: undefined });
  try {
    const library = new RRuleTemporal({
      rruleString: `DTSTART:${writeWall(anchorMs)}Z\nRRULE:${text}`,
      maxIterations: LIBRARY_STEPS,
      maxCandidateEvaluations: LIBRARY_CANDIDATES,
    });
    return library.between(new Date(fromMs), new Date(toMs - 1), true).map((time) => time.epochMilliseconds);
  } catch {
    return undefined;
  }
}
