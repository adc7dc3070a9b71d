/** Quotas in a storm: what was answered as an owner's limit holds for whatever is made next, and whoever is refused is refused for cause. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { QuotaDraft, QuotaLimits } from "../../lib/contract/quota.ts";
import { limitsOf } from "../../lib/core/quotas.ts";
import { isLive, linkIdOf } from "../../lib/core/links.ts";
import type { QuotaKind } from "../../lib/core/quotas.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import { requireLinkRoom, requireRoom, setQuota, showQuota } from "../../lib/sync/require-room.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { showUsage } from "../../lib/sync/show-usage.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { Setting } from "./settings.ts";

const OWNERS = ["north", "south"];
const KINDS = ["calendars", "feeds", "linksPerFeed"] as const satisfies readonly QuotaKind[];
/** Whatever the limits say, no world has more than this of an owner. */
const MOST = { calendars: 3, feeds: 3, linksPerFeed: 4 } as const;
const COUNTED = ["calendars", "feeds"] as const;

type Owner = {
  readonly ownerId: string;
  readonly quota: Setting<QuotaDraft>;
  /** Names of what somebody wanted to make, of each kind. */
  readonly wanted: Set<string>;
  /** Feeds that somebody wanted to remove, and whether they were told that it is done. */
  readonly removed: Map<string, "asked" | "told">;
};
/** What is counted. */
type Subject = {
  readonly owner: Owner;
  readonly kind: QuotaKind;
  /** Of this feed, if it is links. */
  readonly feedId?: string;
};
/** One more of a kind. */
type Wish = Subject & {
  readonly name: string;
  readonly make: (ports: Ports) => Promise<unknown>;
};

export class QuotaDesk implements Required<Office> {
  private readonly counter: Counter;
  private readonly owners: readonly Owner[] = OWNERS.map((ownerId) => ({
    ownerId,
    quota: new Setting<QuotaDraft>({}),
    wanted: new Set<string>(),
    removed: new Map<string, "asked" | "told">(),
  }));

  /** In calm weather. */
  private readonly ports: Ports;

  constructor(counter: Counter) {
    this.counter = counter;
    this.ports = counter.simulation.desk.portsWith(async (_method, effect) => await effect());
  }

  minute(): void {
    const { random } = this.counter;
    const owner = random.pick(this.owners);
    // Two at once may both be the last.
    const times = random.chance(0.3) ? 2 : 1;
    if (random.chance(0.12)) for (let n = 0; n < times; n += 1) this.set(owner, this.someQuota());
    if (random.chance(0.2)) for (let n = 0; n < times; n += 1) this.wish(owner);
    if (random.chance(0.06)) this.revokeOne(owner);
    if (random.chance(0.1)) this.removeSome(owner);
    if (random.chance(0.06)) this.show(owner);
    if (random.chance(0.06)) this.look(owner);
  }

  settle(): void {
    for (const owner of this.owners) {
      if (!owner.quota.isSure) this.set(owner, owner.quota.last ?? {});
      for (const [feedId, removal] of owner.removed) if (removal === "asked") this.remove(owner, feedId);
    }
  }

  async check(): Promise<void> {
    for (const owner of this.owners) {
      const { ownerId } = owner;
      const [limits, ...others] = this.limitsSeen(owner)();
      const view = await showQuota(ownerId, this.ports.quotas);
      const isSo = limits !== undefined && KINDS.every((kind) => view[kind] === limits[kind]);
      this.must(isSo && others.length === 0, `${ownerId} was given ${JSON.stringify(limits)} and has ${JSON.stringify(view)}`);
      for (const [feedId] of owner.removed)
        this.must(!this.feedsOf(owner).includes(feedId), `feed ${feedId} was removed and is there`);
      await this.checkCounts(owner, view);
    }
  }

  /** What is shown is what there is, and there is room below the limit and none at it. */
  private async checkCounts(owner: Owner, limits: QuotaLimits): Promise<void> {
    const { ownerId } = owner;
    const now = this.counter.context().now();
    const usage = await showUsage(ownerId, this.ports, now);
    const mustHaveRoom = async (size: number, limit: number, asked: Promise<void>, of: string): Promise<void> => {
      const refused = await codeOf(asked);
      const wanted = size < limit ? undefined : "quota-exceeded";
      this.must(refused === wanted, `one more of ${size} ${of}, at most ${limit}: ${refused}`);
    };
    for (const kind of COUNTED) {
      const [{ size }, limit] = [this.thingsOf({ owner, kind }), limits[kind]];
      const shown = Math.min(size, limit);
      this.must(usage[kind] === shown, `${ownerId} has ${size} ${kind}, at most ${limit}, and is shown ${usage[kind]}`);
      await mustHaveRoom(size, limit, requireRoom(ownerId, kind, this.ports.quotas), `${kind} of ${ownerId}`);
    }
    let links = 0;
    for (const feedId of this.feedsOf(owner)) {
      const { size } = this.liveLinks(feedId);
      links += size;
      await mustHaveRoom(size, limits.linksPerFeed, requireLinkRoom(feedId, this.ports, now), `living links of ${feedId}`);
    }
    this.must(usage.links === links, `${ownerId} has ${links} living links and is shown ${usage.links}`);
  }

  private someQuota(): QuotaDraft {
    const { random } = this.counter;
    const of = (least: number, kind: QuotaKind): QuotaDraft =>
      random.chance(0.2) ? {} : { [kind]: random.between(least, MOST[kind]) };
    return { ...of(0, "calendars"), ...of(0, "feeds"), ...of(1, "linksPerFeed") };
  }

  private set({ ownerId, quota }: Owner, draft: QuotaDraft): void {
    quota.set(draft, (told) =>
      this.counter.ask(`set the quota of ${ownerId}`, async ({ quotas }) => {
        const view = await setQuota(ownerId, draft, quotas);
        const limits = limitsOf({ version: 1, ownerId, ...draft }, quotas.usual);
        const isSo = KINDS.every((kind) => view[kind] === limits[kind]);
        this.must(isSo, `${ownerId} was given ${JSON.stringify(limits)} and answered ${JSON.stringify(view)}`);
        told();
      }),
    );
  }

  private show(owner: Owner): void {
    const seen = this.limitsSeen(owner);
    this.counter.ask(`show the quota of ${owner.ownerId}`, async ({ quotas }) => {
      this.mustBeOneOf(owner, await showQuota(owner.ownerId, quotas), seen());
    });
  }

  private look(owner: Owner): void {
    const { ownerId } = owner;
    const seen = this.limitsSeen(owner);
    const counts = COUNTED.map((kind) => ({ kind, count: this.counted({ owner, kind }) }));
    this.counter.ask(`usage of ${ownerId}`, async (ports) => {
      const usage = await showUsage(ownerId, ports, this.counter.context().now());
      this.mustBeOneOf(owner, usage.limits, seen());
      for (const { kind, count } of counts) {
        const [{ least, most }, limit] = [count(), usage.limits[kind]];
        const isSo = usage[kind] >= Math.min(least, limit) && usage[kind] <= Math.min(most, limit);
        this.must(isSo, `${ownerId} has ${least} to ${most} ${kind}, at most ${limit}, and is shown ${usage[kind]}`);
      }
    });
  }

  private mustBeOneOf({ ownerId }: Owner, shown: QuotaLimits, seen: readonly QuotaLimits[]): void {
    const isSo = seen.some((limits) => KINDS.every((kind) => limits[kind] === shown[kind]));
    this.must(isSo, `${ownerId} was given ${JSON.stringify(seen)} and has ${JSON.stringify(shown)}`);
  }

  /** Somebody wants one more of something. */
  private wish(owner: Owner): void {
    const { random } = this.counter;
    const { ownerId, wanted } = owner;
    const name = `${ownerId} ${wanted.size}`;
    const context = this.counter.context();
    const [calendars, [feedId]] = [[...this.thingsOf({ owner, kind: "calendars" })], this.feedsOf(owner)];
    if (calendars.length === 0 || random.chance(0.2)) {
      const draft = CalendarDraft.parse({ source: { kind: "push" }, name, ownerId });
      this.create({ owner, kind: "calendars", name, make: async (ports) => await createCalendar(draft, ports, context) });
    } else if (feedId === undefined || random.chance(0.4)) {
      const draft = FeedDraft.parse({ name, ownerId, members: [{ calendarId: random.pick(calendars) }] });
      this.create({ owner, kind: "feeds", name, make: async (ports) => await createFeed(draft, ports, context) });
    } else {
      const make = async (ports: Ports): Promise<unknown> => await createLink(feedId, { label: name }, ports, context);
      this.create({ owner, kind: "linksPerFeed", name, feedId, make });
    }
  }

  /** As the routes do it: whether there is room, and then what is made. */
  private create(wish: Wish): void {
    const { owner, kind, name, feedId = "" } = wish;
    const { ownerId } = owner;
    const [seen, count] = [this.limitsSeen(owner), this.counted(wish)];
    if (this.thingsOf(wish).size > MOST[kind]) return;
    owner.wanted.add(name);
    this.counter.ask(
      `make ${kind} ${name}`,
      async (ports) => {
        const now = this.counter.context().now();
        await (kind === "linksPerFeed" ? requireLinkRoom(feedId, ports, now) : requireRoom(ownerId, kind, ports.quotas));
        await wish.make(ports);
        const { least } = count();
        const limit = Math.max(...seen().map((limits) => limits[kind]));
        this.must(least < limit, `${ownerId} had ${least} ${kind} of ${limit}, and was given one more`);
        this.must(this.named(name) === 1, `${name} was made and is there ${this.named(name)} times`);
      },
      ({ code, what }) => {
        const { most } = count();
        const limit = Math.min(...seen().map((limits) => limits[kind]));
        const isTrue = code === "quota-exceeded" && most >= limit;
        this.must(isTrue, `${ownerId} had ${most} ${kind} of ${limit}, and was refused one more: ${what}`);
        this.must(this.named(name) === 0, `${name} was refused and is there`);
      },
    );
  }

  /** The first feed stays: its links are made and revoked. */
  private removeSome(owner: Owner): void {
    const [, ...others] = this.feedsOf(owner);
    if (others.length > 0) this.remove(owner, this.counter.random.pick(others));
  }

  private remove(owner: Owner, feedId: string): void {
    const { ownerId, removed } = owner;
    if (!removed.has(feedId)) removed.set(feedId, "asked");
    this.counter.ask(`remove feed ${feedId} of ${ownerId}`, async (ports) => {
      await removeFeed(feedId, ports, this.counter.context());
      removed.set(feedId, "told");
      this.look(owner);
    });
  }

  private revokeOne(owner: Owner): void {
    const { random } = this.counter;
    const links = this.feedsOf(owner).flatMap((feedId) => [...this.liveLinks(feedId)].map((linkId) => ({ feedId, linkId })));
    if (links.length === 0) return;
    const named = random.pick(links);
    this.counter.ask(`revoke a link of ${owner.ownerId}`, async (ports) => {
      await revokeLink(named, ports, this.counter.context().now());
      this.must(!this.liveLinks(named.feedId).has(named.linkId), `link ${named.linkId} was revoked and lives`);
    });
  }

  /** Begins to watch what the owner may have. */
  private limitsSeen({ ownerId, quota }: Owner): () => readonly QuotaLimits[] {
    const seen = quota.watch();
    return () => seen().map((draft) => limitsOf({ version: 1, ownerId, ...draft }, this.ports.quotas.usual));
  }

  /** Begins to watch how many there are: at any moment since no fewer than were there throughout, and no more than were ever there. */
  private counted(of: Subject): () => { readonly least: number; readonly most: number } {
    const [before, gone] = [this.thingsOf(of), this.goneOf(of)];
    return () => {
      const after = this.thingsOf(of);
      const ever = new Set([...before, ...after, ...this.goneOf(of)].filter((id) => !gone.has(id)));
      return { least: [...before].filter((id) => after.has(id)).length, most: ever.size };
    };
  }

  /** What counts: the owner's calendars or feeds, or the living links of the feed. */
  private thingsOf({ owner, kind, feedId = "" }: Subject): ReadonlySet<string> {
    const { metas } = this.counter.simulation.world.calendars;
    if (kind === "linksPerFeed") return this.liveLinks(feedId);
    if (kind === "feeds") return new Set(this.feedsOf(owner));
    return new Set([...metas.values()].filter(({ ownerId }) => ownerId === owner.ownerId).map(({ calendarId }) => calendarId));
  }

  /** What counted once. */
  private goneOf(of: Subject): ReadonlySet<string> {
    const { feeds } = this.counter.simulation.world;
    const links = [...feeds.links.values()].filter(({ feedId }) => feedId === of.feedId).map(linkIdOf);
    const feedsEver = [...feeds.metas.values()].filter(({ ownerId }) => ownerId === of.owner.ownerId).map(({ feedId }) => feedId);
    const [now, ever] = [this.thingsOf(of), { calendars: [], feeds: feedsEver, linksPerFeed: links }[of.kind]];
    return new Set(ever.filter((id) => !now.has(id)));
  }

  private feedsOf({ ownerId }: Owner): readonly string[] {
    const { metas } = this.counter.simulation.world.feeds;
    const owned = [...metas.values()].filter((feed) => feed.ownerId === ownerId && feed.state !== "removed");
    return owned.map(({ feedId }) => feedId);
  }

  private liveLinks(feedId: string): ReadonlySet<string> {
    const { feeds, clock } = this.counter.simulation.world;
    const links = [...feeds.links.values()].filter((link) => link.feedId === feedId && isLive(link, clock.now()));
    return new Set(links.map(linkIdOf));
  }

  /** Calendars, feeds and links of this name. */
  private named(name: string): number {
    const { calendars, feeds } = this.counter.simulation.world;
    const names = [...calendars.metas.values(), ...feeds.metas.values()].map((each) => each.name);
    const labels = [...feeds.links.values()].map(({ label }) => label);
    return [...names, ...labels].filter((each) => each === name).length;
  }

  private must(isSo: boolean, otherwise: string): void {
    this.counter.must(isSo, otherwise);
  }
}

async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  return await asked.then(
    () => undefined,
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
}
