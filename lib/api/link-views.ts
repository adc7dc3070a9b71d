/** Links as their owner sees them, for the routes and the terminal; one that was just made, with its secret. */
import type { Feed, Link } from "../contract/feed.ts";
import type { LinkView, NewLinkView, Subscribe } from "../contract/link-view.ts";
import { linkView, linkViews } from "../core/links.ts";
import { unknownFeed } from "../core/refusals.ts";
import { subscribeTo } from "../core/subscribe.ts";
import type { FeedRegistry } from "../sync/registry.ts";
import { linkUrl } from "./link-url.ts";
import { qrSvg } from "./qr-code.ts";

type Made = { readonly feed: Feed; readonly link: Link; readonly token: string };

/** Throws `feed-unknown`. The oldest first. */
export async function listLinks(feedId: string, feeds: Pick<FeedRegistry, "load">, now: Date): Promise<LinkView[]> {
  const loaded = await feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") throw unknownFeed(feedId);
  return linkViews(loaded.links, now);
}

export function newLinkView({ feed, link, token }: Made, base: string, qr: "svg" | undefined, now: Date): NewLinkView {
  return { ...linkView(link, now), subscribe: subscribeView(feed.name, token, base, qr) };
}

export function subscribeView(name: string, token: string, base: string, qr: "svg" | undefined): Subscribe {
  const subscribe = subscribeTo(linkUrl(base, token), name);
  return qr === undefined ? subscribe : { ...subscribe, qrSvg: qrSvg(subscribe.webcal) };
}
