/** Apps, subscribers and pages that read while everything moves: what they are given was so once, and is whole. */
import { tellExcess } from "../../lib/sync/tell-excess.ts";
import type { Counter, Office } from "./counter.ts";
import { readCalendars, readFeeds, readLetters, readUsage } from "./reading-lists.ts";
import {
  lookAhead,
  lookAtDownload,
  lookAtEvent,
  lookAtEvents,
  lookAtFeed,
  lookAtHold,
  lookAtVersions,
  lookForDay,
} from "./reading-looks.ts";
import type { Had } from "./reading-looks.ts";
import { Follower } from "./reading-followers.ts";
import { ReadingRoom } from "./reading-room.ts";
import { Subscribers } from "./reading-subscribers.ts";

const FOLLOWERS = 6;
const FAVOURITES = 4;
const SUBSCRIBERS = 8;
const REVOKED_MOST = 2;
/** Readers of one minute at most. */
const AT_ONCE = 3;
const MINUTE_MS = 60_000;
const LISTS = [readCalendars, readFeeds, readLetters, readUsage] as const;
const LOOKS = [lookAtEvents, lookAtEvent, lookAtVersions, lookAtHold, lookAhead, lookForDay] as const;

export function openReading(counter: Counter): Office {
  return new Readers(counter);
}

class Readers implements Office {
  private readonly counter: Counter;
  private readonly room: ReadingRoom;
  private readonly followers: Follower[] = [];
  private readonly subscribers: Subscribers;
  /** Some calendars are looked at again and again, whatever has become of them. */
  private readonly favourites: readonly string[];
  private readonly had: Had = new Map();
  private revoked = 0;
  private readonly acts: readonly (readonly [share: number, act: () => void])[] = [
    [0.4, () => this.subscribe()],
    [0.9, () => this.follow()],
    [0.05, () => this.subscribers.guess(this.feed())],
    [0.3, () => this.counter.random.pick(LISTS)(this.room)],
    [0.3, () => this.counter.random.pick(LOOKS)(this.room, this.calendar(), this.had)],
    [0.05, () => lookAtFeed(this.room, this.feed(), this.had)],
    [0.05, () => lookAtDownload(this.room)],
    [0.05, () => tellTwice(this.counter)],
    [0.03, () => this.revoke()],
  ];

  constructor(counter: Counter) {
    this.counter = counter;
    this.room = new ReadingRoom(counter);
    this.subscribers = new Subscribers(this.room);
    this.favourites = Array.from({ length: FAVOURITES }, () => counter.random.pick(this.room.found()));
  }

  minute(): void {
    const { random, simulation } = this.counter;
    for (let count = random.between(0, AT_ONCE); count > 0; count -= 1) {
      for (const [share, act] of this.acts) if (random.chance(share)) simulation.at(random.between(0, MINUTE_MS), act);
    }
  }

  settle(): void {
    for (const one of this.followers) one.finish();
    for (const one of this.subscribers.all) one.fetch("as it is");
    for (const list of LISTS) list(this.room);
    for (const look of LOOKS) look(this.room, this.calendar(), this.had);
    lookAtFeed(this.room, this.feed(), this.had);
    lookAtDownload(this.room);
  }

  async check(): Promise<void> {
    this.room.check();
    for (const one of this.followers) await one.check();
    for (const one of this.subscribers.all) await one.check();
  }

  private feed(): string {
    return this.counter.random.pick(this.counter.weather.feedIds);
  }

  private calendar(): string {
    const { random } = this.counter;
    return random.pick(random.chance(0.6) ? this.favourites : this.room.found());
  }

  private subscribe(): void {
    const { random } = this.counter;
    const { all } = this.subscribers;
    if (all.length < SUBSCRIBERS && random.chance(0.5)) return this.subscribers.invite(this.feed());
    if (all.length === 0) return;
    const one = random.pick(all);
    one.fetch(random.chance(0.5) ? "large" : "as it is");
    // Two devices of one person, with the same link.
    if (random.chance(0.3)) one.fetch("as it is");
  }

  private follow(): void {
    const { random } = this.counter;
    if (this.followers.length < FOLLOWERS) {
      const found = this.room.found();
      const grown = found.filter((calendarId) => this.room.versionOf(calendarId) > 1);
      this.followers.push(new Follower(this.room, random.pick(grown.length > 0 ? grown : found)));
    }
    const one = random.pick(this.followers);
    if (random.chance(one.isAmidPages ? 0.2 : 0.8)) one.restore();
    one.next();
  }

  /** Its owner takes a link back, maybe twice at once, while its subscriber asks. */
  private revoke(): void {
    const { random } = this.counter;
    const { all } = this.subscribers;
    if (all.length === 0 || this.revoked >= REVOKED_MOST) return;
    this.revoked += 1;
    const one = random.pick(all);
    one.revoke();
    one.fetch("as it is");
    if (random.chance(0.3)) one.revoke();
  }
}

/** A tick that was called twice tells again of the turns that a host's pace left out: the host's page says so from then on. */
function tellTwice(counter: Counter): void {
  const { random, simulation } = counter;
  const { stored } = simulation.world.hosts;
  const host = random.pick([...stored.keys()]);
  for (let times = 0; times < 2; times += 1) {
    const now = counter.context().now();
    counter.ask(`skipped turns of ${host}`, async (ports) => {
      await tellExcess({ [host]: 1 }, ports, now);
      const { exceededAt, exceededCount = 0 } = stored.get(host) ?? {};
      counter.must(
        exceededAt !== undefined && exceededCount > 0,
        `host ${host} skipped turns, and its record says nothing of it`,
      );
    });
  }
}
