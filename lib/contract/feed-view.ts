/** What people and programs are shown of a feed; a link's secret was shown once, when it was made. */
import * as z from "zod";

import { Build, Feed, Mask, Member } from "./feed.ts";
import { LinkView, Subscribe } from "./link-view.ts";

export const MemberView = z
  .object({
    calendarId: z.string(),
    mask: Mask,
    position: z.number().int().describe("place in the list, from 0"),
    filters: Member.shape.filters,
  })
  .meta({ id: "Member", description: "One calendar of a feed." });
export type MemberView = z.infer<typeof MemberView>;

export const MembersView = z
  .object({ members: z.array(MemberView).readonly() })
  .meta({ id: "Members", description: "The calendars of a feed, in its order." });
export type MembersView = z.infer<typeof MembersView>;

export const FeedView = z
  .object({
    feedId: z.string(),
    ownerId: z.string(),
    name: z.string(),
    color: z.string().optional(),
    policy: Feed.shape.policy,
    filters: Feed.shape.filters,
    state: Feed.shape.state,
    createdAt: z.string(),
    members: z.array(MemberView).readonly(),
    links: z.array(LinkView).readonly(),
    build: Build.pick({
      revision: true,
      etag: true,
      bytes: true,
      gzipBytes: true,
      eventCount: true,
      publishedAt: true,
    })
      .optional()
      .describe("what was published last; absent before the first build"),
  })
  .meta({ id: "Feed", description: "A feed: one published ICS made of up to 200 calendars." });
export type FeedView = z.infer<typeof FeedView>;

export const CreatedFeedView = FeedView.extend({
  link: z
    .object({ url: z.string(), webcalUrl: z.string().describe("for calendar apps that open on it") })
    .describe("secret, and shown this once"),
  subscribe: Subscribe,
}).meta({ id: "CreatedFeed", description: "A new feed with its first link." });
