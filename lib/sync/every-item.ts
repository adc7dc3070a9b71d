/** A whole listing, page after page. */
import type { Page, PageRequest } from "./registry.ts";

const PAGE = 100;

/** Each item as its page comes; who stops early asks for no further page. */
export async function* everyItem<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: PageRequest["limit"] = PAGE,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await list({ limit, cursor });
    yield* page.items;
    ({ cursor } = page);
  } while (cursor !== undefined);
}
