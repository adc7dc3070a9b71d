/** How far back a feed reaches: ended events leave it after a while, unless its owner wants them all. */
import type { ExportPolicy } from "../contract/feed.ts";

const DAY_MS = 86_400_000;
/** As long as past events are kept that a source drops. */
const PAST_DAYS = 400;
/** Nothing ahead is ever left out. */
const END = "9999-12-31T23:59:59.999Z";

/**
 * The horizon begins with a month, so that builds of one month agree: a feed moves at most once a month because time went by,
 * and only where it is built for another reason.
 */
export function feedHorizon(policy: ExportPolicy, now: Date): { readonly from: string; readonly to: string } | undefined {
  const days = policy.pastDays ?? (policy.class === "as-is" ? "all" : PAST_DAYS);
  if (days === "all") return undefined;
  const from = new Date(now.getTime() - days * DAY_MS);
  return { from: new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1)).toISOString(), to: END };
}
