/** How much one owner may have: the deployment's usual limits, and what an operator gave an owner instead. */
import * as z from "zod";

const MOST = 1_000_000;
/** The hard limit of a feed: more living links nobody hands out one by one. */
const LINKS = 100;

const fields = {
  calendars: z.number().int().min(0).max(MOST).describe("calendars of an owner"),
  feeds: z.number().int().min(0).max(MOST).describe("feeds of an owner"),
  linksPerFeed: z.number().int().min(1).max(LINKS).describe("living links of each feed"),
};

export const QuotaLimits = z.object(fields);
export type QuotaLimits = z.infer<typeof QuotaLimits>;
/** As a function's environment and the stack's outputs have them. */
export const QuotaText = z.string().transform((text) => QuotaLimits.parse(JSON.parse(text)));

/** Body of PUT /v1/owners/{ownerId}/quota and options of `calferry owner quota`: the whole of it; what is absent is as usual. */
export const QuotaDraft = z.strictObject({
  calendars: fields.calendars.optional(),
  feeds: fields.feeds.optional(),
  linksPerFeed: fields.linksPerFeed.optional(),
});
export type QuotaDraft = z.infer<typeof QuotaDraft>;

/** The stored record of an owner that has limits of its own. */
export const Quota = z.object({ version: z.literal(1), ownerId: z.string(), ...QuotaDraft.shape });
export type Quota = z.infer<typeof Quota>;

export const QuotaView = z
  .object({ ownerId: z.string(), ...fields, own: z.array(z.enum(["calendars", "feeds", "linksPerFeed"])).readonly() })
  .meta({ id: "Quota", description: "What an owner may have; `own` names the limits that are not the usual ones." });
export type QuotaView = z.infer<typeof QuotaView>;
