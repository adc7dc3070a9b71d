import { describe, expect, test } from "vitest";

import { checkedAddresses } from "../../lib/http/address-guard.ts";
import type { Resolve } from "../../lib/http/address-guard.ts";
import { createSourceFetcher } from "../../lib/http/fetch-source.ts";
import { startSource } from "./source-server.ts";

const ALLOWED = ["127.0.0.0/8", "::1/128"];
const signal = AbortSignal.timeout(20_000);
const resolving =
  (...addresses: readonly string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
const noDns: Resolve = async (hostname) => {
  throw new Error(`asked DNS for ${hostname}`);
};

describe("addresses of sources", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.0.0.1:9001/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
  ])("%s is blocked before anything is sent", async (url) => {
    await expect(checkedAddresses(new URL(url), [], noDns)).rejects.toMatchObject({ code: "address-blocked" });
  });

  test.each([
    ["the metadata service", ["169.254.169.254"]],
    ["a good and a bad address", ["93.184.216.34", "10.0.0.7"]],
    ["loopback as IPv6", ["::1"]],
    ["mapped loopback", ["::ffff:127.0.0.1"]],
  ])("a name that resolves to %s is blocked", async (_what, addresses) => {
    const checked = checkedAddresses(new URL("https://rebound.example/a.ics"), [], resolving(...addresses));
    await expect(checked).rejects.toMatchObject({ code: "address-blocked" });
  });

  test("a public name is pinned to what it resolved to", async () => {
    const addresses = await checkedAddresses(new URL("https://a.example/"), [], resolving("93.184.216.34", "2606:2800:220:1::1"));
    expect(addresses.map(({ address }) => address)).toEqual(["93.184.216.34", "2606:2800:220:1::1"]);
  });

  test("an allowed range opens any port, the public internet only 80 and 443", async () => {
    expect(await checkedAddresses(new URL("http://[::ffff:127.0.0.1]:9001/"), ALLOWED, noDns)).toHaveLength(1);
    await expect(checkedAddresses(new URL("https://a.example:8443/"), ALLOWED, resolving("93.184.216.34"))).rejects.toThrow(
      "port 8443",
    );
    expect(await checkedAddresses(new URL("http://a.example:443/"), [], resolving("93.184.216.34"))).toHaveLength(1);
  });

  test("a refusal names the host and the range, never path, query or user", async () => {
    const url = new URL("http://user:pw@10.1.2.3/private/secret.ics?token=abc");
    const error = await checkedAddresses(url, [], noDns).catch((caught: unknown) => caught);
    expect(String(error)).toContain("10.1.2.3 lies at a private address");
    expect(String(error)).not.toMatch(/user|pw|secret|token|abc/u);
  });
});

describe("what is blocked is never connected to", () => {
  test("no byte reaches a loopback listener, directly or by a redirect, unless its range is allowed", async () => {
    const inner = await startSource((_request, response) => response.end("BEGIN:VCALENDAR"), "127.0.0.2");
    const target = [`${inner.url}/`, `http://[::ffff:127.0.0.2]:${inner.port}/`, `http://0x7f000002:${inner.port}/`];
    const door = await startSource((request, response) => {
      response.writeHead(302, { location: target[Number(request.url?.slice(1))] }).end();
    });
    const source = createSourceFetcher({ limitBytes: 1000, allow: ["127.0.0.1/32"] });
    for (const [index, url] of target.entries()) {
      const direct = await source.fetch({ url: new URL(url), signal });
      const redirected = await source.fetch({ url: new URL(`${door.url}/${index}`), signal });
      for (const fetched of [direct, redirected]) expect(fetched).toMatchObject({ failure: { code: "address-blocked" } });
    }
    expect(inner.connections()).toBe(0);
    const open = createSourceFetcher({ limitBytes: 1000, allow: ALLOWED });
    expect(await open.fetch({ url: new URL(`${door.url}/0`), signal })).toMatchObject({ kind: "complete" });
    expect(inner.connections()).toBe(1);
    await Promise.all([inner.stop(), door.stop()]);
  });

  test("a name that resolves elsewhere after its check is connected to where it was checked", async () => {
    const good = await startSource((_request, response) => response.end("good"), "127.0.0.1");
    const bad = await startSource((_request, response) => response.end("bad"), "127.0.0.3");
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.3", family: 4 }];
    };
    const source = createSourceFetcher({ limitBytes: 1000, allow: ["127.0.0.1/32"], resolve: rebinding });
    const fetched = await source.fetch({ url: new URL(`http://rebound.example:${good.port}/`), signal });
    expect(fetched).toMatchObject({ kind: "complete", bytes: Buffer.from("good") });
    const again = await source.fetch({ url: new URL(`http://rebound.example:${bad.port}/`), signal });
    expect(again).toMatchObject({ kind: "failed", failure: { code: "address-blocked" } });
    expect([asked, good.connections(), bad.connections()]).toEqual([2, 1, 0]);
    await Promise.all([good.stop(), bad.stop()]);
  });
});
