/** Pages of a listing: the cursor is the last sort key, so that it stays good whatever is written meanwhile; in no other listing. */
import { createHash } from "node:crypto";

import type { Page, PageRequest } from "../sync/registry.ts";
import { Refusal } from "../core/failure.ts";
import type { Item } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** One partition of the table or of an index, and the sort keys with this prefix. */
type Listing = {
  readonly index?: string;
  readonly partition: { readonly field: string; readonly value: string };
  readonly sort: { readonly field: string; readonly prefix: string };
  readonly order: "ascending" | "descending";
};

/** Below and above every character that a sort key of ours has; a key condition takes no empty text. */
const FIRST = " ";
const LAST = "\u{ffff}";
const MARK_LENGTH = 8;

/** One page in the order of the sort key. Throws `query-invalid` for a cursor that no listing gave. */
export async function readPage(table: RecordTable, listing: Listing, page: PageRequest): Promise<Page<Item>> {
  const { partition, sort, order } = listing;
  const after = page.cursor === undefined ? undefined : readCursor(page.cursor, sort.prefix, nameOf(listing));
  // BETWEEN includes its ends: one more than the limit, and the cursor's own item is left out.
  const [first, last] = [sort.prefix + FIRST, sort.prefix + LAST];
  const [from, to] = order === "ascending" ? [after ?? first, last] : [first, after ?? last];
  const items = await table.first(
    {
      expression: `#${partition.field} = :partition AND #${sort.field} BETWEEN :from AND :to`,
      values: { ":partition": partition.value, ":from": from, ":to": to },
      order,
      ...(listing.index === undefined ? {} : { index: listing.index }),
    },
    page.limit + 2,
  );
  const rest = items.filter((item) => item[sort.field] !== after);
  const shown = rest.slice(0, page.limit);
  const end = rest.length > page.limit ? shown.at(-1)?.[sort.field] : undefined;
  return { items: shown, cursor: typeof end === "string" ? writeCursor(end, nameOf(listing)) : undefined };
}

function nameOf({ index = "", partition, sort }: Listing): string {
  return `${index} ${partition.value} ${sort.prefix}`;
}

/** One page of what an owner has of one kind, by the order of its keys. */
export async function readOwned(
  table: RecordTable,
  ownerId: string,
  prefix: "CAL#" | "FEED#" | "HOLD#" | "RESERVATION#" | "KEY#" | "DOWNLOAD#" | "REPEAT#",
  page: PageRequest,
  order: Listing["order"] = "ascending",
): Promise<Page<Item>> {
  const partition = { field: "ownerId", value: ownerId };
  const sort = { field: "ownedKey", prefix };
  return await readPage(table, { index: "byOwner", partition, sort, order }, page);
}

/** @param listing whose it is: another's cursor is refused */
export function writeCursor(sortKey: string, listing = ""): string {
  return Buffer.from(markOf(listing) + sortKey).toString("base64url");
}

/** Throws `query-invalid`. */
export function readCursor(cursor: string, prefix: string, listing = ""): string {
  const text = Buffer.from(cursor, "base64url").toString();
  const [mark, sortKey] = [text.slice(0, MARK_LENGTH), text.slice(MARK_LENGTH)];
  if (mark === markOf(listing) && sortKey.startsWith(prefix) && writeCursor(sortKey, listing) === cursor) return sortKey;
  const what = `the cursor has ${cursor.length} characters that this listing never gave, wanted the one of the page before`;
  throw new Refusal("query-invalid", what, "ask for the first page again, without a cursor");
}

function markOf(listing: string): string {
  return createHash("sha256").update(listing).digest("hex").slice(0, MARK_LENGTH);
}
