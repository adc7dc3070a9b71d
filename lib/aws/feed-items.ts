/** How a feed's records lie in the table: all below one key. */
import type { Item, Key } from "./expressions.ts";

export const META = "META";
export const BUILD = "BUILD";
export const MEMBER = "MEMBER#";
export const LINK = "LINK#";

export function feedKey(feedId: string, sortKey: string): Key {
  return { pk: `FEED#${feedId}`, sk: sortKey };
}

export function below(items: readonly Item[], prefix: string): Item[] {
  return items.filter((item) => String(item["sk"]).startsWith(prefix));
}
