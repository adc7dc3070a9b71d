import { expect, test } from "vitest";

import type { Build, Link } from "../../lib/contract/feed.ts";
import { decideServe } from "../../lib/core/serve.ts";
import type { FeedRequest, ServeDecision } from "../../lib/core/serve.ts";

const LINK: Link = {
  version: 1,
  feedId: "feed1",
  secretHash: "0",
  label: "phone",
  state: "active",
  createdAt: "2026-01-01T00:00:00Z",
};
const BUILD: Build = {
  version: 1,
  feedId: "feed1",
  revision: 3,
  renderer: 1,
  members: {},
  objectKey: "feeds/feed1/3.ics",
  etag: '"abc"',
  bytes: 1000,
  gzipBytes: 300,
  publishedAt: "2026-05-06T01:02:03.456Z",
};
const HEADERS = {
  "content-type": "text/calendar; charset=utf-8",
  "content-disposition": 'inline; filename="feed1.ics"',
  "cache-control": "private, max-age=300",
  etag: '"abc"',
  "last-modified": "Wed, 06 May 2026 01:02:03 GMT",
  vary: "accept-encoding",
};
const ask = (request: Partial<FeedRequest> = {}, build: Build | undefined = BUILD): ServeDecision =>
  decideServe(LINK, build, { method: "GET", ...request });
const statusOf = (request: Partial<FeedRequest>): number => ask(request).answer.status;

test("a subscriber gets the plain object with its validators", () => {
  expect(ask()).toEqual({ kind: "object", key: "feeds/feed1/3.ics", answer: { status: 200, headers: HEADERS } });
});

test("unknown and revoked links get the same answer", () => {
  const unknown = decideServe(undefined, BUILD, { method: "GET" });
  expect(unknown.answer.status).toBe(404);
  expect(unknown.answer.headers).toEqual({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  expect(new TextDecoder().decode(unknown.answer.body)).toBe(
    "feed-unknown: no feed at this address; ask its owner for a new link\n",
  );
});

const { objectKey, etag, publishedAt, ...bare } = BUILD;
test.each([
  ["no build", undefined],
  ["no object", { ...bare, etag, publishedAt }],
  ["no ETag", { ...bare, objectKey, publishedAt }],
  ["no time", { ...bare, objectKey, etag }],
])("a feed with %s answers 503, never an empty calendar", (_, build) => {
  const { kind, answer } = decideServe(LINK, build, { method: "GET" });
  expect([kind, answer.status]).toEqual(["answer", 503]);
  expect(answer.headers).toEqual({
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "retry-after": "30",
  });
  expect(new TextDecoder().decode(answer.body)).toBe("feed not built yet; try again in half a minute\n");
});

test("304 has the validators and no body", () => {
  expect(ask({ ifNoneMatch: '"abc"' })).toEqual({ kind: "answer", answer: { status: 304, headers: HEADERS } });
});

test.each(['"abc"', 'W/"abc"', '"x", "abc"', '"x",W/"abc" ,"y"', "*", " * "])(
  "If-None-Match %s is answered 304",
  (ifNoneMatch) => {
    expect(statusOf({ ifNoneMatch })).toBe(304);
  },
);

test.each(['"abd"', "abc", '"aW/bc"', 'xW/"abc"', '""', ""])("If-None-Match %j is answered 200", (ifNoneMatch) => {
  expect(statusOf({ ifNoneMatch })).toBe(200);
});

test("If-Modified-Since counts whole seconds", () => {
  expect(statusOf({ ifModifiedSince: "Wed, 06 May 2026 01:02:03 GMT" })).toBe(304);
  expect(statusOf({ ifModifiedSince: "Thu, 07 May 2026 01:02:03 GMT" })).toBe(304);
  expect(statusOf({ ifModifiedSince: "Wed, 06 May 2026 01:02:02 GMT" })).toBe(200);
  expect(statusOf({ ifModifiedSince: "yesterday" })).toBe(200);
});

test("If-None-Match wins over If-Modified-Since", () => {
  expect(statusOf({ ifNoneMatch: '"other"', ifModifiedSince: "Thu, 07 May 2026 01:02:03 GMT" })).toBe(200);
});

test.each(["gzip", "GZIP", "br, gzip", "deflate , gzip;q=0.5", "*", "gzip;q=0.01", "gzip;q=1;x=q=0", "*;q=0, gzip"])(
  "Accept-Encoding %s gets the gzip object",
  (acceptEncoding) => {
    expect(ask({ acceptEncoding })).toEqual({
      kind: "object",
      key: "feeds/feed1/3.ics.gz",
      answer: { status: 200, headers: { ...HEADERS, "content-encoding": "gzip" } },
    });
  },
);

test.each([undefined, "", "br", "identity", "gzip;q=0", "gzip; q=0.00", "*;Q=0", "x-gzip", "gzip;q=0, *", "*, gzip;q=0"])(
  "Accept-Encoding %s gets the plain object",
  (acceptEncoding) => {
    expect(ask({ acceptEncoding })).toMatchObject({ kind: "object", key: "feeds/feed1/3.ics" });
  },
);

test("HEAD tells the size of what GET would send, from the record alone", () => {
  const plain = ask({ method: "HEAD" });
  expect(plain).toEqual({ kind: "answer", answer: { status: 200, headers: { ...HEADERS, "content-length": "1000" } } });
  expect(ask({ method: "HEAD", acceptEncoding: "gzip" }).answer.headers["content-length"]).toBe("300");
  const { bytes: _bytes, gzipBytes: _gzipBytes, ...unsized } = BUILD;
  expect(ask({ method: "HEAD" }, unsized).answer.headers["content-length"]).toBe("0");
  expect(ask({ method: "HEAD", acceptEncoding: "gzip" }, unsized).answer.headers["content-length"]).toBe("0");
});

test("what a Lambda cannot answer goes by redirect, whose address is not to be kept", () => {
  expect(ask({}, { ...BUILD, bytes: 4_400_000 }).kind).toBe("object");
  expect(ask({}, { ...BUILD, bytes: 4_400_001 })).toEqual({
    kind: "redirect",
    key: "feeds/feed1/3.ics",
    answer: { status: 302, headers: { "cache-control": "no-store" } },
  });
  expect(ask({ acceptEncoding: "gzip" }, { ...BUILD, bytes: 9_000_000 })).toMatchObject({ key: "feeds/feed1/3.ics.gz" });
});
