/** What the machine's address answers: the start page, the sample calendars, and the template's routes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { FunctionHost } from "./function-host.ts";
import { answerRoute, message } from "./gateway.ts";
import { listOf, objectOf, parseJson, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { KeptRecords } from "./kept-records.ts";
import type { Reply, Request } from "./loopback-server.ts";
import type { RouteDefinition } from "./plan.ts";
import { renderStartPage } from "./start-page.ts";
import { PROJECT } from "./synthesize.ts";

export interface Site {
  readonly folder: string;
  readonly url: string;
  readonly routes: readonly RouteDefinition[];
  readonly host: FunctionHost;
  readonly adminKey: string;
  readonly records: KeptRecords;
}

export async function answerSite(request: Request, site: Site): Promise<Reply> {
  const { pathname } = request.url;
  const isRead = request.method === "GET" || request.method === "HEAD";
  // Another site's page must not read this one through a name that it made point to loopback.
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])$/u.test(request.url.hostname)) {
    return message(421, "Misdirected Request");
  }
  if (isRead && pathname === "/-/machine") {
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ folder: site.folder }) };
  }
  if (isRead && pathname === "/") {
    return startPage(request, site);
  }
  return answerSample(request) ?? (await answerRoute(request, site.routes, site.host)) ?? message(404, "Not Found");
}

/** One of the sample calendars that the project wrote; `undefined` for every other path. */
export function answerSample(request: Request): Reply | undefined {
  const [, name] = /^\/samples\/([\w.-]+\.ics)$/u.exec(request.url.pathname) ?? [];
  const file = join(PROJECT, "examples", "calendars", name ?? "");
  if (name === undefined || !existsSync(file)) {
    return undefined;
  }
  return { status: 200, headers: { "content-type": "text/calendar; charset=utf-8" }, body: readFileSync(file) };
}

async function startPage(request: Request, site: Site): Promise<Reply> {
  const read = async (path: string): Promise<readonly JsonObject[]> => {
    const url = new URL(path, request.url);
    const headers = { host: url.host, authorization: `Bearer ${site.adminKey}` };
    const reply = await answerRoute({ method: "GET", url, headers, body: Buffer.alloc(0) }, site.routes, site.host);
    const isJson = textOf(reply?.headers?.["content-type"]?.toString()).includes("json");
    return reply?.status === 200 && isJson ? listOf(objectOf(parseJson(String(reply.body)))["items"]).map(objectOf) : [];
  };
  const [calendars, feeds] = await Promise.all([read("/v1/calendars?limit=200"), read("/v1/feeds?limit=200")]);
  const links = new Map(site.records.list("link").map((link) => [textOf(link["feedId"]), `${site.url}${textOf(link["path"])}`]));
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: renderStartPage({ calendars, feeds, links, now: new Date() }),
  };
}
