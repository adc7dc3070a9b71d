/** What the machine's address answers: the start page, the machine's own mark, and the template's routes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Hono } from "hono";

import type { Gateway } from "./gateway.ts";
import type { KeptState } from "./kept-state.ts";
import { CalendarPage, FeedPage, renderStartPage } from "./start-page.ts";
import { PROJECT } from "./synthesize.ts";

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
} as const;

export function createSite(folder: string, gateway: Gateway, { adminKey, sampleFeeds }: KeptState["state"]): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    // Another site's page must not read this one through a name that it made point to loopback.
    const { hostname } = new URL(context.req.url);
    return ["127.0.0.1", "localhost", "[::1]"].includes(hostname)
      ? next()
      : context.json({ message: "Misdirected Request" }, 421);
  });
  app.get("/-/machine", (context) => context.text(folder));
  app.get("/", async (context) => {
    const { origin } = new URL(context.req.url);
    const read = async (path: string): Promise<unknown> => {
      const reply = await gateway(new Request(origin + path, { headers: { authorization: `Bearer ${adminKey}` } }));
      return reply.ok ? reply.json() : {};
    };
    const [calendars, feeds] = await Promise.all([read("/v1/calendars?limit=200"), read("/v1/feeds?limit=200")]);
    const links = new Map(Object.values(sampleFeeds).map(({ feedId, path }) => [feedId, origin + path]));
    const page = { calendars: CalendarPage.parse(calendars).items, feeds: FeedPage.parse(feeds).items };
    return context.html(renderStartPage({ ...page, links, now: new Date() }), 200, HEADERS);
  });
  app.all("*", async (context) => gateway(context.req.raw));
  app.onError((error, context) => context.json({ message: error.message }, error instanceof URIError ? 400 : 500));
  return app;
}

/** The sample calendars that the project wrote. */
export function createSamples(): Hono {
  return new Hono().get("/samples/:name{[\\w.-]+\\.ics}", (context) => {
    const file = join(PROJECT, "examples", "calendars", context.req.param("name"));
    if (!existsSync(file)) return context.notFound();
    return context.body(readFileSync(file), 200, { "content-type": "text/calendar; charset=utf-8" });
  });
}
