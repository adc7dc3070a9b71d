/** A whole listing in one array, for a table on the screen. */
import { everyItem } from "../sync/every-item.ts";
import type { Page, PageRequest } from "../sync/registry.ts";

const LIMIT = 200;

export async function everyPage<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of everyItem(list, LIMIT)) items.push(item);
  return items;
}
