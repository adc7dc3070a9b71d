/** What workers find a thing by is there before what people find it by. */
import type { Simulation } from "./simulation.ts";

/** Longer than a build can take. */
const SETTLE_MS = 900_000;

export class Registrations {
  private readonly simulation: Simulation;
  /** Since when each calendar is in each feed. */
  private readonly joinedMs = new Map<string, number>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.watchCalendars();
    this.watchFeeds();
  }

  private watchCalendars(): void {
    const { calendars } = this.simulation.world;
    const [putCalendar, deleteCalendar, deleteCheckpoint] = [
      calendars.putCalendar.bind(calendars),
      calendars.deleteCalendar.bind(calendars),
      calendars.deletePointersAndCheckpoint.bind(calendars),
    ];
    calendars.putCalendar = async (calendar) => {
      const { calendarId } = calendar;
      if (!calendars.checkpoints.has(calendarId)) this.simulation.violate(`${calendarId} is registered and has no checkpoint`);
      await putCalendar(calendar);
    };
    calendars.deleteCalendar = async (calendarId) => {
      // Whose it is only its registration says: without it its owner cannot ask for the rest.
      const isAsked = this.simulation.actor?.done.at(-1) === "calendars.deleteCalendar";
      if (isAsked && calendars.checkpoints.has(calendarId))
        this.simulation.violate(`${calendarId} is nobody's before it is taken out`);
      await deleteCalendar(calendarId);
    };
    calendars.deletePointersAndCheckpoint = async (calendarId) => {
      // A member whose pointer a hand took away is nobody's to find but the sweep's.
      const found = [...(calendars.pointers.get(calendarId) ?? [])];
      const isMember = found.some((feedId) => this.isMemberSince(feedId, calendarId));
      if (calendars.isFound(calendarId) || isMember)
        this.simulation.violate(`${calendarId} is taken from the workers before it is taken from people`);
      await deleteCheckpoint(calendarId);
    };
  }

  /** Before whoever removes it began: who puts it in meanwhile takes it out again. */
  private isMemberSince(feedId: string, calendarId: string): boolean {
    const isMember = this.simulation.world.feeds.members.get(feedId)?.has(calendarId) === true;
    const { startedMs = Number.POSITIVE_INFINITY } = this.simulation.actor ?? {};
    return isMember && (this.joinedMs.get(`${feedId} ${calendarId}`) ?? 0) < startedMs;
  }

  private watchFeeds(): void {
    const { feeds, calendars } = this.simulation.world;
    const [putFeed, putMembers, deleteFeed] = [
      feeds.putFeed.bind(feeds),
      feeds.putMembers.bind(feeds),
      feeds.deleteFeed.bind(feeds),
    ];
    feeds.putMembers = async (feedId, members) => {
      const known = feeds.members.get(feedId);
      const come = members.filter(({ calendarId }) => known?.has(calendarId) !== true);
      const lost = come.filter(({ calendarId }) => calendars.pointers.get(calendarId)?.has(feedId) !== true);
      // Who looked for the member in between has dropped its pointer, and whoever puts it in writes it once more.
      const isPointed = this.simulation.actor?.done.includes("feeds.putPointers") === true;
      if (lost.length > 0 && !isPointed) this.simulation.violate(`feed ${feedId} has a member that does not know of it`);
      for (const { calendarId } of come) this.joinedMs.set(`${feedId} ${calendarId}`, this.simulation.nowMs);
      await putMembers(feedId, members);
    };
    feeds.deleteFeed = async (feedId) => {
      const { removedAt = "" } = feeds.metas.get(feedId) ?? {};
      const isEarly = this.simulation.nowMs - Date.parse(removedAt) < SETTLE_MS;
      // Who purges has cleared away the rest; a drill's hand may take it away as it likes.
      const isPurge = this.simulation.actor?.done.includes("feeds.deleteBuild") === true;
      if (isEarly && isPurge) this.simulation.violate(`feed ${feedId} is forgotten while a build of it may still write`);
      await deleteFeed(feedId);
    };
    feeds.putFeed = async (feed) => {
      const { feedId } = feed;
      const hasLink = [...feeds.links.values()].some((link) => link.feedId === feedId);
      // A calendar that was removed meanwhile is no member any more.
      const isWhole = hasLink && feeds.members.has(feedId);
      if (this.isNew(feedId) && !isWhole) this.simulation.violate(`feed ${feedId} is found by people before it is whole`);
      await putFeed(feed);
    };
  }

  private isNew(feedId: string): boolean {
    return !this.simulation.world.feeds.metas.has(feedId);
  }
}
