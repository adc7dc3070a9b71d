import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";

import { afterEach, describe, expect, test } from "vitest";

import { createSourceFetcher } from "../../lib/http/fetch-source.ts";
import type { FetchOptions } from "../../lib/http/fetch-source.ts";
import type { Fetched, FetchRequest } from "../../lib/sync/import-calendar.ts";
import { startSilence, startSource } from "./source-server.ts";
import type { SourceServer } from "./source-server.ts";

const ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
const servers: SourceServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

async function serve(...arguments_: Parameters<typeof startSource>): Promise<SourceServer> {
  const server = await startSource(...arguments_);
  servers.push(server);
  return server;
}

async function fetchFrom(
  url: string,
  request: Partial<FetchRequest> = {},
  options: Partial<FetchOptions> = {},
): Promise<Fetched> {
  const source = createSourceFetcher({ limitBytes: 4_000_000, allow: ["127.0.0.0/8"], ...options });
  return await source.fetch({ url: new URL(url), signal: AbortSignal.timeout(15_000), ...request });
}

function textOf(fetched: Fetched): string {
  return fetched.kind === "complete" ? Buffer.from(fetched.bytes).toString() : fetched.kind;
}

function failureOf(fetched: Fetched): { code: string; reason: string } {
  return "failure" in fetched ? fetched.failure : { code: fetched.kind, reason: "" };
}

describe("what is asked", () => {
  test("a first request names itself and what it takes; a later one sends the validators as they came", async () => {
    const server = await serve((_request, response) => response.writeHead(304).end());
    await fetchFrom(`${server.url}/a.ics`);
    const fetched = await fetchFrom(`${server.url}/a.ics`, { etag: "W/odd, unquoted", lastModified: "yesterday" });
    expect(fetched).toEqual({ kind: "unchanged" });
    const [first, second] = server.requests.map(({ headers }) => headers);
    expect(first).toMatchObject({ accept: "text/calendar, */*;q=0.5", "accept-encoding": "gzip, br, deflate" });
    expect(first?.["user-agent"]).toMatch(/^Calferry\/\d/u);
    expect(first).not.toHaveProperty("if-none-match");
    expect(second).toMatchObject({ "if-none-match": "W/odd, unquoted", "if-modified-since": "yesterday" });
  });

  test("a host that wants a browser gets one by profile, and a calendar may name its own agent", async () => {
    const server = await serve((_request, response) => response.end(ICS));
    const resolve = async (): Promise<{ address: string; family: number }[]> => [{ address: "127.0.0.1", family: 4 }];
    await fetchFrom(`http://outlook.office365.com:${server.port}/`, {}, { resolve });
    await fetchFrom(server.url, { userAgent: "Mine/1" });
    expect(server.requests.map(({ headers }) => headers["user-agent"])).toEqual([
      expect.stringMatching(/^Mozilla\/5\.0 \(compatible; Calferry/u),
      "Mine/1",
    ]);
  });

  test("user and password go to their own origin alone", async () => {
    const other = await serve((_request, response) => response.end(ICS), "127.0.0.2");
    const own = await serve((request, response) => {
      if (request.url === "/a") response.writeHead(302, { location: "/b" }).end();
      else response.writeHead(307, { location: `http://evil:pw@127.0.0.2:${other.port}/c` }).end();
    });
    const fetched = await fetchFrom(`http://us%40er:p%C3%A4ss@127.0.0.1:${own.port}/a`);
    expect(textOf(fetched)).toBe(ICS);
    const basic = `Basic ${Buffer.from("us@er:päss").toString("base64")}`;
    expect(own.requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe("a calendar's own credentials", () => {
  test.each([
    [
      { kind: "basic", user: "us@er", password: "päss" } as const,
      "authorization",
      `Basic ${Buffer.from("us@er:päss").toString("base64")}`,
    ],
    [{ kind: "header", name: "X-Api-Key", value: "k3y" } as const, "x-api-key", "k3y"],
  ])("go as %o to their own origin, never to another that it redirects to", async (auth, name, value) => {
    const other = await serve((_request, response) => response.end(ICS), "127.0.0.2");
    const own = await serve((request, response) => {
      response.writeHead(302, { location: request.url === "/a" ? "/b" : `http://127.0.0.2:${other.port}/c` }).end();
    });
    // Those in the url are not sent besides.
    expect(textOf(await fetchFrom(`http://old:one@127.0.0.1:${own.port}/a`, { auth }))).toBe(ICS);
    expect(own.requests.map(({ headers }) => headers[name])).toEqual([value, value]);
    expect(own.requests.map(({ headers }) => headers.authorization)).toEqual(
      auth.kind === "basic" ? [value, value] : [undefined, undefined],
    );
    expect(other.requests.map(({ headers }) => headers[name])).toEqual([undefined]);
  });

  test("stand in no reason", async () => {
    const server = await serve((_request, response) => response.writeHead(401).end());
    const fetched = await fetchFrom(server.url, { auth: { kind: "basic", user: "somebody", password: "s3cret" } });
    expect(failureOf(fetched).code).toBe("source-unauthorized");
    expect(JSON.stringify(fetched)).not.toMatch(/somebody|s3cret/u);
  });
});

describe("bodies", () => {
  test.each([
    ["gzip", gzipSync(ICS)],
    ["br", brotliCompressSync(ICS)],
    ["deflate", deflateSync(ICS)],
    ["deflate", deflateRawSync(ICS)],
    ["identity", Buffer.from(ICS)],
    ["gzip", Buffer.from(ICS)],
  ])("a body sent as %s is read", async (encoding, bytes) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, {
        "content-encoding": encoding,
        "content-type": "text/calendar",
        etag: '"1"',
        "last-modified": "then",
      });
      response.end(bytes);
    });
    const fetched = await fetchFrom(server.url);
    expect(textOf(fetched)).toBe(ICS);
    expect(fetched).toMatchObject({ contentType: "text/calendar", etag: '"1"', lastModified: "then" });
  });

  test.each([
    ["breaks off", { "content-length": "500" }, Buffer.from(ICS), "source-incomplete"],
    ["is a broken gzip", { "content-encoding": "gzip" }, gzipSync(ICS).subarray(0, 20), "source-incomplete"],
    ["is in a coding nobody asked for", { "content-encoding": "zstd" }, Buffer.from(ICS), "source-refused"],
    ["names too many bytes", { "content-length": "99999999" }, Buffer.from(ICS), "source-too-large"],
    ["sends too many bytes", {}, Buffer.alloc(5_000_000), "source-too-large"],
    ["unpacks to too many bytes", { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(5_000_000)), "source-too-large"],
    ["unpacks to 1000 times its size", { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(3_000_000)), "source-too-large"],
  ])("a body that %s is a failure", async (_what, headers, bytes, code) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.write(bytes, () => response.destroy());
    });
    const ended = await serve((_request, response) => response.writeHead(200, headers).end(bytes));
    expect(failureOf(await fetchFrom((code === "source-incomplete" ? server : ended).url)).code).toBe(code);
  });
});

describe("room for a large body is asked for as the size is known", () => {
  const large = Buffer.alloc(3_000_000, "BEGIN:VCALENDAR\r\n");
  test.each([
    ["a small body", {}, Buffer.from(ICS), false],
    ["a body of 1 MiB, packed", { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(1024 * 1024)), false],
    ["a body that names its size", { "content-length": String(large.length) }, large, true],
    ["a body that turns out to be large", {}, large, true],
    [
      "a body that unpacks to more",
      { "content-encoding": "gzip" },
      gzipSync(Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * at) >> 7))),
      true,
    ],
  ])("of %s", async (_what, headers, bytes, isLarge) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, headers);
      response.end(bytes);
    });
    let asked = 0;
    const makeRoom = async (): Promise<void> => {
      asked += 1;
      await Promise.resolve();
    };
    expect((await fetchFrom(server.url, { makeRoom })).kind).toBe("complete");
    expect(asked > 0).toBe(isLarge);
  });
});

describe("answers", () => {
  test.each([
    [203, {}, "complete"],
    [204, {}, "source-incomplete"],
    [206, {}, "source-incomplete"],
    [304, {}, "source-incomplete"],
    [300, {}, "source-redirects"],
    [302, {}, "source-redirects"],
    [302, { location: "ftp://h/x" }, "source-redirects"],
    [400, {}, "source-refused"],
    [401, {}, "source-unauthorized"],
    [403, {}, "source-forbidden"],
    [404, {}, "source-not-found"],
    [408, {}, "source-timeout"],
    [410, {}, "source-gone"],
    [418, {}, "source-refused"],
    [425, {}, "source-server-error"],
    [500, {}, "source-server-error"],
    [503, {}, "source-server-error"],
  ])("%i %o means %s", async (status, headers, code) => {
    const server = await serve((_request, response) => response.writeHead(status, headers).end(status === 203 ? ICS : undefined));
    expect(failureOf(await fetchFrom(server.url)).code).toBe(code);
  });

  test("429 and a 503 with Retry-After ask for later, in seconds or as a date", async () => {
    const answers = [
      [429, { "retry-after": "120" }],
      [429, {}],
      [503, { "retry-after": "Wed, 21 Oct 2099 07:28:00 GMT" }],
      [429, { "retry-after": "soon" }],
    ] as const;
    const server = await serve((request, response) => {
      const [status, headers] = answers[Number(request.url?.slice(1))] ?? [500, {}];
      response.writeHead(status, headers).end();
    });
    const now = (): Date => new Date("2026-05-06T00:00:00.000Z");
    const [seconds, bare, date, odd] = await Promise.all(
      answers.map(async (_answer, index) => fetchFrom(`${server.url}/${index}`, {}, { now })),
    );
    expect(seconds).toMatchObject({
      kind: "deferred",
      until: "2026-05-06T00:02:00.000Z",
      failure: { code: "source-throttled" },
    });
    expect(bare).toMatchObject({ kind: "deferred", until: undefined });
    expect(date).toMatchObject({ kind: "deferred", until: "2099-10-21T07:28:00.000Z" });
    expect(odd).toMatchObject({ kind: "deferred", until: undefined });
  });

  test("five redirects are followed, six are not", async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end(ICS);
      else response.writeHead(301, { location: `/${left - 1}` }).end();
    });
    expect(textOf(await fetchFrom(`${server.url}/5`))).toBe(ICS);
    expect(failureOf(await fetchFrom(`${server.url}/6`)).code).toBe("source-redirects");
  });

  test("headers above 16 KB are too large", async () => {
    const server = await serve((_request, response) => response.writeHead(200, { "x-long": "x".repeat(20_000) }).end(ICS));
    expect(failureOf(await fetchFrom(server.url)).code).toBe("source-too-large");
  });
});

describe("hosts that do not answer", () => {
  test("a name without an address, a closed port and a host that speaks no TLS each have their code", async () => {
    const unknown = Object.assign(new Error("queryA ENOTFOUND secret.example"), { code: "ENOTFOUND" });
    const resolve = async (): Promise<never> => {
      throw unknown;
    };
    expect(failureOf(await fetchFrom("https://secret.example/", {}, { resolve })).code).toBe("source-dns");
    const closed = await startSource((_request, response) => response.end());
    await closed.stop();
    expect(failureOf(await fetchFrom(closed.url)).code).toBe("source-connect");
    const plain = await serve((_request, response) => response.end(ICS));
    expect(failureOf(await fetchFrom(plain.url.replace("http:", "https:"))).code).toBe("source-tls");
  });

  test("what is no HTTP is an incomplete answer", async () => {
    const server = await startSilence("220 mail.example ESMTP\r\n");
    servers.push(server);
    expect(failureOf(await fetchFrom(server.url)).code).toBe("source-incomplete");
  });

  test("a host that never answers is a timeout; one that takes no TLS in time as well", async () => {
    const server = await startSilence();
    servers.push(server);
    expect(failureOf(await fetchFrom(server.url, {}, { totalMs: 60 }))).toMatchObject({ code: "source-timeout" });
    const secure = await fetchFrom(server.url.replace("http:", "https:"), {}, { connectMs: 60 });
    expect(failureOf(secure)).toMatchObject({ code: "source-timeout", reason: expect.stringContaining("0.06 s") });
  });

  test("DNS that never answers is a timeout, too", async () => {
    const resolve = async (): Promise<never> => await new Promise(() => undefined);
    expect(failureOf(await fetchFrom("https://a.example/", {}, { resolve, totalMs: 50 })).code).toBe("source-timeout");
  });

  test("the batch's deadline is no fault of the source: it throws", async () => {
    const server = await startSilence();
    servers.push(server);
    const deadline = new AbortController();
    const fetched = fetchFrom(server.url, { signal: deadline.signal });
    deadline.abort();
    await expect(fetched).rejects.toThrow("aborted");
  });

  test("no reason names path, query or user", async () => {
    const server = await serve((request, response) => {
      if (request.url?.includes("loop")) response.writeHead(302, { location: request.url }).end();
      else if (request.url?.includes("cut"))
        response.writeHead(200, { "content-length": "99" }).write("x", () => response.destroy());
      else response.writeHead(404).end();
    });
    for (const path of ["private/loop", "private/cut", "private/none"]) {
      const fetched = await fetchFrom(`http://user:word@127.0.0.1:${server.port}/${path}?token=abc`);
      expect(failureOf(fetched).reason).toContain(`127.0.0.1:${server.port}`);
      expect(JSON.stringify(fetched)).not.toMatch(/user|word@|private|token|abc/u);
    }
  });
});
