/** A listing in memory, page by page; its cursors are places in the listing. */
import type { Page, PageRequest } from "../../lib/sync/registry.ts";

export function pageOf<Item>(items: readonly Item[], { limit, cursor = "0" }: PageRequest): Page<Item> {
  const end = Number(cursor) + limit;
  return { items: structuredClone(items.slice(Number(cursor), end)), cursor: end < items.length ? String(end) : undefined };
}

/** A scan in memory: a cursor is the last key, so that whatever comes or goes between two pages moves nobody else from one to the other. */
export function scanPageOf<Item>(items: ReadonlyMap<string, Item>, { limit, cursor = "" }: PageRequest): Page<Item> {
  const rest = [...items].filter(([key]) => key > cursor).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const shown = rest.slice(0, limit);
  return {
    items: structuredClone(shown.map(([, item]) => item)),
    cursor: rest.length > limit ? shown.at(-1)?.[0] : undefined,
  };
}
