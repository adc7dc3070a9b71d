import { beforeEach, describe, expect, test } from "vitest";
import type { Hono } from "hono";

import { createApp } from "../../lib/api/app.ts";
import { calendarOfAnn, feedOfAnn } from "./ann.ts";
import { ADMIN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

/** What bob has, and what he names of ann's. */
type Named = { readonly own: string; readonly feed: string; readonly hers: string; readonly herFeed: string };

let memory: Memory;
let app: Hono;
let named: Named;
beforeEach(async () => {
  memory = createMemory();
  app = createApp(memory.services);
  const own = (await send("POST", "/v1/calendars", BOB_KEY, { source: { kind: "push" } })).body;
  const feed = (await send("POST", "/v1/feeds", BOB_KEY, { name: "Bob", members: [{ calendarId: own["calendarId"] }] })).body;
  const hers = await calendarOfAnn(memory);
  const { feedId: herFeed } = await feedOfAnn(memory);
  named = { own: String(own["calendarId"]), feed: String(feed["feedId"]), hers, herFeed };
});

async function send(
  method: string,
  path: string,
  key: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const init = { method, headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(body) };
  const response = await app.request(path, init);
  return { status: response.status, body: Object(await response.json()) };
}

const WINDOW = { format: "csv", from: "2026-05-01", to: "2026-06-01" };
const DAYS = (holidays: string): object => ({ zone: "Asia/Seoul", holidays: { calendarId: holidays } });

describe.each([
  ["bob's key", BOB_KEY],
  ["an operator's key, for a thing of bob's", ADMIN_KEY],
])("with %s a calendar or feed of ann's", (_title, key) => {
  const ownerId = key === ADMIN_KEY ? { ownerId: "bob" } : {};
  test.each<[string, string, (named: Named) => string, (named: Named) => object, string]>([
    [
      "goes into no new feed",
      "POST",
      () => "/v1/feeds",
      ({ own, hers }) => ({ ...ownerId, name: "F", members: [{ calendarId: own }, { calendarId: hers }] }),
      "calendar-unknown",
    ],
    [
      "goes into no feed that is there",
      "PUT",
      ({ feed }) => `/v1/feeds/${feed}/members`,
      ({ hers }) => ({ members: [{ calendarId: hers }] }),
      "calendar-unknown",
    ],
    [
      "is put into no feed by its id",
      "PUT",
      ({ feed, hers }) => `/v1/feeds/${feed}/members/${hers}`,
      () => ({ mask: "full" }),
      "calendar-unknown",
    ],
    [
      "is no calendar of holidays for a new one",
      "POST",
      () => "/v1/calendars",
      ({ hers }) => ({
        ...ownerId,
        source: { kind: "url", url: "https://calendars.example/b.ics" },
        businessDays: DAYS(hers),
      }),
      "holidays-missing",
    ],
  ])("%s", async (_what, method, path, body, code) => {
    const before = [memory.calendars.size, memory.feeds.size];
    const shown = async (): Promise<unknown> => (await app.request(`/v1/feeds/${named.feed}`, BOBS)).json();
    const feedBefore = await shown();
    const answer = await send(method, path(named), key, body(named));
    expect(answer).toMatchObject({ body: { code } });
    expect([memory.calendars.size, memory.feeds.size]).toEqual(before);
    expect(await shown()).toEqual(feedBefore);
  });
});

const BOBS = { headers: { authorization: `Bearer ${BOB_KEY}` } };

test.each<[string, (named: Named) => object, string]>([
  ["/v1/downloads", ({ hers }) => ({ ...WINDOW, calendarId: hers }), "calendar-unknown"],
  ["/v1/downloads", ({ herFeed }) => ({ ...WINDOW, feedId: herFeed }), "feed-unknown"],
  ["/v1/repeats", ({ hers }) => ({ format: "csv", days: 7, calendarId: hers, every: EVERY }), "calendar-unknown"],
  ["/v1/repeats", ({ herFeed }) => ({ format: "csv", days: 7, feedId: herFeed, every: EVERY }), "feed-unknown"],
])("%s gives bob nothing of ann's", async (path, body, code) => {
  expect(await send("POST", path, BOB_KEY, body(named))).toMatchObject({ status: 404, body: { code } });
});

const EVERY = { cron: "0 9 * * 1", zone: "Asia/Seoul" };
