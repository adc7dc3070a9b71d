/** What a subscriber's request gets, RFC 9110: validators, encodings, limits of one answer. */
import type { Build, Link } from "../contract/feed.ts";

export type FeedRequest = {
  readonly method: "GET" | "HEAD";
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  readonly userAgent?: string | undefined;
};
export type FeedAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

export type ServeDecision =
  | { readonly kind: "answer"; readonly answer: FeedAnswer }
  | { readonly kind: "object"; readonly key: string; readonly answer: FeedAnswer }
  | { readonly kind: "redirect"; readonly key: string; readonly answer: FeedAnswer };

/** A Lambda's answer holds 6 MB and bodies count as base64, or as escaped JSON. */
const ANSWER_LIMIT = 4_400_000;
const RETRY_SECONDS = 30;

const TEXT = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** `link` is absent where the secret opens nothing. */
export function decideServe(link: Link | undefined, build: Build | undefined, request: FeedRequest): ServeDecision {
  if (link === undefined) return text(404, "feed-unknown: no feed at this address; ask its owner for a new link\n");
  const built = publishedOf(build);
  if (built === undefined) {
    return text(503, "feed not built yet; try again in half a minute\n", { "retry-after": String(RETRY_SECONDS) });
  }
  const headers = headersOf(built);
  if (isNotModified(request, built.etag, built.modified)) return { kind: "answer", answer: { status: 304, headers } };
  return acceptsGzip(request.acceptEncoding)
    ? bytes(request, { ...headers, "content-encoding": "gzip" }, `${built.objectKey}.gz`, built.gzipBytes)
    : bytes(request, headers, built.objectKey, built.bytes);
}

type Published = {
  readonly feedId: string;
  readonly objectKey: string;
  readonly etag: string;
  readonly modified: Date;
  readonly bytes: number;
  readonly gzipBytes: number;
};

function publishedOf(build: Build | undefined): Published | undefined {
  if (build?.objectKey === undefined || build.etag === undefined || build.publishedAt === undefined) return undefined;
  const { feedId, objectKey, etag } = build;
  return {
    feedId,
    objectKey,
    etag,
    modified: new Date(build.publishedAt),
    bytes: build.bytes ?? 0,
    gzipBytes: build.gzipBytes ?? 0,
  };
}

function headersOf({ feedId, etag, modified }: Published): Record<string, string> {
  return {
    "content-type": "text/calendar; charset=utf-8",
    "content-disposition": `inline; filename="${feedId}.ics"`,
    "cache-control": "private, max-age=300",
    etag,
    "last-modified": modified.toUTCString(),
    vary: "accept-encoding",
  };
}

function bytes(request: FeedRequest, headers: Record<string, string>, key: string, size: number): ServeDecision {
  if (request.method === "HEAD")
    return { kind: "answer", answer: { status: 200, headers: { ...headers, "content-length": String(size) } } };
  if (size <= ANSWER_LIMIT) return { kind: "object", key, answer: { status: 200, headers } };
  // The signed URL is of the object; the validators stay with the feed's own address.
  return { kind: "redirect", key, answer: { status: 302, headers: { "cache-control": "no-store" } } };
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ServeDecision {
  return { kind: "answer", answer: { status, headers: { ...TEXT, ...headers }, body: new TextEncoder().encode(body) } };
}

/** RFC 9110 13.2.2: If-None-Match wins over If-Modified-Since; comparison is weak. */
function isNotModified(request: FeedRequest, etag: string, modified: Date): boolean {
  if (request.ifNoneMatch !== undefined) {
    const named = new Set(request.ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//u, "")));
    return named.has("*") || named.has(etag);
  }
  if (request.ifModifiedSince === undefined) return false;
  const since = Date.parse(request.ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(modified.getTime() / 1000) * 1000 <= since;
}

/** RFC 9110 12.5.3: what is said of gzip by its name, else what is said of *; q=0 refuses. */
function acceptsGzip(header: string | undefined): boolean {
  const codings = (header ?? "").split(",").map((part) => {
    const [coding = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    return { coding, accepted: !parameters.some((parameter) => /^q\s*=\s*0(?:\.0*)?$/u.test(parameter)) };
  });
  const said = codings.find(({ coding }) => coding === "gzip") ?? codings.find(({ coding }) => coding === "*");
  return said?.accepted ?? false;
}
