/** rrule-temporal behind our own interface, in slices, so that it never makes more times at once than memory should hold. */
import { RRuleTemporal } from "rrule-temporal";

import type { Rule } from "./rule.ts";
import { writeRule } from "./rule.ts";
import { writeWall } from "./wall.ts";

/** What an expansion may still spend; shared by all rules of a file. One unit is one time made. */
export type Work = { left: number };

/** How much is asked for at once, and how many times per millisecond the library makes beside those that it gives: BYSETPOS picks from many. */
export type Slice = { readonly ms: number; readonly candidatesPerMs: number };

export type WallWindow = { readonly fromMs: number; readonly toMs: number };

/** Steps without a result after which the library gives up. Its other limit stays as it is: moving it makes it forty times slower. */
const LIBRARY_STEPS = 10_000;
/** What asking costs beside the times, and what giving up costs, as measured in times. */
const ASKED = 20;
const GIVEN_UP = 10_000;
const GROWTH = 4;
const LARGEST_GROWTH = 4096;

/**
 * Times of a rule without UNTIL in [fromMs, toMs), slice by slice; empty slices make the next ones longer.
 * Gives undefined, as the last, where the work or the library's own limit ran out.
 */
export function* readSlices(
  rule: Rule,
  anchorMs: number,
  window: WallWindow,
  slice: Slice,
  work: Work,
): Generator<readonly number[] | undefined, void, void> {
  let growth = 1;
  for (let fromMs = window.fromMs; fromMs < window.toMs;) {
    const toMs = Math.min(
      fromMs + Math.max(slice.ms, Math.min(slice.ms * growth, GIVEN_UP / slice.candidatesPerMs)),
      window.toMs,
    );
    const found = work.left > 0 ? timesBetween(rule, anchorMs, { fromMs, toMs }) : undefined;
    work.left -= found === undefined ? GIVEN_UP : found.length + ASKED + (toMs - fromMs) * slice.candidatesPerMs;
    yield found;
    if (found === undefined) return;
    growth = found.length > 0 ? 1 : Math.min(growth * GROWTH, LARGEST_GROWTH);
    fromMs = toMs;
  }
}

/** Undefined where the library reached its limit before it was done. */
function timesBetween(rule: Rule, anchorMs: number, { fromMs, toMs }: WallWindow): readonly number[] | undefined {
  try {
    const library = new RRuleTemporal({
      rruleString: `DTSTART:${writeWall(anchorMs)}Z\nRRULE:${writeRule(rule)}`,
      maxIterations: LIBRARY_STEPS,
    });
    return library.between(new Date(fromMs), new Date(toMs - 1), true).map((time) => time.epochMilliseconds);
  } catch {
    return undefined;
  }
}
