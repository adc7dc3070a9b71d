/** Links as their owner sees them, for the routes and the terminal; one that was just made, with its secret. */
import type { Feed, Link } from "../contract/feed.ts";
import type { LinkView, NewLinkView, Subscribe } from "../contract/link-view.ts";
import { linkView, linkViews } from "../core/links.ts";
import { subscribeTo } from "../core/subscribe.ts";
import { loadFeed } from "../sync/load-feed.ts";
import type { FeedRegistry } from "../sync/registry.ts";
import { linkUrl } from "./link-url.ts";
import { qrSvg } from "./qr-code.ts";

type Made = { readonly feed: Feed; readonly link: Link; readonly token: string };

/** Throws `feed-unknown`. The oldest first. */
export async function listLinks(feedId: string, feeds: Pick<FeedRegistry, "load">, now: Date): Promise<LinkView[]> {
  return linkViews((await loadFeed(feedId, feeds)).links, now);
}

export function newLinkView({ feed, link, token }: Made, base: string, qr: "svg" | undefined, now: Date): NewLinkView {
  return { ...linkView(link, now), subscribe: subscribeView(feed.name, token, base, qr) };
}

export function subscribeView(name: string, token: string, base: string, qr: "svg" | undefined): Subscribe {
  const subscribe = subscribeTo(linkUrl(base, token), name);
  return qr === undefined ? subscribe : { ...subscribe, qrSvg: qrSvg(subscribe.webcal) };
}
