/** Query parameters of listings and of a PUT of events, as the API's routes read them. */
import * as z from "zod";

import { decimal } from "./decimal.ts";
import { LetterFilter, LetterState } from "./letter.ts";

const PAGE_LIMIT = 200;
const PAGE_USUAL = 50;
/** Base64 of a sort key, of which DynamoDB takes 1,024 bytes. */
const CURSOR_LIMIT = 1200;

export const PageQuery = z.strictObject({
  limit: decimal(1, PAGE_LIMIT).default(PAGE_USUAL).describe("items of a page at most"),
  cursor: z.string().min(1).max(CURSOR_LIMIT).optional().describe("what the page before gave as cursor"),
});
export type PageQuery = z.infer<typeof PageQuery>;

export const OwnedPageQuery = PageQuery.extend({
  owner: z.string().min(1).max(40).default("default").describe("whose; with an owner's key its own"),
});
export type OwnedPageQuery = z.infer<typeof OwnedPageQuery>;

/** One owner's calendars, or the one with the app's own name. */
export const CalendarPageQuery = OwnedPageQuery.extend({ externalId: z.string().min(1).max(120).optional() });
export type CalendarPageQuery = z.infer<typeof CalendarPageQuery>;

export const LetterPageQuery = PageQuery.extend({ state: LetterState.default("open"), ...LetterFilter.shape });
export type LetterPageQuery = z.infer<typeof LetterPageQuery>;

/** `replace=all` lets a PUT remove more than half of a push calendar. */
export const PutEventsQuery = z.strictObject({ replace: z.literal("all").optional() });
export type PutEventsQuery = z.infer<typeof PutEventsQuery>;

/** What a listing answers. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodReadonly<z.ZodArray<Item>>; cursor: z.ZodOptional<z.ZodString> }> {
  return z.object({
    items: z.array(item).readonly(),
    cursor: z.string().optional().describe("asks for the next page; absent on the last"),
  });
}
