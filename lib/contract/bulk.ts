/** The same done to many calendars or feeds by a filter, part by part. */
import * as z from "zod";

const CURSOR_LIMIT = 1200;
const IDS_LIMIT = 500;

export const BulkAction = z.enum(["pause", "resume", "sync", "refresh", "revoke-links"]);
export type BulkAction = z.infer<typeof BulkAction>;

/** What is absent excludes none. */
const BulkFilter = z.strictObject({
  ids: z.array(z.string().min(1).max(100)).min(1).max(IDS_LIMIT).optional().describe("these calendars, or feeds"),
  name: z.string().min(1).max(200).optional().describe("a part of the name, in any case"),
  metadata: z
    .record(z.string().min(1).max(40), z.string().max(200))
    .optional()
    .describe("pairs that a calendar has, all of them"),
  kind: z.enum(["url", "push"]).optional(),
  host: z.string().min(1).max(260).optional(),
  state: z.enum(["active", "paused", "suspended"]).optional(),
  code: z.string().min(1).max(60).optional().describe("of the last outcome"),
  stale: z.boolean().optional().describe("without success for so long that feeds say so, or not"),
});
export type BulkFilter = z.infer<typeof BulkFilter>;

/** What feeds can be chosen by. */
const OF_FEEDS = new Set(["ids", "name"]);

/**
 * Body of POST /v1/bulk. One call works through a part; the caller repeats it with the answer's `cursor` until there is none. What is done already is
 * left as it is: to begin again does no harm.
 */
const fields = z.strictObject({
  action: BulkAction,
  /** With an admin key everybody's where it is absent. */
  ownerId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/u)
    .optional(),
  filter: BulkFilter.default({}),
  /** Without any filter: never all by mistake. */
  all: z.boolean().default(false),
  /** Calendars that were asked for since then are left out of `sync` and `refresh`: a run that was broken off goes on. */
  since: z.iso.datetime().optional(),
  dryRun: z.boolean().default(false).describe("says what would be done"),
  cursor: z.string().min(1).max(CURSOR_LIMIT).optional(),
});
export const BulkRequest = fields
  .refine(({ filter, all }) => all || Object.keys(filter).length > 0, { path: ["filter"], error: "a filter, or all" })
  .refine(({ action, filter }) => action !== "revoke-links" || Object.keys(filter).every((name) => OF_FEEDS.has(name)), {
    path: ["filter"],
    error: "ids and name alone where links are revoked",
  });
export type BulkRequest = z.infer<typeof BulkRequest>;

/** `would`: of a dry run. */
export const BulkItem = z.object({
  id: z.string(),
  name: z.string(),
  outcome: z.enum(["done", "would", "skipped", "failed"]),
  code: z.string().optional(),
  detail: z.string().optional(),
});
export type BulkItem = z.infer<typeof BulkItem>;

export const BulkReport = z
  .object({
    action: BulkAction,
    dryRun: z.boolean(),
    items: z.array(BulkItem).readonly(),
    seen: z.number().int().nonnegative().describe("calendars or feeds looked at, those that are not meant among them"),
    cursor: z.string().optional().describe("asks for the next part; absent after the last"),
  })
  .meta({ id: "BulkReport", description: "What one part came to, one by one." });
export type BulkReport = z.infer<typeof BulkReport>;
