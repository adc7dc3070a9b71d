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
import { requireLinkRoom, requireRoom, setQuota, showQuota } from "../../lib/sync/require-room.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { showUsage } from "../../lib/sync/show-usage.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { Setting } from "./settings.ts";

const OWNERS = ["north", "south"];
const KINDS = ["calendars", "feeds", "linksPerFeed"] as const satisfies readonly QuotaKind[];
/** Whatever the limits say, no world has more than this of an owner. */
const MOST = { calendars: 4, feeds: 3, linksPerFeed: 6 } as const;

type Owner = {
  readonly ownerId: string;
  readonly quota: Setting<QuotaDraft>;
  /** Names of what somebody wanted to make, of each kind. */
  readonly wanted: Set<string>;
};
/** One more of a kind. */
type Wish = {
  readonly owner: Owner;
  readonly kind: QuotaKind;
  readonly name: string;
  /** Of this feed, if it is a link. */
  readonly feedId?: string | undefined;
  readonly make: (ports: Ports) => Promise<unknown>;
};

export class QuotaDesk implements Required<Office> {
  private readonly counter: Counter;
  private readonly owners: readonly Owner[] = OWNERS.map((ownerId) => ({
    ownerId,
    quota: new Setting<QuotaDraft>({}),
    wanted: new Set<string>(),
  }));

  constructor(counter: Counter) {
    this.counter = counter;
  }

  minute(): void {
    const { random } = this.counter;
    const owner = random.pick(this.owners);
    // Two at once may both be the last.
    const times = random.chance(0.3) ? 2 : 1;
    if (random.chance(0.12)) for (let n = 0; n < times; n += 1) this.set(owner, this.someQuota());
    if (random.chance(0.2)) for (let n = 0; n < times; n += 1) this.wish(owner);
    if (random.chance(0.06)) this.revokeOne(owner);
    if (random.chance(0.06)) this.show(owner);
    if (random.chance(0.06)) this.look(owner);
  }

  settle(): void {
    for (const owner of this.owners) if (!owner.quota.isSure) this.set(owner, owner.quota.last ?? {});
  }

  async check(): Promise<void> {
    const { desk, world } = this.counter.simulation;
    const ports = desk.portsWith(async (_method, effect) => await effect());
    for (const owner of this.owners) {
      const { ownerId } = owner;
      const [limits, ...others] = this.limitsSeen(owner)();
      const view = await showQuota(ownerId, ports.quotas);
      const isSo = limits !== undefined && KINDS.every((kind) => view[kind] === limits[kind]);
      this.must(isSo && others.length === 0, `${ownerId} was given ${JSON.stringify(limits)} and has ${JSON.stringify(view)}`);
      const usage = await showUsage(ownerId, ports, world.clock.now());
      for (const kind of ["calendars", "feeds"] as const) {
        const { size } = this.thingsOf({ owner, kind });
        const shown = Math.min(size, view[kind]);
        this.must(usage[kind] === shown, `${ownerId} has ${size} ${kind}, at most ${view[kind]}, and is shown ${usage[kind]}`);
        const refused = await codeOf(requireRoom(ownerId, kind, ports.quotas));
        const wanted = size < view[kind] ? undefined : "quota-exceeded";
        this.must(refused === wanted, `one more of ${size} ${kind} of ${ownerId}, at most ${view[kind]}: ${refused}`);
      }
      const links = this.feedsOf(owner).reduce((sum, feedId) => sum + this.liveLinks(feedId).size, 0);
      this.must(usage.links === links, `${ownerId} has ${links} living links and is shown ${usage.links}`);
    }
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
    const before = { calendars: this.thingsOf({ owner, kind: "calendars" }), feeds: this.thingsOf({ owner, kind: "feeds" }) };
    this.counter.ask(`usage of ${ownerId}`, async (ports) => {
      const usage = await showUsage(ownerId, ports, this.counter.context().now());
      this.mustBeOneOf(owner, usage.limits, seen());
      for (const kind of ["calendars", "feeds"] as const) {
        const [least, most] = [before[kind].size, this.thingsOf({ owner, kind }).size];
        const limit = usage.limits[kind];
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
    const { random, simulation } = this.counter;
    const { ownerId, wanted } = owner;
    const name = `${ownerId} ${wanted.size}`;
    const context = this.counter.context();
    const [calendars, feeds] = [[...this.thingsOf({ owner, kind: "calendars" })], this.feedsOf(owner)];
    const kind = random.pick(KINDS);
    if (this.thingsOf({ owner, kind }).size > MOST[kind] + 1) return;
    if (kind === "calendars" || calendars.length === 0) {
      const draft = CalendarDraft.parse({ source: { kind: "push" }, name, ownerId });
      return this.create({ owner, kind: "calendars", name, make: async (ports) => await createCalendar(draft, ports, context) });
    }
    if (kind === "feeds" || feeds.length === 0) {
      const draft = FeedDraft.parse({ name, ownerId, members: [{ calendarId: random.pick(calendars) }] });
      return this.create({ owner, kind: "feeds", name, make: async (ports) => await createFeed(draft, ports, context) });
    }
    const feedId = random.pick(feeds);
    const draft = { label: name };
    this.create({ owner, kind, name, feedId, make: async (ports) => await createLink(feedId, draft, ports, context) });
    simulation.note(`${name} is a link of ${feedId}`);
  }

  /** As the routes do it: whether there is room, and then what is made. */
  private create(wish: Wish): void {
    const { owner, kind, name, feedId } = wish;
    const { ownerId } = owner;
    owner.wanted.add(name);
    const seen = this.limitsSeen(owner);
    const before = this.thingsOf(wish);
    this.counter.ask(
      `make ${kind} ${name}`,
      async (ports) => {
        await (kind === "linksPerFeed"
          ? requireLinkRoom(feedId ?? "", ports, this.counter.context().now())
          : requireRoom(ownerId, kind, ports.quotas));
        await wish.make(ports);
        const after = this.thingsOf(wish);
        const standing = [...before].filter((id) => after.has(id)).length;
        const most = Math.max(...seen().map((limits) => limits[kind]));
        this.must(standing < most, `${ownerId} had ${standing} ${kind} of ${most}, and was given one more`);
        this.must(this.named(name) === 1, `${name} was made and is there ${this.named(name)} times`);
      },
      ({ code, what }) => {
        const most = new Set([...before, ...this.thingsOf(wish, "any")]).size;
        const least = Math.min(...seen().map((limits) => limits[kind]));
        const isTrue = code === "quota-exceeded" && most >= least;
        this.must(isTrue, `${ownerId} had ${most} ${kind} of ${least}, and was refused one more: ${what}`);
        this.must(this.named(name) === 0, `${name} was refused and is there`);
      },
    );
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
    const { usual } = this.counter.simulation.desk.portsWith(async (_method, effect) => await effect()).quotas;
    return () => seen().map((draft) => limitsOf({ version: 1, ownerId, ...draft }, usual));
  }

  /** What counts: the owner's calendars or feeds, or the living links of the feed; `any`: the dead links as well. */
  private thingsOf(
    { owner, kind, feedId = "" }: Pick<Wish, "owner" | "kind" | "feedId">,
    which = "counted",
  ): ReadonlySet<string> {
    const { calendars, feeds } = this.counter.simulation.world;
    if (kind === "feeds") return new Set(this.feedsOf(owner));
    if (kind === "linksPerFeed")
      return which === "counted"
        ? this.liveLinks(feedId)
        : new Set([...feeds.links.values()].filter((link) => link.feedId === feedId).map(linkIdOf));
    return new Set(
      [...calendars.metas.values()].filter(({ ownerId }) => ownerId === owner.ownerId).map((each) => each.calendarId),
    );
  }

  private feedsOf({ ownerId }: Owner): readonly string[] {
    const { metas } = this.counter.simulation.world.feeds;
    return [...metas.values()].filter((feed) => feed.ownerId === ownerId).map(({ feedId }) => feedId);
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
