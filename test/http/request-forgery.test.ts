import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Resolve } from "../../lib/http/address-guard.ts";
import { createSourceFetcher } from "../../lib/http/fetch-source.ts";
import type { Fetched } from "../../lib/sync/import-calendar.ts";
import { startSilence, startSource } from "./source-server.ts";
import type { SourceServer } from "./source-server.ts";

/** Ways to write an address that must not be reached; `PORT` is where somebody listens on 127.0.0.1. */
const FORMS = [
  ["the metadata service", "http://169.254.169.254/latest/meta-data/"],
  ["the metadata service, mapped", "http://[::ffff:169.254.169.254]/latest/meta-data/"],
  ["the metadata service as a number", "http://2852039166/latest/meta-data/"],
  ["the Lambda runtime API", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"],
  ["loopback", "http://127.0.0.1:PORT/"],
  ["loopback, mapped", "http://[::ffff:127.0.0.1]:PORT/"],
  ["loopback, mapped in hex", "http://[::ffff:7f00:1]:PORT/"],
  ["loopback as a decimal number", "http://2130706433:PORT/"],
  ["loopback in octal", "http://0177.0.0.1:PORT/"],
  ["loopback in octal, as one number", "http://017700000001:PORT/"],
  ["loopback in hex", "http://0x7f000001:PORT/"],
  ["loopback, shortened", "http://127.1:PORT/"],
  ["any address of this machine", "http://0.0.0.0:PORT/"],
  ["any address of this machine as a zero", "http://0:PORT/"],
  ["loopback as IPv6", "http://[::1]:PORT/"],
  ["any address of this machine as IPv6", "http://[::]:PORT/"],
  ["a name for loopback", "http://inner.example:PORT/"],
  ["a name with a good address and loopback", "http://both.example:PORT/"],
] as const;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "inner.example": ["127.0.0.1"],
  "both.example": ["93.184.216.34", "127.0.0.1"],
};
const resolve: Resolve = async (name) => await Promise.resolve((NAMES[name] ?? []).map((address) => ({ address, family: 4 })));

describe("no byte is sent to", () => {
  let inner: SourceServer;
  let door: SourceServer;
  const target = (form: string): string => form.replace("PORT", String(inner.port));
  const fetched = async (url: string): Promise<Fetched> => {
    const source = createSourceFetcher({ limitBytes: 1000, allow: ["127.0.0.9/32"], resolve, totalMs: 2000 });
    return await source.fetch({ url: new URL(url), signal: AbortSignal.timeout(5000) });
  };

  beforeAll(async () => {
    inner = await startSilence("HTTP/1.1 200 OK\r\n\r\nBEGIN:VCALENDAR");
    door = await startSource((request, response) => {
      const location = target(FORMS[Number(request.url?.slice(1))]?.[1] ?? "");
      response.writeHead(302, { location }).end();
    }, "127.0.0.9");
  });
  afterAll(async () => await Promise.all([inner.stop(), door.stop()]));

  test.each(FORMS)("%s, %s, asked for", async (_what, form) => {
    expect(await fetched(target(form))).toMatchObject({ kind: "failed", failure: { code: "address-blocked" } });
    expect(inner.connections()).toBe(0);
  });

  test.each(FORMS.map(([what, form], index) => [what, form, index] as const))(
    "%s, %s, redirected to",
    async (_what, _form, index) => {
      const doorKnocks = door.requests.length;
      expect(await fetched(`${door.url}/${index}`)).toMatchObject({ kind: "failed", failure: { code: "address-blocked" } });
      expect(door.requests.length).toBe(doorKnocks + 1);
      expect(inner.connections()).toBe(0);
    },
  );

  test("loopback where DNS changes between look-up and connect: the connection is made to what was checked", async () => {
    let asked = 0;
    const turning: Resolve = async () => {
      asked += 1;
      return await Promise.resolve([{ address: asked === 1 ? "127.0.0.9" : "127.0.0.1", family: 4 }]);
    };
    const source = createSourceFetcher({ limitBytes: 1000, allow: ["127.0.0.9/32"], resolve: turning, totalMs: 2000 });
    const url = new URL(`http://turning.example:${inner.port}/`);
    // Nobody listens at 127.0.0.9 on that port; had DNS been asked again, 127.0.0.1 would have heard of it.
    expect(await source.fetch({ url, signal: AbortSignal.timeout(5000) })).toMatchObject({ failure: { code: "source-connect" } });
    expect([asked, inner.connections()]).toEqual([1, 0]);
  });

  test("any of them unless its range is allowed: somebody does listen there", async () => {
    const source = createSourceFetcher({ limitBytes: 1000, allow: ["127.0.0.1/32"], resolve, totalMs: 2000 });
    const before = inner.connections();
    await source.fetch({ url: new URL(target("http://0177.0.0.1:PORT/")), signal: AbortSignal.timeout(5000) });
    expect(inner.connections()).toBe(before + 1);
  });
});
