/** Make a link for one more subscriber; its secret is given back this once. */
import type { Feed, Link } from "../contract/feed.ts";
import type { LinkDraft } from "../contract/link.ts";
import { checkEnd, checkRoom } from "../core/links.ts";
import { hashSecret, secretFrom, tokenOf } from "../core/secret.ts";
import { loadFeed } from "./load-feed.ts";
import type { FeedRegistry } from "./registry.ts";

export interface LinkWriter {
  putLink(link: Link): Promise<void>;
}
export type CreateLinkPorts = { readonly feeds: Pick<FeedRegistry, "load">; readonly links: LinkWriter };
export type LinkContext = { readonly now: () => Date; readonly randomBytes: (size: number) => Uint8Array };
/** `token`: `<feedId>.<secret>`. */
export type CreatedLink = { readonly feed: Feed; readonly link: Link; readonly token: string };

const SECRET_BYTES = 24;

/** Throws `feed-unknown`, `links-full` or `body-invalid`. */
export async function createLink(
  feedId: string,
  draft: LinkDraft,
  ports: CreateLinkPorts,
  context: LinkContext,
): Promise<CreatedLink> {
  const { feed, links } = await loadFeed(feedId, ports.feeds);
  const now = context.now();
  checkEnd(draft.expiresAt, now);
  checkRoom(feedId, links, now);
  const made = newLink(feedId, draft, context);
  await ports.links.putLink(made.link);
  return { feed, ...made };
}

export function newLink(
  feedId: string,
  { label, expiresAt }: LinkDraft,
  context: LinkContext,
): { readonly link: Link; readonly token: string } {
  const secret = secretFrom(context.randomBytes(SECRET_BYTES));
  const link: Link = {
    version: 1,
    feedId,
    secretHash: hashSecret(secret),
    label,
    state: "active",
    createdAt: context.now().toISOString(),
    ...(expiresAt === undefined ? {} : { endsAt: new Date(expiresAt).toISOString() }),
  };
  return { link, token: tokenOf(feedId, secret) };
}
