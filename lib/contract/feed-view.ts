/** What people and programs are shown of a feed; a link's secret was shown once, when it was made. */
import * as z from "zod";

import { Build, Feed, Link, Member } from "./feed.ts";

export const FeedView = z
  .object({
    feedId: z.string(),
    ownerId: z.string(),
    name: z.string(),
    color: z.string().optional(),
    policy: Feed.shape.policy,
    state: Feed.shape.state,
    createdAt: z.string(),
    members: z.array(Member.pick({ calendarId: true, mask: true })).readonly(),
    links: z.array(Link.pick({ label: true, state: true, createdAt: true })).readonly(),
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
}).meta({ id: "CreatedFeed", description: "A new feed with its first link." });
