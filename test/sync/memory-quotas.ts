/** Quotas over a map, counting what the other maps have. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Feed } from "../../lib/contract/feed.ts";
import type { Quota } from "../../lib/contract/quota.ts";
import type { QuotaBook } from "../../lib/sync/require-room.ts";

type Stores = {
  readonly quotas: Map<string, Quota>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly feeds: ReadonlyMap<string, Feed>;
};

export class MemoryQuotas implements QuotaBook {
  readonly usual = { calendars: 1000, feeds: 1000, linksPerFeed: 100 };
  readonly #stores: Stores;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async quota(ownerId: string): Promise<Quota | undefined> {
    return structuredClone(this.#stores.quotas.get(ownerId));
  }

  async putQuota(quota: Quota): Promise<void> {
    this.#stores.quotas.set(quota.ownerId, structuredClone(quota));
  }

  async count(ownerId: string, kind: "calendars" | "feeds", most: number): Promise<number> {
    // A calendar counts until it is taken out, a feed until it is marked.
    const isCounted = ({ state }: Calendar | Feed): boolean => kind === "calendars" || state !== "removed";
    const owned = [...this.#stores[kind].values()].filter((each) => each.ownerId === ownerId && isCounted(each));
    return Math.min(owned.length, most);
  }
}
