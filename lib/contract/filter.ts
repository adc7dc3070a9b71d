/** What of a calendar's events a feed or one of its members lets through; without a filter: all. */
import * as z from "zod";

const WORDS_LIMIT = 50;
const WORD_LENGTH = 100;
/** A century. */
const DAYS_LIMIT = 36_500;

const words = z.array(z.string().trim().min(1).max(WORD_LENGTH)).min(1).max(WORDS_LIMIT).optional();
/** `include`: one of them has to be there; `exclude`: none of them may be, and it wins. */
const WORDS = { include: words, exclude: words } as const;
const HORIZON = {
  /** Days that an ended event stays. */
  pastDays: z.number().int().min(1).max(DAYS_LIMIT).optional(),
  /** Days ahead in which an event has to begin; a series stays whole where one of its times can. */
  futureDays: z.number().int().min(1).max(DAYS_LIMIT).optional(),
} as const;
/** `only` leaves events that have times out, `drop` those that have whole days. */
const allDay = z.enum(["only", "drop"]).optional();

/** As stored: what a later version adds is ignored. */
export const Filter = z.object({
  /** Parts of SUMMARY, DESCRIPTION or LOCATION, in any letter case. */
  keywords: z.object(WORDS).optional(),
  /** Whole names of CATEGORIES, in any letter case. */
  categories: z.object(WORDS).optional(),
  allDay,
});
export type Filter = z.infer<typeof Filter>;

/** A member's own filter narrows its feed's, and so does its horizon. */
export const MemberFilter = z.object({ ...Filter.shape, ...HORIZON });
export type MemberFilter = z.infer<typeof MemberFilter>;

const written = {
  keywords: z.strictObject(WORDS).optional(),
  categories: z.strictObject(WORDS).optional(),
  allDay,
} as const;
/** The same as people write them: an unknown name is refused. */
export const FilterDraft = z.strictObject(written);
export const MemberFilterDraft = z.strictObject({ ...written, ...HORIZON });
