/** Take a calendar out: what people find it by goes first, what workers find it by last. */
import type { ExternalIdBook } from "./claim-external-id.ts";
import { cronOf } from "../core/place.ts";
import { unknownCalendar } from "../core/refusals.ts";
import type { RebuildQueue } from "./replay-letter.ts";
import type { CalendarRegistry, FeedRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";

export type RemoveCalendarPorts = {
  readonly calendars: Pick<CalendarRegistry, "load" | "feedsOf" | "deleteCalendar" | "deletePointersAndCheckpoint">;
  readonly feeds: Pick<FeedRegistry, "deleteMember">;
  readonly exports: RebuildQueue;
  readonly crons: Pick<CronSchedules, "drop">;
  readonly externalIds: Pick<ExternalIdBook, "release">;
};

/**
 * Removes registration, memberships and checkpoint; its feeds are built again without it. A crash on the way leaves what workers find it by,
 * so that calling it again finishes the rest. Throws `calendar-unknown` where nothing of it is left.
 */
export async function removeCalendar(
  calendarId: string,
  ports: RemoveCalendarPorts,
  newTaskId: () => string,
): Promise<readonly string[]> {
  const loaded = await ports.calendars.load(calendarId);
  const feeds = await ports.calendars.feedsOf(calendarId);
  if (loaded === undefined && feeds.length === 0) {
    // A registration without its checkpoint is found by nobody else.
    await ports.calendars.deleteCalendar(calendarId);
    await ports.calendars.deletePointersAndCheckpoint(calendarId);
    throw unknownCalendar(calendarId);
  }
  await ports.calendars.deleteCalendar(calendarId);
  // Without it the schedule's next call drops it.
  if (loaded !== undefined && cronOf(loaded.calendar) !== undefined) await ports.crons.drop(loaded.calendar);
  const { ownerId = "", externalId } = loaded?.calendar ?? {};
  // A claim that a crash leaves is taken over by whoever wants the name.
  if (externalId !== undefined) await ports.externalIds.release({ ownerId, externalId, calendarId });
  const left = new Set<string>();
  // Once more where it came into a feed meanwhile: what was asked for last is that it goes.
  for (let joined = feeds; joined.length > 0;) {
    await leaveFeeds(joined, calendarId, ports, newTaskId);
    for (const feedId of joined) left.add(feedId);
    joined = (await ports.calendars.feedsOf(calendarId)).filter((feedId) => !left.has(feedId));
  }
  await ports.calendars.deletePointersAndCheckpoint(calendarId);
  return [...left];
}

async function leaveFeeds(
  feeds: readonly string[],
  calendarId: string,
  ports: RemoveCalendarPorts,
  newTaskId: () => string,
): Promise<void> {
  for (const feedId of feeds) await ports.feeds.deleteMember(feedId, calendarId);
  await ports.exports.sendExports(
    feeds.map((feedId) => ({ version: 1, kind: "export", taskId: newTaskId(), feedId, reason: "changed" })),
    0,
  );
}
