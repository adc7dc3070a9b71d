/** Give a link a new secret; the old one works until the end of its grace. */
import { graceEnd, linkIdOf, refuseRotation, standingOf } from "../core/links.ts";
import { newLink } from "./create-link.ts";
import type { CreatedLink, LinkContext, LinkWriter } from "./create-link.ts";
import { loadLink } from "./load-feed.ts";
import type { LinkName } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export type LinkEnd = { readonly graceUntil: string; readonly successor: string };

export interface LinkRetirer extends LinkWriter {
  /** Ends an active link that has no successor yet. */
  retireLink(feedId: string, secretHash: string, end: LinkEnd): Promise<"saved" | "lost">;
  deleteLink(feedId: string, secretHash: string): Promise<void>;
}
export type RotateLinkPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly links: LinkRetirer };

/** Throws `feed-unknown`, `link-unknown` or `link-ended`. The new link is there before the old one has an end. */
export async function rotateLink(
  named: LinkName,
  graceDays: number,
  ports: RotateLinkPorts,
  context: LinkContext,
): Promise<CreatedLink> {
  const { feed, link: old } = await loadLink(named, ports.feeds);
  const { feedId } = feed;
  const now = context.now();
  if (standingOf(old, now) !== "active") throw refuseRotation(old, now);
  const made = newLink(feedId, { label: old.label, expiresAt: old.endsAt }, context);
  await ports.links.putLink(made.link);
  const end = { graceUntil: graceEnd(graceDays, now), successor: linkIdOf(made.link) };
  if ((await ports.links.retireLink(feedId, old.secretHash, end)) === "saved") return { feed, ...made };
  const { link: ended } = await loadLink(named, ports.feeds);
  // A write whose answer is lost is sent once more, and loses to itself.
  if (ended.successor === end.successor) return { feed, ...made };
  // Somebody else rotated or revoked it just now; nobody has seen this secret.
  await ports.links.deleteLink(feedId, made.link.secretHash);
  throw refuseRotation(ended, now);
}
