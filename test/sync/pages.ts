/** A listing in memory, page by page; its cursors are places in the listing. */
import type { Page, PageRequest } from "../../lib/sync/registry.ts";

export function pageOf<Item>(items: readonly Item[], { limit, cursor = "0" }: PageRequest): Page<Item> {
  const end = Number(cursor) + limit;
  return { items: structuredClone(items.slice(Number(cursor), end)), cursor: end < items.length ? String(end) : undefined };
}
