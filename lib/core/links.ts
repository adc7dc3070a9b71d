/** Links of a feed: which secret works now, and what their owner sees of them. */
import type { Link } from "../contract/feed.ts";
import type { LinkView } from "../contract/link-view.ts";
import { shown } from "./refusals.ts";
import { Refusal } from "./failure.ts";

/** Enough to tell the links of one feed apart; of the 256 bits too few to help anybody. */
const ID_LENGTH = 12;
/** More living links than this nobody hands out one by one. */
const LIVE_LIMIT = 100;
const DAY_MS = 86_400_000;
const MARK_MS = 3_600_000;

/** A link's public name: the beginning of its secret's hash. */
export function linkIdOf({ secretHash }: Pick<Link, "secretHash">): string {
  return secretHash.slice(0, ID_LENGTH);
}

export function standingOf(link: Link, now: Date): LinkView["state"] {
  const at = now.toISOString();
  if (link.state === "revoked") return "revoked";
  if (link.endsAt !== undefined && link.endsAt <= at) return "expired";
  if (link.graceUntil === undefined) return "active";
  return link.graceUntil > at ? "grace" : "rotated";
}

/** Whether the link's secret opens the feed. */
export function isLive(link: Link, now: Date): boolean {
  const standing = standingOf(link, now);
  return standing === "active" || standing === "grace";
}

/** Whether this use is to be written down: the first, and then one an hour. */
export function isMarkDue({ lastUsedAt }: Link, now: Date): boolean {
  return lastUsedAt === undefined || now.getTime() - Date.parse(lastUsedAt) >= MARK_MS;
}

/** Marks before this instant are old. */
export function markedBefore(now: Date): string {
  return new Date(now.getTime() - MARK_MS).toISOString();
}

export function graceEnd(graceDays: number, now: Date): string {
  return new Date(now.getTime() + graceDays * DAY_MS).toISOString();
}

export function linkView(link: Link, now: Date): LinkView {
  return {
    linkId: linkIdOf(link),
    label: link.label,
    state: standingOf(link, now),
    createdAt: link.createdAt,
    expiresAt: link.endsAt,
    lastUsedAt: link.lastUsedAt,
    agent: link.agent,
    graceUntil: link.graceUntil,
    successor: link.successor,
    revokedAt: link.revokedAt,
  };
}

/** By age; two of one instant by id. */
export function linkViews(links: readonly Link[], now: Date): LinkView[] {
  const views = links.map((link) => linkView(link, now));
  return views.toSorted((a, b) => compare(a.createdAt, b.createdAt) || compare(a.linkId, b.linkId));
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Throws `links-full` where a feed has as many living links as it may have. */
export function checkRoom(feedId: string, links: readonly Link[], now: Date): void {
  const live = links.filter((link) => isLive(link, now)).length;
  if (live < LIVE_LIMIT) return;
  const what = `feed ${shown(feedId)} has ${live} living links, wanted fewer than ${LIVE_LIMIT}`;
  throw new Refusal("links-full", what, `revoke one that nobody uses: calferry link list ${feedId}`);
}

export function unknownLink(feedId: string, linkId: string): Refusal {
  const what = `feed ${shown(feedId)} has no link ${shown(linkId)}, wanted the id of one of its links`;
  return new Refusal("link-unknown", what, `list them with: calferry link list ${shown(feedId).slice(1, -1)}`);
}

/** A link that does not work any more, or was rotated before, has no secret to replace. */
export function refuseRotation(link: Link, now: Date): Refusal {
  const { feedId, successor } = link;
  const standing = standingOf(link, now);
  const what = `link ${linkIdOf(link)} of feed ${shown(feedId)} is ${standing === "grace" ? "rotated" : standing}, wanted an active one`;
  const next =
    successor === undefined ? `make a new one: calferry link create ${feedId}` : `its successor is ${successor}; rotate that one`;
  return new Refusal("link-ended", what, next);
}

/** An end that is past would make a link that never works. */
export function checkEnd(expiresAt: string | undefined, now: Date): void {
  if (expiresAt === undefined || Date.parse(expiresAt) > now.getTime()) return;
  const what = `expiresAt is ${shown(expiresAt)}, wanted an instant after ${now.toISOString()}`;
  throw new Refusal("body-invalid", what, "leave it away for a link without end");
}
