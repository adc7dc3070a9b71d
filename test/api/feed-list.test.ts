import { expect, it } from "vitest";

import { listFeeds } from "../../lib/api/feed-views.ts";
import { feedOfAnn } from "./ann.ts";
import { createMemory } from "./memory-services.ts";

const NOW = new Date("2026-05-06T01:00:00.000Z");
const LIMIT_BYTES = 6_000_000;

it("a page of feeds ends before it is larger than an answer may be, and goes on where it ended", async () => {
  const memory = createMemory();
  for (let n = 0; n < 25; n += 1) await feedOfAnn(memory);
  const { feeds } = memory.services;
  const large: Pick<typeof feeds, "list" | "load"> = {
    list: async (ownerId, page) => await feeds.list(ownerId, page),
    load: async (feedId) => {
      const loaded = await feeds.load(feedId);
      const [member] = loaded?.members ?? [];
      if (loaded === undefined || member === undefined) return undefined;
      return { ...loaded, members: [{ ...member, filters: { keywords: { include: ["x".repeat(500_000)] } } }] };
    },
  };
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFeeds("ann", { limit: 20, cursor }, large, NOW);
    expect(JSON.stringify(page.items).length).toBeLessThan(LIMIT_BYTES);
    expect(page.items.length).toBeGreaterThan(0);
    ids.push(...page.items.map(({ feedId }) => feedId));
    ({ cursor } = page);
  } while (cursor !== undefined);
  expect(ids).toEqual([...memory.feeds.keys()]);
});

it("a page of small feeds has as many as were asked for", async () => {
  const memory = createMemory();
  for (let n = 0; n < 25; n += 1) await feedOfAnn(memory);
  const page = await listFeeds("ann", { limit: 23, cursor: undefined }, memory.services.feeds, NOW);
  expect([page.items.length, page.cursor]).toEqual([23, expect.any(String)]);
});
