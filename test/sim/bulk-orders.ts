/** What people want of many calendars and feeds at once: to pause, to resume, to import, to read anew, to close links, or only to look. */
import type { BulkAction } from "../../lib/contract/bulk.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { Asked } from "./bulk-desk.ts";
import type { Counter } from "./counter.ts";
import { Foremen } from "./foremen.ts";
import { Journal } from "./journal.ts";
import { MOVED_FEED, MOVED_OWNER } from "./sent-registry.ts";

type Found = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

const EVERYBODYS = "default";
/** Of a bulk that names its calendars. */
const NAMED = 3;

export class BulkOrders {
  private readonly counter: Counter;
  private readonly foremen: Foremen;
  /** Hosts whose calendars somebody paused. */
  private readonly paused: string[] = [];

  constructor(counter: Counter) {
    this.counter = counter;
    this.foremen = new Foremen(counter, new Journal(counter.simulation));
  }

  minute(): void {
    const { random } = this.counter;
    this.foremen.goOn();
    const wants: readonly (() => void)[] = [
      () => this.pauseHost(),
      () => this.import("sync"),
      () => this.import("refresh"),
      () => this.look(),
      () => this.closeLinks(),
      () => this.closeLinks(),
      () => this.nameSome(),
    ];
    if (random.chance(0.17)) random.pick(wants)();
    if (this.paused.length > 0 && random.chance(0.3)) this.resumeHost();
  }

  /** Whatever anybody paused goes on. */
  settle(): void {
    this.foremen.settle();
    this.foremen.order({ action: "resume", all: true }, () => this.living(() => true));
  }

  check(): void {
    this.foremen.check();
    const { metas } = this.counter.simulation.world.calendars;
    const paused = [...metas.values()].filter(({ state }) => state === "paused").map(({ calendarId }) => calendarId);
    this.counter.must(paused.length === 0, `${paused.join(" and ")} were resumed with all, and are paused`);
  }

  private pauseHost(): void {
    const host = this.host();
    this.paused.push(host);
    this.ofHost("pause", host);
  }

  private resumeHost(): void {
    const host = this.paused.pop();
    if (host !== undefined) this.ofHost("resume", host);
  }

  private ofHost(action: BulkAction, host: string, more: Partial<Asked> = {}): void {
    const { random } = this.counter;
    const ownerId = random.chance(0.5) ? EVERYBODYS : undefined;
    const isIts = ({ checkpoint, calendar }: Found): boolean =>
      checkpoint.host === host && (ownerId === undefined || calendar.ownerId === ownerId);
    this.foremen.order({ action, ownerId, filter: { host }, ...more }, () => this.living(isIts));
  }

  /** From now on: who asks again asks nobody twice. */
  private import(action: "sync" | "refresh"): void {
    this.ofHost(action, this.host(), { since: this.counter.context().now().toISOString() });
  }

  private look(): void {
    const action = this.counter.random.pick(["pause", "resume", "sync", "revoke-links"] as const);
    const meant = action === "revoke-links" ? () => this.open("") : () => this.living(() => true);
    this.foremen.order({ action, all: true, dryRun: true }, meant);
    this.foremen.order({ action: "revoke-links", ownerId: EVERYBODYS, all: true, dryRun: true }, () => this.open("Feed "));
  }

  private closeLinks(): void {
    const { counter } = this;
    const ownerId = counter.random.chance(0.6) ? MOVED_OWNER : undefined;
    counter.ask("create a link", async (ports) => {
      await createLink(MOVED_FEED, { label: "more" }, ports, counter.context());
    });
    this.foremen.order({ action: "revoke-links", ownerId, filter: { name: "moved" } }, () => this.open("Moved"));
  }

  /** One of them is nobody's. */
  private nameSome(): void {
    const { random, weather } = this.counter;
    const all = [...weather.urlCalendars, ...weather.pushCalendars];
    const ids = [...new Set([...Array.from({ length: NAMED }, () => random.pick(all)), "nobody"])];
    const action = random.pick(["resume", "sync", "refresh"] as const);
    const since = this.counter.context().now().toISOString();
    this.foremen.order({ action, filter: { ids }, ...(action === "resume" ? {} : { since }) }, () => new Set(ids));
  }

  private host(): string {
    return `host${this.counter.random.between(0, 4)}.example`;
  }

  private living(isMeant: (found: Found) => boolean): ReadonlySet<string> {
    const { calendars } = this.counter.simulation.world;
    const found = [...calendars.metas.values()].filter((calendar) => {
      const checkpoint = calendars.checkpoints.get(calendar.calendarId);
      return calendars.isFound(calendar.calendarId) && checkpoint !== undefined && isMeant({ calendar, checkpoint });
    });
    return new Set(found.map(({ calendarId }) => calendarId));
  }

  private open(name: string): ReadonlySet<string> {
    const feeds = [...this.counter.simulation.world.feeds.metas.values()];
    return new Set(feeds.filter((feed) => feed.state === "active" && feed.name.includes(name)).map(({ feedId }) => feedId));
  }
}
