import { describe, expect, it } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { Problem } from "../../lib/contract/problem.ts";
import { QuotaView } from "../../lib/contract/quota.ts";
import { UsageView } from "../../lib/contract/usage.ts";
import { calendarOfAnn, feedOfAnn, pushOfAnn } from "./ann.ts";
import { ADMIN_KEY, ANN_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

const CALENDAR = { name: "New", source: { kind: "push" } };

describe("an owner's quota", () => {
  it("refuses one calendar, feed or link more, and says what is seen, wanted and next", async () => {
    const memory = createMemory();
    const { feedId, calendarId } = await feedOfAnn(memory);
    await ask(memory, "PUT", "/v1/owners/ann/quota", ADMIN_KEY, { calendars: 1, feeds: 1, linksPerFeed: 1 });
    const refused = [
      await ask(memory, "POST", "/v1/calendars", ANN_KEY, CALENDAR),
      await ask(memory, "POST", "/v1/feeds", ANN_KEY, { name: "New", members: [{ calendarId }] }),
      await ask(memory, "POST", `/v1/feeds/${feedId}/links`, ANN_KEY, { label: "one more" }),
    ];
    const problems = await Promise.all(refused.map(async (each) => Problem.parse(await each.json())));
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 409]);
    expect(problems.map(({ code, seen, wanted }) => [code, seen, wanted])).toEqual([
      ["quota-exceeded", "1 calendars", "fewer than 1"],
      ["quota-exceeded", "1 feeds", "fewer than 1"],
      ["quota-exceeded", "1 living links of a feed", "fewer than 1"],
    ]);
    expect(problems.map(({ next }) => next)).toEqual(
      ["calendars", "feeds", "links-per-feed"].map((name) => expect.stringContaining(`calferry owner quota ann --${name} N`)),
    );
    expect([memory.calendars.size, memory.feeds.size, memory.links.length]).toEqual([1, 1, 1]);
  });

  it("holds for an admin key, too, and for that owner alone", async () => {
    const memory = createMemory();
    await calendarOfAnn(memory);
    await ask(memory, "PUT", "/v1/owners/ann/quota", ADMIN_KEY, { calendars: 1 });
    expect((await ask(memory, "POST", "/v1/calendars", ADMIN_KEY, { ...CALENDAR, ownerId: "ann" })).status).toBe(409);
    expect((await ask(memory, "POST", "/v1/calendars", ADMIN_KEY, { ...CALENDAR, ownerId: "bob" })).status).toBe(201);
  });

  it("is as usual again where the next one names nothing", async () => {
    const memory = createMemory();
    await ask(memory, "PUT", "/v1/owners/ann/quota", ADMIN_KEY, { calendars: 1 });
    const own = QuotaView.parse(await (await ask(memory, "GET", "/v1/owners/ann/quota", ADMIN_KEY)).json());
    expect(own).toEqual({ ownerId: "ann", calendars: 1, feeds: 1000, linksPerFeed: 100, own: ["calendars"] });
    const usual = QuotaView.parse(await (await ask(memory, "PUT", "/v1/owners/ann/quota", ADMIN_KEY, {})).json());
    expect([usual.calendars, usual.own]).toEqual([1000, []]);
  });
});

describe("an owner's usage", () => {
  it("says what there is, what there may be and how it does", async () => {
    const memory = createMemory();
    await pushOfAnn(memory);
    await feedOfAnn(memory);
    const usage = UsageView.parse(await (await ask(memory, "GET", "/v1/usage", ANN_KEY)).json());
    expect(usage).toMatchObject({
      ownerId: "ann",
      calendars: 2,
      feeds: 1,
      links: 1,
      events: 4,
      failing: 0,
      held: 0,
      isPartial: false,
    });
    expect(usage.limits).toEqual({ calendars: 1000, feeds: 1000, linksPerFeed: 100 });
  });

  it("of another owner is none of an owner's key", async () => {
    const memory = createMemory();
    expect((await ask(memory, "GET", "/v1/usage?owner=bob", ANN_KEY)).status).toBe(403);
  });
});

async function ask({ services }: Memory, method: string, path: string, key: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return await createApp(services).request(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
}
