import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { handler } from "../../functions/serve-feed.ts";
import { linkUrl } from "../../lib/api/link-url.ts";
import { FeedObjects } from "../../lib/aws/feed-objects.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { randomBytes, randomId } from "../../lib/aws/random-id.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Link } from "../../lib/contract/feed.ts";
import { etagOf } from "../../lib/core/feed-build.ts";
import { hashSecret, readToken, secretFrom, tokenOf } from "../../lib/core/secret.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import type { MessageEngine, TableEngine } from "../aws/engines.ts";
import { subscriberEvent } from "../lambda/subscriber-event.ts";

const ICS = `BEGIN:VCALENDAR\r\n${"SUMMARY:주간 회의\r\n".repeat(40)}END:VCALENDAR\r\n`;
const PUBLISHED = "2026-05-06T01:02:03.456Z";
const SECRET_BYTES = 24;

let tables: TableEngine;
let engine: MessageEngine;
let feeds: FeedTable;
let links: LinkTable;
let objects: FeedObjects;
/** Reads its environment when it is loaded, so that only its type is known before. */
let serve: typeof handler;

beforeAll(async () => {
  [tables, engine] = await Promise.all([startTable(), startMessages()]);
  await engine.createBucket("objects");
  feeds = new FeedTable(new RecordTable("records", tables.settings));
  links = new LinkTable(new RecordTable("records", tables.settings));
  objects = new FeedObjects(new ObjectClient("objects", engine.settings));
  const environment = {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_DYNAMODB: tables.settings.endpoint,
    AWS_ENDPOINT_URL_S3: engine.settings.endpoint,
    STAGE: "test",
    TABLE_NAME: "records",
    BUCKET_NAME: "objects",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  serve = (await import("../../functions/serve-feed.ts")).handler;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([tables.stop(), engine.stop()]);
});

/** A published feed, and the path of its link. */
async function published(ics = ICS, state: Link["state"] = "active"): Promise<{ path: string; etag: string }> {
  const feedId = randomId();
  const secret = secretFrom(randomBytes(SECRET_BYTES));
  const etag = etagOf(ics);
  const objectKey = `feeds/${feedId}/000000001-h.ics`;
  const sizes = await objects.putFeed(objectKey, ics);
  const build = { version: 1, feedId, revision: 1, renderer: 2, members: {}, objectKey, etag, publishedAt: PUBLISHED } as const;
  await feeds.flip({ ...build, ...sizes }, 0);
  await links.putLink({ version: 1, feedId, secretHash: hashSecret(secret), label: "first", state, createdAt: PUBLISHED });
  return { path: `/f/${tokenOf(feedId, secret)}.ics`, etag };
}

async function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): ReturnType<typeof serve> {
  return await serve(subscriberEvent(method, path, headers));
}

describe("a subscriber", () => {
  test("gets the feed without an Accept header, with its type, name and validators", async () => {
    const { path, etag } = await published();
    const answer = await ask(path);
    expect(answer).toMatchObject({ statusCode: 200, body: ICS, isBase64Encoded: false });
    expect(answer.headers).toEqual({
      "content-type": "text/calendar; charset=utf-8",
      "content-disposition": expect.stringMatching(/^inline; filename="[a-z0-9]+\.ics"$/u),
      "cache-control": "private, max-age=300",
      etag,
      "last-modified": "Wed, 06 May 2026 01:02:03 GMT",
      vary: "accept-encoding",
    });
    expect((await ask(path, { accept: "application/json" })).statusCode).toBe(200);
  });

  test("that takes gzip gets the stored bytes", async () => {
    const { path } = await published();
    const answer = await ask(path, { "accept-encoding": "br;q=1.0, gzip;q=0.8" });
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true, headers: { "content-encoding": "gzip" } });
    expect(gunzipSync(Buffer.from(answer.body ?? "", "base64")).toString()).toBe(ICS);
    expect((await ask(path, { "accept-encoding": "gzip;q=0" })).headers).not.toHaveProperty("content-encoding");
  });

  test("that asks HEAD gets the headers of GET with the length, and no body", async () => {
    const { path } = await published();
    const [head, get] = await Promise.all([ask(path, {}, "HEAD"), ask(path)]);
    expect(head.statusCode).toBe(200);
    expect(head.body).toBeUndefined();
    expect(head.headers).toEqual({ ...get.headers, "content-length": String(Buffer.byteLength(ICS)) });
  });

  test.each(["GET", "HEAD"])(
    "that has these bytes is told so (%s): one tag, a list, a weak one, a star, or the date",
    async (method) => {
      const { path, etag } = await published();
      const has: readonly Record<string, string>[] = [
        { "if-none-match": etag },
        { "if-none-match": `"other", W/${etag}` },
        { "if-none-match": "*" },
        { "if-modified-since": "Wed, 06 May 2026 01:02:03 GMT" },
      ];
      for (const headers of has) {
        const answer = await ask(path, headers, method);
        expect(answer).toMatchObject({ statusCode: 304, headers: { etag } });
        expect(answer.body).toBeUndefined();
      }
      const lacks: readonly Record<string, string>[] = [
        { "if-none-match": '"other"' },
        { "if-modified-since": "Wed, 06 May 2026 01:02:02 GMT" },
        { "if-none-match": '"other"', "if-modified-since": "Wed, 06 May 2026 01:02:03 GMT" },
      ];
      for (const headers of lacks) expect((await ask(path, headers, method)).statusCode).toBe(200);
    },
  );

  test("of a revoked link gets the very answer of an unknown and of a mistyped one", async () => {
    const revoked = await ask((await published(ICS, "revoked")).path);
    const { path } = await published();
    expect(revoked.statusCode).toBe(404);
    for (const other of [path.replace(/.\.ics$/u, "!.ics"), "/f/abc.def.ics", "/f/nothing", "/f/..ics"]) {
      expect(await ask(other)).toEqual(revoked);
    }
    expect(await ask("/f/abc.def.ics", { "if-none-match": "*" })).toEqual(revoked);
  });

  test("is remembered by the family of its app, once an hour, and never by what it said of itself", async () => {
    const { path } = await published();
    const { feedId = "", secret = "" } = readToken(path.slice("/f/".length)) ?? {};
    const link = async (): Promise<Link | undefined> => (await links.linkAndBuild(feedId, hashSecret(secret))).link;
    await ask(path, { "user-agent": "Mozilla/5.0 (compatible; Google-Calendar-Importer; token=s3cret)" });
    const seen = await link();
    expect(seen).toMatchObject({ agent: "Google Calendar", lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/u) });
    await ask(path, { "user-agent": "curl/8" });
    expect(await link()).toEqual(seen);
  });

  test("of a feed too large for one answer is sent to a signed address that gives the same bytes for a while", async () => {
    // Random text, so that gzip does not make it small.
    const lines = Array.from({ length: 70_000 }, () => `X-NOISE:${Buffer.from(randomBytes(48)).toString("base64")}\r\n`);
    const large = `BEGIN:VCALENDAR\r\n${lines.join("")}END:VCALENDAR\r\n`;
    const { path, etag } = await published(large);
    const answer = await ask(path);
    expect(answer).toMatchObject({ statusCode: 302, headers: { "cache-control": "no-store" } });
    expect(answer.body).toBeUndefined();
    const location = new URL(String(answer.headers?.["location"]));
    expect(location.searchParams.get("X-Amz-Expires")).toBe("300");
    const fetched = await fetch(location);
    expect(fetched.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    expect((await fetched.text()) === large).toBe(true);
    expect((await ask(path, { "if-none-match": etag })).statusCode).toBe(304);
    expect(await ask(path, {}, "HEAD")).toMatchObject({ statusCode: 200, headers: { "content-length": String(large.length) } });
  });
});

test("robots.txt lets every calendar service in", async () => {
  const answer = await ask("/robots.txt");
  expect(answer).toMatchObject({ statusCode: 200, headers: { "content-type": "text/plain; charset=utf-8" } });
  expect(answer.body).toBe("User-agent: *\nAllow: /\n");
});

test("a link is under 256 characters, under the longest name of an API too", () => {
  const base = `https://${"a".repeat(10)}.execute-api.ap-southeast-2.amazonaws.com`;
  const { url, webcalUrl } = linkUrl(base, tokenOf(randomId(), secretFrom(randomBytes(SECRET_BYTES))));
  expect(url.length).toBeLessThan(256);
  expect(webcalUrl.length).toBeLessThan(256);
});
