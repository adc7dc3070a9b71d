/**
 * Whether an owner may have one more. What there is is counted in the index, up to the limit, whenever something is made: a counter beside it would have to
 * be written twice for each thing, drift with each crash and be mended. Two requests at once may both be the last: a quota guards, it does not bill.
 */
import type { Quota, QuotaDraft, QuotaLimits, QuotaView } from "../contract/quota.ts";
import { checkQuota, limitsOf, quotaView } from "../core/quotas.ts";
import { isLive } from "../core/links.ts";
import type { FeedRegistry } from "./registry.ts";

export interface QuotaBook {
  /** What holds for whom nobody gave anything else. */
  readonly usual: QuotaLimits;
  /** Undefined for an owner with the usual limits. */
  quota(ownerId: string): Promise<Quota | undefined>;
  putQuota(quota: Quota): Promise<void>;
  /** Counted to `most` and no further. */
  count(ownerId: string, kind: "calendars" | "feeds", most: number): Promise<number>;
}

/** Throws `quota-exceeded`. */
export async function requireRoom(ownerId: string, kind: "calendars" | "feeds", quotas: QuotaBook): Promise<void> {
  const limit = limitsOf(await quotas.quota(ownerId), quotas.usual)[kind];
  checkQuota(ownerId, kind, await quotas.count(ownerId, kind, limit), limit);
}

/** Throws `quota-exceeded`; of a feed that is none nothing is said here. */
export async function requireLinkRoom(
  feedId: string,
  { quotas, feeds }: { readonly quotas: QuotaBook; readonly feeds: Pick<FeedRegistry, "load"> },
  now: Date,
): Promise<void> {
  const loaded = await feeds.load(feedId);
  if (loaded === undefined) return;
  const { ownerId } = loaded.feed;
  const { linksPerFeed } = limitsOf(await quotas.quota(ownerId), quotas.usual);
  checkQuota(ownerId, "linksPerFeed", loaded.links.filter((link) => isLive(link, now)).length, linksPerFeed);
}

export async function showQuota(ownerId: string, quotas: QuotaBook): Promise<QuotaView> {
  return quotaView(ownerId, await quotas.quota(ownerId), quotas.usual);
}

export async function setQuota(ownerId: string, draft: QuotaDraft, quotas: QuotaBook): Promise<QuotaView> {
  const quota: Quota = { version: 1, ownerId, ...draft };
  await quotas.putQuota(quota);
  return quotaView(ownerId, quota, quotas.usual);
}
