/** How far a feed reaches: ended events leave it after a while, unless its owner wants them all; events ahead come in by and by where the owner says so. */
import type { ExportPolicy } from "../contract/feed.ts";
import type { MemberFilter } from "../contract/filter.ts";

export type Horizon = { readonly from: string; readonly to: string };

const DAY_MS = 86_400_000;
/** As long as past events are kept that a source drops. */
const PAST_DAYS = 400;
const BEGINNING = "0001-01-01T00:00:00.000Z";
const END = "9999-12-31T23:59:59.999Z";
/** A nearer end moves every day, a farther one every month. */
const NEAR_DAYS = 92;

/**
 * The horizon begins with a month, so that builds of one month agree: a feed moves at most once a month because time went by,
 * and only where it is built for another reason. Its end moves by itself: `futureEnds` is part of the feed's definition.
 */
export function feedHorizon(policy: ExportPolicy, now: Date, filter: MemberFilter = {}): Horizon | undefined {
  const own = policy.pastDays ?? (policy.class === "as-is" ? "all" : PAST_DAYS);
  const past = least(own === "all" ? undefined : own, filter.pastDays);
  const future = least(policy.futureDays, filter.futureDays);
  if (past === undefined && future === undefined) return undefined;
  return { from: past === undefined ? BEGINNING : beginOf(past, now), to: future === undefined ? END : endOf(future, now) };
}

/** Where the future ends now for each of these that say so. */
export function futureEnds(days: readonly (number | undefined)[], now: Date): readonly string[] {
  return days.flatMap((each) => (each === undefined ? [] : [endOf(each, now)]));
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function beginOf(days: number, now: Date): string {
  const from = new Date(now.getTime() - days * DAY_MS);
  return new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1)).toISOString();
}

/** A day more than asked for: the look over the table that finds a feed old comes once a day. */
function endOf(days: number, now: Date): string {
  const last = new Date(now.getTime() + (days + 1) * DAY_MS);
  const [year, month, day] = [last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate()];
  return new Date(days > NEAR_DAYS ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + 1)).toISOString();
}
