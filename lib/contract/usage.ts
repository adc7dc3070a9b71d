/** What one owner has and how it does. */
import * as z from "zod";

import { QuotaLimits } from "./quota.ts";

/** Of GET /v1/usage and `calferry usage`. */
export const UsageQuery = z.strictObject({
  owner: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/u)
    .default("default")
    .describe("whose; with an owner's key its own"),
});

const count = z.number().int().nonnegative();

export const UsageView = z
  .object({
    ownerId: z.string(),
    at: z.string(),
    calendars: count.describe("counted to the limit and no further"),
    feeds: count.describe("counted to the limit and no further"),
    limits: QuotaLimits,
    events: count,
    links: count.describe("living ones"),
    imported: count.describe("calendars that were imported, or found unchanged, in the last 24 hours"),
    failing: count.describe("calendars whose last import failed"),
    held: count.describe("calendars with a hold"),
    publishedBytes: count.describe("of the feeds as they are served, without compression"),
    isPartial: z
      .boolean()
      .describe("whether everything but `calendars` and `feeds` is of the oldest 1,000 calendars and 200 feeds alone"),
  })
  .meta({ id: "Usage", description: "What one owner has and how it does." });
export type UsageView = z.infer<typeof UsageView>;
