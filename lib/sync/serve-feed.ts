/** Answer a subscriber: link and pointer in one read, then 304, bytes, or a signed URL for a feed too large for one answer. */
import type { Build, Link } from "../contract/feed.ts";
import { agentFamily } from "../core/agent-family.ts";
import { isLive, isMarkDue } from "../core/links.ts";
import { hashSecret, readToken } from "../core/secret.ts";
import { decideServe } from "../core/serve.ts";
import type { FeedAnswer, FeedRequest, ServeDecision } from "../core/serve.ts";

export interface LinkBook {
  /** The link and the feed's build in one read; both undefined where there is no such link. */
  linkAndBuild(
    feedId: string,
    secretHash: string,
  ): Promise<{ readonly link: Link | undefined; readonly build: Build | undefined }>;
  /** Writes down a use where none was within the hour; ends within a moment, and never with an error. */
  markUsed(link: Link, agent: string, now: Date): Promise<void>;
}
export interface ServedObjects {
  getBytes(key: string): Promise<Uint8Array>;
  /** A URL of the object that works for this many seconds. */
  sign(key: string, seconds: number): Promise<string>;
}
export type ServePorts = { readonly links: LinkBook; readonly objects: ServedObjects };

const SIGNED_SECONDS = 300;

/**
 * Answers GET or HEAD of `/f/<feedId>.<secret>.ics`. A link that is unknown, mistyped, revoked or over gets the same 404: a 410 would
 * tell whoever found an old secret that it once was one, and no calendar app is known to make more of it.
 */
export async function serveFeed(token: string, request: FeedRequest, ports: ServePorts, now: Date): Promise<FeedAnswer> {
  const read = readToken(token);
  const found = read === undefined ? undefined : await ports.links.linkAndBuild(read.feedId, hashSecret(read.secret));
  const link = found?.link !== undefined && isLive(found.link, now) ? found.link : undefined;
  const isDue = link !== undefined && isMarkDue(link, now);
  // Beside the answer, not before it.
  const [answer] = await Promise.all([
    answerOf(decideServe(link, found?.build, request), ports.objects),
    isDue ? ports.links.markUsed(link, agentFamily(request.userAgent), now) : undefined,
  ]);
  return answer;
}

async function answerOf(decision: ServeDecision, objects: ServedObjects): Promise<FeedAnswer> {
  switch (decision.kind) {
    case "answer":
      return decision.answer;
    case "object":
      return { ...decision.answer, body: await objects.getBytes(decision.key) };
    case "redirect": {
      const location = await objects.sign(decision.key, SIGNED_SECONDS);
      return { ...decision.answer, headers: { ...decision.answer.headers, location } };
    }
  }
}
