/** Have a calendar's feeds built again because its source became stale or recovered; at the transition, not at each poll. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { PendingBook } from "./finish-commit.ts";
import type { RebuildQueue } from "./replay-letter.ts";

export type TellFeedsPorts = { readonly calendars: Pick<PendingBook, "feedsOf">; readonly exports: RebuildQueue };

/** Longer than the save takes that follows; a crash in between costs a build of equal bytes, and the next turn tells again. */
const SETTLE_SECONDS = 15;

/** Called before `after` is saved. */
export async function tellFeeds(before: Checkpoint, after: Checkpoint, ports: TellFeedsPorts, at: string): Promise<void> {
  if (before.staleCode === after.staleCode) return;
  const { calendarId } = after;
  const feeds = await ports.calendars.feedsOf(calendarId);
  await ports.exports.sendExports(
    feeds.map((feedId) => ({ version: 1, kind: "export", taskId: `${feedId}<${calendarId}!${at}`, feedId, reason: "changed" })),
    SETTLE_SECONDS,
  );
}
