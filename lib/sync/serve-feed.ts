/** Answer a subscriber: link and pointer in one read, then 304, bytes, or a signed URL for a feed too large for one answer. */
import type { Build, Link } from "../contract/feed.ts";
import { hashSecret, readToken } from "../core/secret.ts";
import { decideServe } from "../core/serve.ts";
import type { FeedAnswer, FeedRequest } from "../core/serve.ts";

export interface LinkBook {
  /** The link and the feed's build in one read; both undefined where there is no such link. */
  linkAndBuild(
    feedId: string,
    secretHash: string,
  ): Promise<{ readonly link: Link | undefined; readonly build: Build | undefined }>;
}
export interface ServedObjects {
  getBytes(key: string): Promise<Uint8Array>;
  /** A URL of the object that works for this many seconds. */
  sign(key: string, seconds: number): Promise<string>;
}
export type ServePorts = { readonly links: LinkBook; readonly objects: ServedObjects };

const SIGNED_SECONDS = 300;

/** Answers GET or HEAD of `/f/<feedId>.<secret>.ics`; an unknown, a revoked and a mistyped link get the same answer. */
export async function serveFeed(token: string, request: FeedRequest, ports: ServePorts): Promise<FeedAnswer> {
  const read = readToken(token);
  const found = read === undefined ? undefined : await ports.links.linkAndBuild(read.feedId, hashSecret(read.secret));
  const decision = decideServe(found?.link, found?.build, request);
  switch (decision.kind) {
    case "answer":
      return decision.answer;
    case "object":
      return { ...decision.answer, body: await ports.objects.getBytes(decision.key) };
    case "redirect": {
      const location = await ports.objects.sign(decision.key, SIGNED_SECONDS);
      return { ...decision.answer, headers: { ...decision.answer.headers, location } };
    }
  }
}
