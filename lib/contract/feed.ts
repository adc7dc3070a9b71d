/** A feed: one published ICS made of up to 200 calendars, each member with a mask of its own; its build and its links. */
import * as z from "zod";

const MEMBER_LIMIT = 200;
/** A century. */
const PAST_DAYS_LIMIT = 36_500;

/** What a member shows: everything, titles and times, or busy times alone. */
export const Mask = z.enum(["full", "titles", "busy"]);
export type Mask = z.infer<typeof Mask>;

export const ExportPolicy = z.object({
  /** `guard`: PRIVATE shows at most busy, CONFIDENTIAL nothing; `as-is`: the mask alone decides. */
  class: z.enum(["guard", "as-is"]).default("guard"),
  /** ATTENDEE, ORGANIZER and conference links. */
  people: z.enum(["drop", "keep"]).default("drop"),
  alarms: z.enum(["drop", "keep"]).default("drop"),
  /** Days that an ended event stays in the feed; absent: 400 with `guard`, all with `as-is`. */
  pastDays: z.union([z.number().int().min(1).max(PAST_DAYS_LIMIT), z.literal("all")]).optional(),
});
export type ExportPolicy = z.infer<typeof ExportPolicy>;

export const Feed = z.object({
  version: z.literal(1),
  feedId: z.string(),
  ownerId: z.string(),
  name: z.string(),
  color: z.string().optional(),
  policy: ExportPolicy,
  state: z.enum(["active", "removed"]),
  createdAt: z.string(),
});
export type Feed = z.infer<typeof Feed>;

export const Member = z.object({
  version: z.literal(1).default(1),
  calendarId: z.string(),
  mask: Mask,
  position: z.number().int().nonnegative(),
});
export type Member = z.infer<typeof Member>;

/** What a feed was last built from, and where its bytes lie. */
export const Build = z.object({
  version: z.literal(1).default(1),
  feedId: z.string(),
  /** Moves by one with each flip; 0 before the first build. */
  revision: z.number().int().nonnegative(),
  renderer: z.number().int().nonnegative(),
  /** Hash of name, policy and members: a feed whose definition changed is built again. */
  definition: z.string().optional(),
  /** Version used of each member. */
  members: z.record(z.string(), z.number().int().nonnegative()),
  /** Key of the plain object; the gzip one has `.gz` after it. */
  objectKey: z.string().optional(),
  /** Strong, quoted. */
  etag: z.string().optional(),
  bytes: z.number().int().nonnegative().optional(),
  gzipBytes: z.number().int().nonnegative().optional(),
  eventCount: z.number().int().nonnegative().optional(),
  /** UTC instant at which these bytes were first published. */
  publishedAt: z.string().optional(),
});
export type Build = z.infer<typeof Build>;

/** One secret URL of a feed; only the secret's SHA-256 is stored. */
export const Link = z.object({
  version: z.literal(1),
  feedId: z.string(),
  secretHash: z.string(),
  label: z.string(),
  state: z.enum(["active", "revoked"]),
  createdAt: z.string(),
});
export type Link = z.infer<typeof Link>;

/** Body of POST /v1/feeds and arguments of `calferry feed create`. */
export const FeedDraft = z.strictObject({
  name: z.string().min(1).max(200),
  ownerId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/u)
    .default("default"),
  color: z.string().max(40).optional(),
  members: z
    .array(z.strictObject({ calendarId: z.string().min(1).max(100), mask: Mask.default("full") }))
    .min(1)
    .max(MEMBER_LIMIT),
  policy: ExportPolicy.prefault({}),
});
export type FeedDraft = z.infer<typeof FeedDraft>;
