/** End a link at once: from now on it answers like one that never was. */
import type { Link } from "../contract/feed.ts";
import { loadLink } from "./load-feed.ts";
import type { LinkName } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export interface LinkRevoker {
  revokeLink(feedId: string, secretHash: string, revokedAt: string): Promise<void>;
}
export type RevokeLinkPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly links: LinkRevoker };

/** The link as it is then; one that was revoked before stays as it was. Throws `feed-unknown` or `link-unknown`. */
export async function revokeLink(named: LinkName, ports: RevokeLinkPorts, now: Date): Promise<Link> {
  const { link } = await loadLink(named, ports.feeds);
  if (link.state === "revoked") return link;
  await ports.links.revokeLink(named.feedId, link.secretHash, now.toISOString());
  // Somebody else may have ended it a moment before, or given it a successor.
  return (await loadLink(named, ports.feeds)).link;
}
