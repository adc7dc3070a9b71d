/** Take a calendar out: people find it no more from the first write on, what tells whose it was goes last. */
import type { Calendar } from "../contract/calendar.ts";
import type { ExternalIdBook } from "./claim-external-id.ts";
import { cronOf } from "../core/place.ts";
import { unknownCalendar } from "../core/refusals.ts";
import type { RebuildQueue } from "./replay-letter.ts";
import type { CalendarRegistry, FeedRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";

export type RemoveCalendarPorts = {
  readonly calendars: Pick<
    CalendarRegistry,
    "load" | "feedsOf" | "markRemoved" | "deleteCalendar" | "deletePointersAndCheckpoint"
  >;
  readonly feeds: Pick<FeedRegistry, "deleteMember">;
  readonly exports: RebuildQueue;
  readonly crons: Pick<CronSchedules, "drop">;
  readonly externalIds: Pick<ExternalIdBook, "release">;
};
export type NewTaskId = (feedId: string) => string;

/**
 * Removes registration, memberships and checkpoint; its feeds are built again without it. After a crash on the way the calendar is still its
 * owner's, so that calling it again finishes the rest; so does the daily look. Throws `calendar-unknown` where nothing of it is left.
 */
export async function removeCalendar(
  calendarId: string,
  ports: RemoveCalendarPorts,
  newTaskId: NewTaskId,
): Promise<readonly string[]> {
  const loaded = await ports.calendars.load(calendarId);
  const left = await takeOut(calendarId, loaded?.calendar, ports, newTaskId);
  if (loaded === undefined && left.length === 0) throw unknownCalendar(calendarId);
  return left;
}

/** Whatever is left of it. Returns the feeds that it was in. */
export async function takeOut(
  calendarId: string,
  calendar: Calendar | undefined,
  ports: RemoveCalendarPorts,
  newTaskId: NewTaskId,
): Promise<readonly string[]> {
  await ports.calendars.markRemoved(calendarId);
  if (calendar !== undefined) await letGo(calendar, ports);
  const left = new Set<string>();
  // Once more where it came into a feed meanwhile: what was asked for last is that it goes.
  for (let joined = await ports.calendars.feedsOf(calendarId); joined.length > 0;) {
    await leaveFeeds(joined, calendarId, ports, newTaskId);
    for (const feedId of joined) left.add(feedId);
    joined = (await ports.calendars.feedsOf(calendarId)).filter((feedId) => !left.has(feedId));
  }
  await ports.calendars.deletePointersAndCheckpoint(calendarId);
  await ports.calendars.deleteCalendar(calendarId);
  return [...left];
}

/** Its schedule and its name, which only its registration tells. */
async function letGo(calendar: Calendar, { crons, externalIds }: RemoveCalendarPorts): Promise<void> {
  const { calendarId, ownerId, externalId } = calendar;
  if (cronOf(calendar) !== undefined) await crons.drop(calendar);
  if (externalId !== undefined) await externalIds.release({ ownerId, externalId, calendarId });
}

async function leaveFeeds(
  feeds: readonly string[],
  calendarId: string,
  ports: RemoveCalendarPorts,
  newTaskId: NewTaskId,
): Promise<void> {
  for (const feedId of feeds) await ports.feeds.deleteMember(feedId, calendarId);
  await ports.exports.sendExports(
    feeds.map((feedId) => ({ version: 1, kind: "export", taskId: newTaskId(feedId), feedId, reason: "changed" })),
    0,
  );
}
