/** Guarded, conditional GET of a source: every hop's address is checked and pinned, every size and time has a limit. */
import type { IncomingMessage } from "node:http";

import type { CompleteBody, Fetched, FetchRequest, SourceFetcher } from "../sync/import-calendar.ts";
import { checkedAddresses, resolveByDns } from "./address-guard.ts";
import type { Resolve } from "./address-guard.ts";
import { readBody } from "./read-body.ts";
import { Countdown } from "./countdown.ts";
import { sendRequest } from "./send-request.ts";
import { meaningOf } from "./source-answer.ts";
import { SourceError, sourceErrorOf } from "./source-error.ts";
import { userAgentFor } from "./user-agent.ts";

export type FetchOptions = {
  /** Largest body, on the wire and decoded. */
  readonly limitBytes: number;
  /** CIDR ranges besides the public internet. */
  readonly allow: readonly string[];
  /** @default DNS of the system */
  readonly resolve?: Resolve;
  /** @default 25 seconds for all hops together */
  readonly totalMs?: number;
  /** @default 10 seconds for each connection */
  readonly connectMs?: number;
  /** What a Retry-After in seconds counts from. @default the system's clock */
  readonly now?: () => Date;
};

const REDIRECTS = 5;
const TOTAL_MS = 25_000;
const CONNECT_MS = 10_000;
const REDIRECT_STATUS = new Set([301, 302, 303, 307, 308]);
/** Schemes that a redirect may name, and what they are fetched by. */
const SCHEMES: Readonly<Record<string, string>> = {
  "https:": "https:",
  "http:": "http:",
  "webcal:": "https:",
  "webcals:": "https:",
};

export function createSourceFetcher(options: FetchOptions): SourceFetcher {
  return { fetch: async (request) => await fetchSource(request, options) };
}

async function fetchSource(request: FetchRequest, options: FetchOptions): Promise<Fetched> {
  const { host } = request.url;
  const totalMs = options.totalMs ?? TOTAL_MS;
  const countdown = new Countdown(totalMs);
  const total = countdown.signal;
  const signal = AbortSignal.any([request.signal, total]);
  // Waiting for other bodies is no fault of this source.
  const makeRoom = async (): Promise<void> => await countdown.without(async () => await request.makeRoom?.());
  try {
    return await unlessAborted(followHops({ ...request, makeRoom }, options, signal), signal);
  } catch (error) {
    request.signal.throwIfAborted();
    const late = new SourceError(
      "source-timeout",
      `host ${host} gave no whole answer within ${totalMs / 1000} s, wanted one; it is tried again`,
    );
    const { code, message } = total.aborted ? late : sourceErrorOf(error, host);
    return { kind: "failed", failure: { code, reason: message, host } };
  } finally {
    countdown.stop();
  }
}

/** getaddrinfo cannot be aborted; waiting for it can. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function followHops(request: FetchRequest, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  let { url } = request;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const addresses = await checkedAddresses(url, options.allow, options.resolve ?? resolveByDns).catch((error: unknown) => {
      throw sourceErrorOf(error, url.host);
    });
    const headers = headersFor(request, url);
    const sent = sendRequest({ url, addresses, headers, signal, connectMs: options.connectMs ?? CONNECT_MS });
    const answer = await sent.catch((error: unknown) => {
      throw sourceErrorOf(error, url.host);
    });
    if (!REDIRECT_STATUS.has(answer.statusCode ?? 0)) return await readAnswer(answer, url.host, request, options);
    answer.destroy();
    url = redirectTarget(answer.headers.location, url);
  }
  throw redirects(request.url.host, `redirects more than ${REDIRECTS} times, wanted an answer`);
}

async function readAnswer(answer: IncomingMessage, host: string, request: FetchRequest, options: FetchOptions): Promise<Fetched> {
  const asked = request.etag === undefined && request.lastModified === undefined ? "unconditionally" : "conditionally";
  const now = options.now?.() ?? new Date();
  const meaning = meaningOf({ status: answer.statusCode ?? 0, headers: answer.headers, host, asked }, now);
  if (meaning.kind !== "complete") {
    answer.destroy();
    return meaning;
  }
  const body: CompleteBody = {
    bytes: await readBody(answer, { host, limitBytes: options.limitBytes, makeRoom: request.makeRoom }),
    contentType: answer.headers["content-type"],
    etag: answer.headers.etag,
    lastModified: answer.headers["last-modified"],
  };
  return { kind: "complete", ...body };
}

function headersFor(request: FetchRequest, url: URL): Record<string, string> {
  return {
    accept: "text/calendar, */*;q=0.5",
    "accept-encoding": "gzip, br, deflate",
    "user-agent": request.userAgent ?? userAgentFor(url.hostname),
    // Validators go as they came, weak or unquoted.
    ...(request.etag === undefined ? {} : { "if-none-match": request.etag }),
    ...(request.lastModified === undefined ? {} : { "if-modified-since": request.lastModified }),
    ...credentials(request, url),
  };
}

/** The calendar's own, or those in its url; for its own origin alone. */
function credentials({ url: own, auth }: FetchRequest, url: URL): Record<string, string> {
  if (own.origin !== url.origin) return {};
  // Lower-case, as the other headers are: one of them that the calendar names itself is replaced, not doubled.
  if (auth?.kind === "header") return { [auth.name.toLowerCase()]: auth.value };
  if (auth?.kind === "basic") return basic(auth.user, auth.password);
  if (own.username === "" && own.password === "") return {};
  return basic(decodeURIComponent(own.username), decodeURIComponent(own.password));
}

function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

function redirectTarget(location: string | undefined, from: URL): URL {
  const target = location === undefined ? null : URL.parse(location, from.href);
  const scheme = target === null ? undefined : SCHEMES[target.protocol];
  if (target === null || scheme === undefined) throw redirects(from.host, "redirects to no http or https url, wanted one");
  if (from.protocol === "https:" && scheme === "http:") {
    throw redirects(from.host, `redirects from https to http at ${target.host}, wanted https`);
  }
  return target.protocol === scheme ? target : new URL(scheme + target.href.slice(target.protocol.length));
}

function redirects(host: string, what: string): SourceError {
  return new SourceError("source-redirects", `host ${host} ${what}; give the calendar's final url`);
}
