/** One HTTP request to a checked address; what comes back is the answer's head, its body still unread. */
import { request as requestHttp } from "node:http";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";

import type { Address } from "./address-guard.ts";
import { SourceError } from "./source-error.ts";

export type Outgoing = {
  readonly url: URL;
  /** The only addresses that the connection may be made to. */
  readonly addresses: readonly Address[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connectMs: number;
  readonly signal: AbortSignal;
};

const HEADER_BYTES = 16 * 1024;

/** Rejects with Node's own errors, or with `source-timeout` where no connection stands in time. */
export async function sendRequest(outgoing: Outgoing): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = open(outgoing);
  const seconds = outgoing.connectMs / 1000;
  const late = setTimeout(() => {
    const what = `host ${outgoing.url.host} took no connection within ${seconds} s, wanted one`;
    sent.destroy(new SourceError("source-timeout", `${what}; it is tried again`));
  }, outgoing.connectMs);
  sent.once("socket", (socket) => {
    socket.once(outgoing.url.protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(late));
  });
  sent.once("response", resolve);
  sent.on("error", reject);
  sent.end();
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}

function open({ url, addresses, headers, signal }: Outgoing): ClientRequest {
  const options: RequestOptions = {
    method: "GET",
    headers,
    signal,
    lookup: pinnedTo(addresses),
    maxHeaderSize: HEADER_BYTES,
    // A connection of its own: one that another request left open was checked for another moment.
    agent: false,
  };
  // Credentials travel as a header of ours, for some hops and not for others.
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.protocol === "https:" ? requestHttps(bare, options) : requestHttp(bare, options);
}

/** Answers with what was checked, whatever DNS says by now. */
function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else if (first === undefined) callback(new Error("no address to connect to"), "", 0);
    else callback(null, first.address, first.family);
  };
}
