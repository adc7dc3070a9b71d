/** People who publish: they make feeds, change what is in them and how it shows, and remove them; also two at once, and while calendars go. */
import { FeedDraft, FeedPatch, MemberPut } from "../../lib/contract/feed.ts";
import type { Mask } from "../../lib/contract/feed.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { listFeeds } from "../../lib/api/feed-views.ts";
import { changeFeed } from "../../lib/sync/change-feed.ts";
import { putMember, removeMember, setMembers } from "../../lib/sync/change-members.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { removeFeed } from "../../lib/sync/remove-feed.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { Guests } from "./guests.ts";
import { Saying } from "./last-word.ts";
import type { LastWord } from "./last-word.ts";
import { redriveMisplaced } from "./misplaced.ts";
import { OUT, OwnFeed, pointing } from "./own-feed.ts";

const OWNER = "default";
const NOBODY = "not a calendar";
const FEEDS_MOST = 18;
const LIVING_MOST = 3;
const PAGE_MOST = 4;
const ACT_SHARE = 0.8;
const REDRIVE_SHARE = 0.25;
const INVITED_SHARE = 0.35;
const REMOVED_SHARE = 0.25;
/** Two people at the same feed. */
const PAIR_SHARE = 0.3;
const QUARREL_SHARE = 0.3;

export function openPublishing(counter: Counter): Office {
  return new Publishing(counter);
}

class Publishing implements Office {
  private readonly counter: Counter;
  private readonly feeds: OwnFeed[] = [];
  private readonly guests: Guests;
  private names = 0;

  constructor(counter: Counter) {
    this.counter = counter;
    this.guests = new Guests(counter);
  }

  minute(): void {
    const { random } = this.counter;
    if (random.chance(REDRIVE_SHARE)) redriveMisplaced(this.counter);
    if (this.living.length < LIVING_MOST && this.feeds.length < FEEDS_MOST) this.open();
    if (random.chance(INVITED_SHARE)) this.guests.invite();
    if (random.chance(REMOVED_SHARE)) this.tidy();
    if (!random.chance(ACT_SHARE)) return;
    const acts: readonly ((feed: OwnFeed) => void)[] = [
      (feed) => this.putIn(feed),
      (feed) => this.putIn(feed),
      (feed) => this.takeOut(feed),
      (feed) => this.list(feed),
      (feed) => this.describe(feed),
      (feed) => this.describe(feed),
      (feed) => this.remove(feed),
      (feed) => this.putStranger(feed),
      () => this.guests.dismiss(),
      () => this.guests.dismiss(),
      () => this.look(),
    ];
    if (this.living.length === 0) return;
    const feed = random.pick(this.living);
    random.pick(acts)(feed);
    if (random.chance(PAIR_SHARE)) random.pick(acts)(feed);
    if (random.chance(QUARREL_SHARE)) this.quarrel(random.pick(this.living));
  }

  /** Three who know nothing of each other, at what the feed has. */
  private quarrel(feed: OwnFeed): void {
    const isOfName = this.counter.random.chance(0.3);
    for (const _ of [1, 2]) {
      if (isOfName) this.describe(feed);
      else this.takeOut(feed);
    }
    if (isOfName) this.describe(feed);
    else this.mask(feed);
  }

  /** Whoever got no answer asks again; one removal in two is left to the daily look. */
  settle(): void {
    const { random } = this.counter;
    for (const feed of this.feeds) {
      if (feed.removal === "asked" && random.chance(0.5)) this.remove(feed);
      if (feed.isOurs) this.list(feed);
    }
    this.guests.settle();
  }

  check(): void {
    const { feeds } = this.counter.simulation.world;
    for (const feed of this.feeds) {
      if (feed.feedId === undefined) continue;
      if (feed.removal !== "none") feed.mustBeGone();
      feed.mustBeSaid();
      feed.mustPoint();
    }
    this.guests.check();
    for (const own of pointing(this.counter)) {
      for (const feedId of own)
        this.counter.must(feeds.metas.has(feedId), `a calendar points to feed ${feedId}, which is not there`);
    }
    for (const feedId of this.counter.weather.feedIds) {
      this.counter.must(feeds.metas.get(feedId)?.state === "active", `feed ${feedId} is gone, and nobody removed it`);
    }
  }

  private get living(): readonly OwnFeed[] {
    return this.feeds.filter(({ feedId, removal }) => feedId !== undefined && removal !== "told");
  }

  private calendar(): string {
    const { random, weather } = this.counter;
    const guests = this.guests.ids;
    if (guests.length > 0 && random.chance(0.5)) return random.pick(guests);
    return random.pick([...weather.urlCalendars, ...weather.pushCalendars]);
  }

  private anyMask(): Mask {
    return this.counter.random.pick(["full", "titles", "busy"] as const);
  }

  private open(): void {
    const members = [...new Set([this.calendar(), this.calendar(), this.calendar()])];
    const feed = new OwnFeed(this.counter, `Paper ${(this.names += 1)}`, members);
    this.feeds.push(feed);
    const draft = FeedDraft.parse({ name: feed.title, members: members.map((calendarId) => ({ calendarId })) });
    this.counter.ask(
      `open ${feed.title}`,
      async (ports) => {
        const created = await createFeed(draft, ports, this.counter.context());
        feed.feedId = created.feed.feedId;
        feed.mustBeSaid();
      },
      (refusal) => this.mustBeUnknown(refusal, members),
    );
  }

  private putIn(feed: OwnFeed): void {
    this.put(feed, this.calendar());
  }

  /** Another mask for one that is in it. */
  private mask(feed: OwnFeed): void {
    const members = this.membersOf(feed);
    if (members.length > 0) this.put(feed, this.counter.random.pick(members));
  }

  private put(feed: OwnFeed, calendarId: string): void {
    const { random } = this.counter;
    const mask = this.anyMask();
    const put = MemberPut.parse({ mask, position: random.chance(0.3) ? random.between(0, 2) : undefined });
    const said = new Map([[feed.member(calendarId), mask]]);
    this.change(feed, `put ${calendarId} in as ${mask}`, said, [calendarId], async (ports, feedId) => {
      await putMember({ feedId, calendarId }, put, ports, this.counter.context());
    });
  }

  private takeOut(feed: OwnFeed): void {
    const { random } = this.counter;
    const members = this.membersOf(feed);
    const calendarId = members.length > 0 && random.chance(0.9) ? random.pick(members) : this.calendar();
    const said = new Map([[feed.member(calendarId), OUT]]);
    this.change(feed, `take ${calendarId} out`, said, [calendarId], async (ports, feedId) => {
      await removeMember({ feedId, calendarId }, ports, this.counter.context());
    });
  }

  private membersOf({ feedId = "" }: OwnFeed): readonly string[] {
    return [...(this.counter.simulation.world.feeds.members.get(feedId)?.keys() ?? [])];
  }

  private list(feed: OwnFeed): void {
    const masks = new Map(Array.from({ length: this.counter.random.between(1, 4) }, () => [this.calendar(), this.anyMask()]));
    const members = [...masks].map(([calendarId, mask]) => ({ calendarId, mask }));
    const draft = FeedDraft.parse({ name: "List", members });
    this.change(feed, `list ${[...masks.keys()].join()}`, feed.listed(masks), [...masks.keys()], async (ports, feedId) => {
      await setMembers(feedId, draft.members, ports, this.counter.context());
    });
  }

  private describe(feed: OwnFeed): void {
    const value = `Name ${(this.names += 1)}`;
    const isName = this.counter.random.chance(0.5);
    const patch = FeedPatch.parse(isName ? { name: value } : { color: value });
    this.change(feed, `describe as ${value}`, new Map([[isName ? feed.name : feed.color, value]]), [], async (ports, feedId) => {
      await changeFeed(feedId, patch, ports, this.counter.context());
    });
  }

  /** `said`: what becomes of each thing; what is answered is so at once. */
  private change(
    feed: OwnFeed,
    what: string,
    said: ReadonlyMap<LastWord, string>,
    calendarIds: readonly string[],
    work: (ports: Ports, feedId: string) => Promise<void>,
  ): void {
    const { feedId = "" } = feed;
    const saying = new Saying(said);
    const process = this.counter.ask(
      `${what} of ${feedId}`,
      async (ports) => {
        await work(ports, feedId);
        saying.told();
        feed.mustBeSaid();
      },
      (refusal) => {
        saying.refused();
        this.mustBeRight(refusal, feed, calendarIds);
        feed.mustBeSaid();
      },
    );
    saying.by(process);
  }

  /** Nobody's calendar comes into no feed. */
  private putStranger(feed: OwnFeed): void {
    const calendarId = `${NOBODY} ${(this.names += 1)}`;
    const said = new Map([[feed.member(calendarId), OUT]]);
    this.change(feed, `put ${calendarId} in`, said, [calendarId], async (ports, feedId) => {
      await putMember({ feedId, calendarId }, {}, ports, this.counter.context());
      this.counter.must(false, `${calendarId} came into feed ${feedId}`);
    });
  }

  /** Who began to remove a feed, or has the oldest, ends it. */
  private tidy(): void {
    const feed = this.living.find(({ removal }) => removal === "asked") ?? this.living[0];
    if (feed !== undefined) this.remove(feed);
  }

  private remove(feed: OwnFeed): void {
    const { feedId = "" } = feed;
    if (feed.removal === "none") feed.removal = "asked";
    this.counter.ask(
      `remove feed ${feedId}`,
      async (ports) => {
        await removeFeed(feedId, ports, this.counter.context());
        feed.removal = "told";
        feed.mustServeNobody();
      },
      () => feed.mustServeNobody(),
    );
  }

  /** Page by page: who was there all the time is shown once, and who was gone before is not. */
  private look(): void {
    const limit = this.counter.random.between(1, PAGE_MOST);
    const gone = new Set(this.feeds.filter(({ removal }) => removal === "told").map(({ feedId }) => feedId));
    const there = this.feeds.filter(({ isOurs }) => isOurs);
    this.counter.ask(`look at ${limit} feeds a page`, async ({ feeds }) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listFeeds(OWNER, { limit, cursor }, feeds, this.counter.context().now());
        seen.push(...page.items.map(({ feedId }) => feedId));
        ({ cursor } = page);
      } while (cursor !== undefined);
      this.counter.must(new Set(seen).size === seen.length, `a list shows a feed twice: ${seen.join()}`);
      this.counter.must(!seen.some((feedId) => gone.has(feedId)), `a list shows what was removed: ${seen.join()}`);
      for (const { feedId = "", isOurs } of there) {
        this.counter.must(!isOurs || seen.includes(feedId), `a list leaves feed ${feedId} out: ${seen.join()}`);
      }
    });
  }

  private mustBeRight(refusal: Refusal, feed: OwnFeed, calendarIds: readonly string[]): void {
    if (refusal.code === "feed-unknown") {
      this.counter.must(feed.removal !== "none", `feed ${feed.feedId} is unknown, and nobody removed it`);
    } else if (refusal.code === "member-unknown") {
      const isTrue = calendarIds.every(
        (id) => this.isGone(id) || feed.member(id).values.includes(OUT) || feed.removal !== "none",
      );
      this.counter.must(isTrue, `${calendarIds.join()} is no member of ${feed.feedId}, and nobody took it out`);
    } else this.mustBeUnknown(refusal, calendarIds);
  }

  private mustBeUnknown({ code }: Refusal, calendarIds: readonly string[]): void {
    this.counter.must(
      code === "calendar-unknown" && calendarIds.some((id) => this.isGone(id)),
      `refused as ${code}: ${calendarIds.join()}`,
    );
  }

  private isGone(calendarId: string): boolean {
    return !this.counter.simulation.world.calendars.isFound(calendarId);
  }
}
