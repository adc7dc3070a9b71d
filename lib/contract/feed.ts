/** A feed: one published ICS made of up to 200 calendars, each member with a mask of its own; its build and its links. */
import * as z from "zod";

import { Filter, FilterDraft, MemberFilter, MemberFilterDraft } from "./filter.ts";

export const MEMBER_LIMIT = 200;
/** A century. */
const DAYS_LIMIT = 36_500;

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
  pastDays: z.union([z.number().int().min(1).max(DAYS_LIMIT), z.literal("all")]).optional(),
  /** Days ahead in which an event has to begin, a series with one of its times; absent: nothing ahead is left out. */
  futureDays: z.number().int().min(1).max(DAYS_LIMIT).optional(),
});
export type ExportPolicy = z.infer<typeof ExportPolicy>;

/** Moves with each change of what events show (policy, mask): subscribers take an event anew only where SEQUENCE moved. */
export const Edition = z.object({
  number: z.number().int().positive(),
  /** UTC instant. */
  at: z.string(),
});
export type Edition = z.infer<typeof Edition>;

export const Feed = z.object({
  version: z.literal(1),
  feedId: z.string(),
  ownerId: z.string(),
  name: z.string(),
  color: z.string().optional(),
  policy: ExportPolicy,
  filters: Filter.optional(),
  edition: Edition.optional(),
  /** Moves by one with each change; absent before the first. */
  revision: z.number().int().positive().optional(),
  /** `removed`: its links are dead, and workers clear away the rest. */
  state: z.enum(["active", "removed"]),
  createdAt: z.string(),
  removedAt: z.string().optional(),
});
export type Feed = z.infer<typeof Feed>;

export const Member = z.object({
  version: z.literal(1).default(1),
  calendarId: z.string(),
  mask: Mask,
  position: z.number().int().nonnegative(),
  filters: MemberFilter.optional(),
  edition: Edition.optional(),
});
export type Member = z.infer<typeof Member>;

/** What a feed was last built from, and where its bytes lie. */
export const Build = z.object({
  version: z.literal(1).default(1),
  feedId: z.string(),
  /** Moves by one with each flip; 0 before the first build. */
  revision: z.number().int().nonnegative(),
  renderer: z.number().int().nonnegative(),
  /** Hash of name, policy, filters and members, and of where the future ends for them: a feed whose definition changed is built again. */
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
  /** UTC instant at which the last build began, whatever it found. */
  begunAt: z.string().optional(),
  /** Revision of published bytes that apps have not heard of yet; a worker that died between the two leaves it. */
  untold: z.number().int().positive().optional(),
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
  /** UTC instant from which it is dead, as its owner asked. */
  endsAt: z.string().optional(),
  /** It was rotated: works until this UTC instant. */
  graceUntil: z.string().optional(),
  /** Id of the link that took its place. */
  successor: z.string().optional(),
  revokedAt: z.string().optional(),
  /** Exact to an hour. */
  lastUsedAt: z.string().optional(),
  /** Family of the calendar app seen then. */
  agent: z.string().optional(),
});
export type Link = z.infer<typeof Link>;

const ownerId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/u);
const name = z.string().min(1).max(200);
const color = z.string().max(40);
const MemberDraft = z.strictObject({
  calendarId: z.string().min(1).max(100),
  mask: Mask.default("full"),
  filters: MemberFilterDraft.optional(),
});
const members = z.array(MemberDraft).min(1).max(MEMBER_LIMIT);

/** Body of POST /v1/feeds and arguments of `calferry feed create`. */
export const FeedDraft = z.strictObject({
  name,
  ownerId: ownerId.default("default"),
  color: color.optional(),
  members,
  policy: ExportPolicy.prefault({}),
  filters: FilterDraft.optional(),
});
export type FeedDraft = z.infer<typeof FeedDraft>;

/** Body of PATCH /v1/feeds/{feedId}: what is absent stays, null takes away. */
export const FeedPatch = z.strictObject({
  name: name.optional(),
  color: color.nullable().optional(),
  /** Fields that are absent stay. */
  policy: z
    .strictObject({
      class: ExportPolicy.shape.class.unwrap().optional(),
      people: ExportPolicy.shape.people.unwrap().optional(),
      alarms: ExportPolicy.shape.alarms.unwrap().optional(),
      pastDays: ExportPolicy.shape.pastDays.nullable(),
      futureDays: ExportPolicy.shape.futureDays.nullable(),
    })
    .optional(),
  filters: FilterDraft.nullable().optional(),
});
export type FeedPatch = z.infer<typeof FeedPatch>;

/** Body of PUT /v1/feeds/{feedId}/members: the whole list, in its order. */
export const MemberList = z.strictObject({ members });
export type MemberList = z.infer<typeof MemberList>;

/** Body of PUT /v1/feeds/{feedId}/members/{calendarId}: what is absent stays as it is, null takes away. */
export const MemberPut = z.strictObject({
  mask: Mask.optional(),
  /** Place in the list, from 0; the others make room. Absent: where it is, or the end. */
  position: z
    .number()
    .int()
    .min(0)
    .max(MEMBER_LIMIT - 1)
    .optional(),
  filters: MemberFilterDraft.nullable().optional(),
});
export type MemberPut = z.infer<typeof MemberPut>;
