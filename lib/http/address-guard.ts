/** Which addresses a source may lie at: the public internet, and the ranges that the operator allows. */
import { promises as dns } from "node:dns";
import { isIP } from "node:net";

import ipaddr from "ipaddr.js";

import { SourceError } from "./source-error.ts";

export type Address = { readonly address: string; readonly family: number };
/** All A and AAAA addresses of a host. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

const PORTS = new Set(["", "80", "443"]);
/** RFC 4291 2.4, IANA: all of global unicast that is given out; the rest of "unicast" is embedded IPv4 or unassigned. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

export const resolveByDns: Resolve = async (hostname) => await dns.lookup(hostname, { all: true, order: "verbatim" });

/**
 * The addresses that a connection may be pinned to. Throws `address-blocked` where one of them is not public and not allowed:
 * a host that answers with a good and a bad address is not to be trusted with either.
 */
export async function checkedAddresses(url: URL, allow: readonly string[], resolve: Resolve): Promise<readonly Address[]> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/u, "$1");
  const family = isIP(hostname);
  const addresses = family === 0 ? await resolve(hostname) : [{ address: hostname, family }];
  if (addresses.length === 0)
    throw new SourceError("source-dns", `host ${url.host} has no address, wanted one; check the host's name`);
  const ranges = addresses.map(({ address }) => rangeOf(address, allow));
  const blocked = ranges.find((range) => range !== "public" && range !== "allowed");
  if (blocked !== undefined) {
    const what = `host ${url.host} lies at a ${blocked} address, wanted one of the public internet`;
    throw new SourceError("address-blocked", `${what}; allow its range with fetchAllow if that is meant`);
  }
  if (!PORTS.has(url.port) && ranges.includes("public")) {
    const what = `host ${url.host} names port ${url.port}, wanted 80 or 443`;
    throw new SourceError("address-blocked", `${what}; publish the calendar at an ordinary port`);
  }
  return addresses;
}

/** `public`, `allowed`, or the name of the range that is neither. */
function rangeOf(text: string, allow: readonly string[]): string {
  if (!ipaddr.isValid(text)) return "unreadable";
  // IPv4-mapped IPv6 becomes the IPv4 that the system would connect to.
  const address = ipaddr.process(text);
  const isAllowed = allow.some((cidr) => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return network.kind() === address.kind() && address.match(network, bits);
  });
  if (isAllowed) return "allowed";
  const range = address.range();
  if (range !== "unicast") return range;
  return address.kind() === "ipv4" || address.match(GLOBAL_IPV6) ? "public" : "reserved";
}
