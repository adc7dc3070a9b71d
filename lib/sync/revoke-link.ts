/** End a link at once: from now on it answers like one that never was. */
import type { Link } from "../contract/feed.ts";
import { linkIdOf, unknownLink } from "../core/links.ts";
import { unknownFeed } from "../core/refusals.ts";
import type { FeedRegistry } from "./registry.ts";

export interface LinkRevoker {
  revokeLink(feedId: string, secretHash: string, revokedAt: string): Promise<void>;
}
export type RevokeLinkPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly links: LinkRevoker };

/** Throws `feed-unknown` or `link-unknown`. A link that was revoked before stays as it is. */
export async function revokeLink(
  { feedId, linkId }: { readonly feedId: string; readonly linkId: string },
  ports: RevokeLinkPorts,
  now: Date,
): Promise<Link> {
  const loaded = await ports.feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") throw unknownFeed(feedId);
  const link = loaded.links.find((each) => linkIdOf(each) === linkId);
  if (link === undefined) throw unknownLink(feedId, linkId);
  if (link.state === "revoked") return link;
  const revokedAt = now.toISOString();
  await ports.links.revokeLink(feedId, link.secretHash, revokedAt);
  return { ...link, state: "revoked", revokedAt };
}
