/** What a subscriber's request gets, RFC 9110: validators, encodings, limits of one answer. */
import type { Build, Link } from "../contract/feed.ts";

export type FeedRequest = {
  readonly method: "GET" | "HEAD";
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly acceptEncoding?: string | undefined;
};
export type FeedAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: Uint8Array };

export type ServeDecision =
  | { readonly kind: "answer"; readonly answer: FeedAnswer }
  | { readonly kind: "object"; readonly key: string; readonly answer: FeedAnswer }
  | { readonly kind: "redirect"; readonly key: string; readonly answer: FeedAnswer };

/** A Lambda's answer holds 6 MB and binary bodies count as base64. */
const PLAIN_LIMIT = 4_400_000;
const GZIP_LIMIT = 4_400_000;
const RETRY_SECONDS = 30;

const TEXT = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

export function decideServe(link: Link | undefined, build: Build | undefined, request: FeedRequest): ServeDecision {
  if (link === undefined || link.state !== "active") return text(404, "feed-unknown: no feed at this address; ask its owner for a new link\n");
  if (build?.objectKey === undefined || build.etag === undefined || build.publishedAt === undefined) {
    return text(503, "feed not built yet; try again in half a minute\n", { "retry-after": String(RETRY_SECONDS) });
  }
  const modified = new Date(build.publishedAt);
  const headers: Record<string, string> = {
    "content-type": "text/calendar; charset=utf-8",
    "content-disposition": `inline; filename="${build.feedId}.ics"`,
    "cache-control": "private, max-age=300",
    etag: build.etag,
    "last-modified": modified.toUTCString(),
    vary: "accept-encoding",
  };
  if (isNotModified(request, build.etag, modified)) return { kind: "answer", answer: { status: 304, headers } };
  const gzip = acceptsGzip(request.acceptEncoding);
  const size = (gzip ? build.gzipBytes : build.bytes) ?? 0;
  const key = gzip ? `${build.objectKey}.gz` : build.objectKey;
  if (gzip) headers["content-encoding"] = "gzip";
  if (request.method === "HEAD") return { kind: "answer", answer: { status: 200, headers: { ...headers, "content-length": String(size) } } };
  if (size > (gzip ? GZIP_LIMIT : PLAIN_LIMIT)) {
    // The signed URL is of the object; the validators stay with the feed's own address.
    return { kind: "redirect", key, answer: { status: 302, headers: { "cache-control": "no-store", etag: build.etag } } };
  }
  return { kind: "object", key, answer: { status: 200, headers } };
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ServeDecision {
  return { kind: "answer", answer: { status, headers: { ...TEXT, ...headers }, body: new TextEncoder().encode(body) } };
}

/** RFC 9110 13.2.2: If-None-Match wins over If-Modified-Since; comparison is weak. */
function isNotModified(request: FeedRequest, etag: string, modified: Date): boolean {
  if (request.ifNoneMatch !== undefined) {
    const named = request.ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//u, ""));
    return named.includes("*") || named.includes(etag);
  }
  if (request.ifModifiedSince === undefined) return false;
  const since = Date.parse(request.ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}

/** RFC 9110 12.5.3: gzip or *, not with q=0. */
function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  return header.split(",").some((part) => {
    const [coding = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/u.test(parameter));
    return (coding === "gzip" || coding === "*") && !refused;
  });
}
