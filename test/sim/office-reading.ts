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

export function openReading(counter: Counter): Office {
  const { random, simulation, weather } = counter;
  const room = new ReadingRoom(counter);
  const followers: Follower[] = [];
  const subscribers = new Subscribers(room);
  const feedId = (): string => random.pick(weather.feedIds);
  const someSubscriber = (): void => {
    if (subscribers.all.length < SUBSCRIBERS && random.chance(0.5)) return subscribers.invite(feedId());
    if (subscribers.all.length === 0) return;
    const one = random.pick(subscribers.all);
    one.fetch(random.chance(0.5) ? "large" : "as it is");
    // Two devices of one person, with the same link.
    if (random.chance(0.3)) one.fetch("as it is");
  };
  const someFollower = (): void => {
    if (followers.length < FOLLOWERS) {
      const found = room.found();
      const grown = found.filter((calendarId) => room.versionOf(calendarId) > 1);
      followers.push(new Follower(room, random.pick(grown.length > 0 ? grown : found)));
    }
    const one = random.pick(followers);
    if (random.chance(one.isAmidPages ? 0.2 : 0.8)) one.restore();
    one.next();
  };
  const had: Had = new Map();
  // Some are looked at again and again, whatever has become of them.
  const favourites = Array.from({ length: FAVOURITES }, () => random.pick(room.found()));
  const calendarId = (): string => random.pick(random.chance(0.6) ? favourites : room.found());
  const lists = [readCalendars, readFeeds, readLetters, readUsage] as const;
  const looks = [lookAtEvents, lookAtEvent, lookAtVersions, lookAtHold, lookAhead, lookForDay] as const;
  let revoked = 0;
  const acts: readonly (readonly [share: number, act: () => void])[] = [
    [0.4, someSubscriber],
    [0.7, someFollower],
    [0.05, () => subscribers.guess(feedId())],
    [0.3, () => random.pick(lists)(room)],
    [0.3, () => random.pick(looks)(room, calendarId(), had)],
    [0.05, () => lookAtFeed(room, feedId(), had)],
    [0.05, () => lookAtDownload(room)],
    [0.05, () => tellTwice(counter)],
    [
      0.03,
      () => {
        if (subscribers.all.length === 0 || revoked >= REVOKED_MOST) return;
        revoked += 1;
        const one = random.pick(subscribers.all);
        one.revoke();
        one.fetch("as it is");
        if (random.chance(0.3)) one.revoke();
      },
    ],
  ];
  return {
    minute: (): void => {
      for (let count = random.between(0, AT_ONCE); count > 0; count -= 1) {
        for (const [share, act] of acts) if (random.chance(share)) simulation.at(random.between(0, MINUTE_MS), act);
      }
    },
    settle: (): void => {
      for (const one of followers) one.finish();
      for (const one of subscribers.all) one.fetch("as it is");
      for (const list of lists) list(room);
      for (const look of looks) look(room, calendarId(), had);
      lookAtFeed(room, feedId(), had);
      lookAtDownload(room);
    },
    check: async (): Promise<void> => {
      room.check();
      for (const one of followers) await one.check();
      for (const one of subscribers.all) await one.check();
    },
  };
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
