/** Holds as operators see them, for the routes and the terminal. */
import { holdView } from "../core/hold-view.ts";
import type { HoldView } from "../contract/hold-view.ts";
import type { HoldShelf, Page, PageRequest } from "../sync/registry.ts";

/** One owner's holds, the oldest first. */
export async function listHolds(ownerId: string, request: PageRequest, calendars: HoldShelf): Promise<Page<HoldView>> {
  const page = await calendars.holds(ownerId, request);
  const items = page.items.flatMap(({ calendar, hold }) => (hold === undefined ? [] : [holdView(calendar, hold)]));
  return { items, cursor: page.cursor };
}
