/** Quotas: which limit counts for an owner, and what a request beyond it is told. */
import type { Quota, QuotaLimits, QuotaView } from "../contract/quota.ts";
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";

export type QuotaKind = keyof QuotaLimits;

const WORDS: Record<QuotaKind, string> = { calendars: "calendars", feeds: "feeds", linksPerFeed: "living links of a feed" };
const OPTIONS: Record<QuotaKind, string> = { calendars: "calendars", feeds: "feeds", linksPerFeed: "links-per-feed" };
const KINDS = ["calendars", "feeds", "linksPerFeed"] as const satisfies readonly QuotaKind[];

export function limitsOf(own: Quota | undefined, usual: QuotaLimits): QuotaLimits {
  const { calendars = usual.calendars, feeds = usual.feeds, linksPerFeed = usual.linksPerFeed } = own ?? {};
  return { calendars, feeds, linksPerFeed };
}

export function quotaView(ownerId: string, own: Quota | undefined, usual: QuotaLimits): QuotaView {
  return { ownerId, ...limitsOf(own, usual), own: KINDS.filter((kind) => own?.[kind] !== undefined) };
}

/** Throws `quota-exceeded` where one more would be too many. */
export function checkQuota(ownerId: string, kind: QuotaKind, count: number, limit: number): void {
  if (count < limit) return;
  const [seen, wanted] = [`${count} ${WORDS[kind]}`, `fewer than ${limit}`];
  const next = `remove what nobody uses, or have an operator give more: calferry owner quota ${ownerId} --${OPTIONS[kind]} N`;
  throw new Refusal("quota-exceeded", `owner ${shown(ownerId)} has ${seen}, wanted ${wanted}`, next, {
    details: { seen, wanted },
  });
}
