/** Links of feeds in a storm: a link that was answered works until it is revoked or over, through every rotation, and then never again. */
import type { Link } from "../../lib/contract/feed.ts";
import type { LinkDraft } from "../../lib/contract/link.ts";
import { linkIdOf, standingOf } from "../../lib/core/links.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { CreatedLink } from "../../lib/sync/create-link.ts";
import { loadFeed } from "../../lib/sync/load-feed.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { rotateLink } from "../../lib/sync/rotate-link.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import type { Process } from "./simulation.ts";

const MOST = 6;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** Who asks for the same as somebody else comes as late as this. */
const LATE_MS = 100;
const LIVE = new Set([200, 304, 503]);

/** A secret that somebody was given. */
type Held = {
  readonly linkId: string;
  readonly token: string;
  revocation: "none" | "asked" | "told";
  /** As the first who was answered heard it. */
  revokedAt: string | undefined;
  /** For each rotation that may have been: when the grace ends at the earliest. */
  readonly graces: Set<{ readonly endMs: number }>;
  /** When its grace is over at the latest. */
  overMs: number;
};
type Subscriber = {
  readonly feedId: string;
  /** Of all its links, and of no other subscriber's. */
  readonly label: string;
  readonly endsAt: string | undefined;
  readonly held: Held[];
  /** Links that there may be of it. */
  most: number;
  /** Whoever makes, replaces or ends one of its links. */
  readonly changes: Process[];
  /** Nobody was given a secret, and whatever there was of it was revoked. */
  isCleared: boolean;
};

export class LinkDesk implements Required<Office> {
  private readonly counter: Counter;
  private readonly subscribers: Subscriber[] = [];

  constructor(counter: Counter) {
    this.counter = counter;
  }

  minute(): void {
    const { random } = this.counter;
    if (this.subscribers.length < MOST && random.chance(0.3)) this.subscribe();
    const unsure = this.subscribers.filter((one) => isQuiet(one) && this.isUnsure(one));
    if (unsure.length > 0 && random.chance(0.3)) this.recover(random.pick(unsure));
    const known = this.subscribers.filter(({ held }) => held.length > 0);
    if (known.length === 0) return;
    if (random.chance(0.4)) this.use(random.pick(known));
    if (random.chance(0.25)) this.rotate(random.pick(known), random.between(1, 4));
    if (random.chance(0.1)) this.revoke(random.pick(known), random.between(1, 2));
    if (random.chance(0.05)) this.rotateAndRevoke(random.pick(known));
  }

  settle(): void {
    for (const one of this.subscribers) this.recover(one);
  }

  async check(): Promise<void> {
    const { desk, world, nowMs } = this.counter.simulation;
    const ports = desk.portsWith(async (_method, effect) => await effect());
    for (const one of this.subscribers) {
      const links = this.linksOf(one);
      for (const link of links) this.mustBeAsked(one, link);
      const last = one.held.at(-1);
      for (const held of one.held) {
        const wasTold = held.revocation === "told";
        const { status } = await serveFeed(held.token, { method: "GET" }, ports, world.clock.now());
        this.mustAnswer({ one, held, wasTold, sinceMs: nowMs, isBuilt: true }, status);
        const { revokedAt } = links.find((link) => linkIdOf(link) === held.linkId) ?? {};
        this.must(
          revokedAt === held.revokedAt,
          `${nameOf(one, held)} ended at ${held.revokedAt}, and is said to at ${revokedAt}`,
        );
      }
      const isServed = last === undefined || last.revocation !== "none" || last.graces.size === 0 || isExpired(one, nowMs);
      this.must(isServed, `${one.label} has no link that lasts`);
      const unknown = links.filter((link) => !one.held.some(({ linkId }) => linkId === linkIdOf(link)));
      const open = unknown.filter(({ state }) => state === "active");
      this.must(open.length === 0, `${one.label} has ${open.length} links that nobody knows`);
    }
  }

  private subscribe(): void {
    const { random, simulation, weather } = this.counter;
    const label = `phone ${this.subscribers.length}`;
    const endMs = simulation.nowMs + random.between(10, 2000) * MINUTE_MS;
    const endsAt = random.chance(0.3) ? new Date(endMs).toISOString() : undefined;
    const draft: LinkDraft = { label, ...(endsAt === undefined ? {} : { expiresAt: endsAt }) };
    const one: Subscriber = {
      feedId: random.pick(weather.feedIds),
      label,
      endsAt,
      held: [],
      most: 1,
      changes: [],
      isCleared: false,
    };
    this.subscribers.push(one);
    const process = this.counter.ask(`make a link for ${label}`, async (ports) => {
      one.held.push(heldOf(await createLink(one.feedId, draft, ports, this.counter.context())));
    });
    one.changes.push(process);
  }

  /** As a calendar app asks, or a browser. */
  private use(one: Subscriber): void {
    const { random, simulation } = this.counter;
    const held = random.pick(one.held);
    const isBuilt = simulation.world.feeds.builds.get(one.feedId)?.objectKey !== undefined;
    const use = { one, held, wasTold: held.revocation === "told", sinceMs: simulation.nowMs, isBuilt };
    const now = this.counter.context().now();
    this.counter.ask(`fetch by ${nameOf(one, held)}`, async (ports) => {
      const { status } = await serveFeed(held.token, { method: "GET", userAgent: "curl/8" }, ports, now);
      this.mustAnswer(use, status);
    });
  }

  private mustAnswer({ one, held, wasTold, sinceMs, isBuilt }: Use, status: number): void {
    const name = nameOf(one, held);
    if (status === 404) {
      const isInGrace = [...held.graces].every(({ endMs }) => endMs > sinceMs);
      const isLive = held.revocation === "none" && !isExpired(one, sinceMs) && isInGrace;
      return this.must(!isLive, `${name} was neither revoked nor is it over, and answers ${status}`);
    }
    this.must(LIVE.has(status) && (status !== 503 || !isBuilt), `${name} answers ${status}`);
    this.must(!wasTold, `${name} was revoked, and answers ${status}`);
    this.must(!isExpired(one, sinceMs), `${name} ended at ${one.endsAt}, and answers ${status}`);
    this.must(held.overMs > sinceMs, `the grace of ${name} is over, and it answers ${status}`);
  }

  /** Several at once: one has the new secret, at most. */
  private rotate(one: Subscriber, times: number): void {
    const { random } = this.counter;
    if (!this.isLeft(one)) return;
    const held = random.chance(0.8) ? one.held.at(-1) : random.pick(one.held);
    if (held !== undefined) for (let n = 0; n < times; n += 1) this.rotateOne(one, held, random.pick([0, 1, 1, 7]));
  }

  private rotateOne(one: Subscriber, held: Held, graceDays: number): void {
    const [name, grace] = [nameOf(one, held), this.mayEnd(held, graceDays)];
    const wasOver = held.revocation === "told" || isExpired(one, this.counter.simulation.nowMs);
    one.most += 1;
    const process = this.counter.ask(
      `rotate ${name}`,
      async (ports) => {
        const named = { feedId: one.feedId, linkId: held.linkId };
        const made = await rotateLink(named, graceDays, ports, this.counter.context());
        this.mustBeAsked(one, made.link);
        this.must(!wasOver, `${name} opens nothing any more, and was rotated`);
        this.must(held.overMs === Number.POSITIVE_INFINITY, `${name} has two links in its place`);
        one.held.push(heldOf(made));
        held.overMs = this.counter.simulation.nowMs + graceDays * DAY_MS;
      },
      (refusal) => {
        held.graces.delete(grace);
        one.most -= 1;
        this.mustBeRefused(one, held, refusal);
      },
    );
    one.changes.push(process);
  }

  private mayEnd(held: Held, graceDays: number): { readonly endMs: number } {
    const grace = { endMs: this.counter.simulation.nowMs + graceDays * DAY_MS };
    held.graces.add(grace);
    return grace;
  }

  /** Only what ended or has a successor is not rotated, and then nothing is left of it. */
  private mustBeRefused(one: Subscriber, held: Held, { code, what }: Refusal): void {
    const isExpiredNow = isExpired(one, this.counter.simulation.nowMs);
    const isTrue = held.revocation !== "none" || isExpiredNow || held.graces.size > 0;
    this.must(code === "link-ended" && isTrue, `${nameOf(one, held)} was not to be rotated: ${what}`);
    const { length } = this.linksOf(one);
    this.must(length <= one.most, `${one.label} has ${length} links, of ${one.most} that somebody may have been given`);
  }

  private revoke(one: Subscriber, times: number): void {
    const { random } = this.counter;
    const held = random.pick(one.held);
    for (let n = 0; n < times; n += 1)
      this.counter.simulation.at(n * random.between(0, LATE_MS), () => this.revokeOne(one, held));
  }

  private revokeOne(one: Subscriber, held: Held): void {
    if (!this.isLeft(one)) return;
    const name = nameOf(one, held);
    const process = this.counter.ask(
      `revoke ${name}`,
      async (ports) => await this.revokeHeld(one, held, ports),
      ({ what }) => this.must(false, `${name} is there, and nobody can revoke it: ${what}`),
    );
    one.changes.push(process);
  }

  private async revokeHeld(one: Subscriber, held: Held, ports: Ports): Promise<void> {
    if (held.revocation === "none") held.revocation = "asked";
    const { state, revokedAt } = await revokeLink(
      { feedId: one.feedId, linkId: held.linkId },
      ports,
      this.counter.context().now(),
    );
    const name = nameOf(one, held);
    this.must(state === "revoked" && revokedAt !== undefined, `${name} was revoked and is ${state} since ${revokedAt}`);
    held.revokedAt ??= revokedAt;
    const again = `${name} was revoked at ${held.revokedAt}, and who asked once more heard ${revokedAt}`;
    this.must(revokedAt === held.revokedAt, again);
    held.revocation = "told";
  }

  private rotateAndRevoke(one: Subscriber): void {
    this.rotate(one, 1);
    this.revoke(one, 1);
  }

  /** Somebody waits for an answer that never came. */
  private isUnsure({ held, isCleared }: Subscriber): boolean {
    const last = held.at(-1);
    if (last === undefined) return !isCleared;
    return last.graces.size > 0 || held.some(({ revocation }) => revocation === "asked");
  }

  /** Whoever looks at its links and ends what nobody knows wants to be alone with them. */
  private isLeft({ changes }: Subscriber): boolean {
    return !changes.some(({ state, name }) => state === "running" && name.startsWith("look for"));
  }

  /** Who got no answer looks at the links that there are, asks for a new secret where one went astray, and ends what nobody knows. */
  private recover(one: Subscriber): void {
    const process = this.counter.ask(`look for the links of ${one.label}`, async (ports) => {
      for (const held of one.held) if (held.revocation === "asked") await this.revokeHeld(one, held, ports);
      const last = one.held.at(-1);
      if (last !== undefined && last.revocation === "none") await this.replaceLost(one, last, ports);
      for (const link of await this.listed(one, ports)) {
        const [linkId, { feedId }] = [linkIdOf(link), one];
        const isKnown = one.held.some((held) => held.linkId === linkId);
        if (!isKnown) await revokeLink({ feedId, linkId }, ports, this.counter.context().now());
      }
      one.isCleared = true;
    });
    one.changes.push(process);
  }

  /** The successor's secret was answered to nobody: it is rotated in its turn. */
  private async replaceLost(one: Subscriber, last: Held, ports: Ports): Promise<void> {
    const { world, nowMs } = this.counter.simulation;
    const links = await this.listed(one, ports);
    const byId = new Map(links.map((link) => [linkIdOf(link), link]));
    let head = byId.get(last.linkId);
    while (head?.successor !== undefined) head = byId.get(head.successor);
    const name = nameOf(one, last);
    if (head === undefined) return this.must(false, `${name} has a successor that is not there`);
    if (linkIdOf(head) === last.linkId) return this.forgetRotations(last);
    this.must(
      standingOf(head, world.clock.now()) === "active" || isExpired(one, nowMs),
      `the successor of ${name} opens nothing`,
    );
    if (isExpired(one, nowMs)) return;
    one.most += 1;
    const made = await rotateLink({ feedId: one.feedId, linkId: linkIdOf(head) }, 0, ports, this.counter.context());
    one.held.push(heldOf(made));
  }

  /** Nothing came of them. */
  private forgetRotations({ graces }: Held): void {
    graces.clear();
  }

  private async listed(one: Subscriber, { feeds }: Ports): Promise<readonly Link[]> {
    return (await loadFeed(one.feedId, feeds)).links.filter(({ label }) => label === one.label);
  }

  private linksOf({ feedId, label }: Subscriber): readonly Link[] {
    const { links } = this.counter.simulation.world.feeds;
    return [...links.values()].filter((link) => link.feedId === feedId && link.label === label);
  }

  private mustBeAsked({ feedId, label, endsAt }: Subscriber, link: Link): void {
    const isSo = link.feedId === feedId && link.label === label && link.endsAt === endsAt;
    this.must(isSo, `${label} wanted a link of ${feedId} until ${endsAt} and has ${JSON.stringify(link)}`);
  }

  private must(isSo: boolean, otherwise: string): void {
    this.counter.must(isSo, otherwise);
  }
}

type Use = {
  readonly one: Subscriber;
  readonly held: Held;
  /** Whoever revoked it had been answered before it was used. */
  readonly wasTold: boolean;
  readonly sinceMs: number;
  readonly isBuilt: boolean;
};

function heldOf({ link, token }: CreatedLink): Held {
  return {
    linkId: linkIdOf(link),
    token,
    revocation: "none",
    revokedAt: undefined,
    graces: new Set(),
    overMs: Number.POSITIVE_INFINITY,
  };
}

function nameOf({ label }: Subscriber, { linkId }: Held): string {
  return `link ${linkId} of ${label}`;
}

function isExpired({ endsAt }: Subscriber, nowMs: number): boolean {
  return endsAt !== undefined && Date.parse(endsAt) <= nowMs;
}

function isQuiet({ changes }: Subscriber): boolean {
  return changes.every(({ state }) => state !== "running");
}
