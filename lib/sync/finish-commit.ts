/** The work that a commit promised: export tasks, published changes, the run's record; then `pending` is removed. */
import type { ChangeMessage, ChangeSet } from "../contract/change.ts";
import type { Pending } from "../contract/checkpoint.ts";
import type { LifeMessage } from "../contract/life.ts";
import type { ExportTask, TaskReason } from "../contract/task.ts";
import { changeMessages } from "../core/change-messages.ts";
import { importFinished } from "../core/life-messages.ts";
import type { OfCalendar } from "../core/life-messages.ts";

export interface PendingBook {
  /** Ids of the feeds that hold the calendar. */
  feedsOf(calendarId: string): Promise<readonly string[]>;
  /** Stores how many messages were published; nothing where `pending.version` is another by now. */
  saveCursor(calendarId: string, pending: Pending): Promise<void>;
  /** Removes `pending` where its version is still this one. */
  clearPending(calendarId: string, pendingVersion: number): Promise<void>;
}
export interface ChangeObjects {
  getChanges(key: string): Promise<ChangeSet>;
}
export interface ExportQueue {
  /** Sends every task or throws. */
  sendExports(tasks: readonly ExportTask[], delaySeconds: number): Promise<void>;
}
export interface ChangeTopic {
  /** At least once: whoever publishes says how a crash before it is made good. */
  publish(message: ChangeMessage | LifeMessage): Promise<void>;
}
export type FinishPorts = {
  readonly calendars: PendingBook;
  readonly objects: ChangeObjects;
  readonly exports: ExportQueue;
  readonly changes: ChangeTopic;
};

/** A feed waits this long for more changes; somebody waits for a first version, so that goes at once. */
const SETTLE_SECONDS = 15;

/**
 * Does what `pending` still owes. Safe to repeat: exports are known by calendar and version, changes by part.
 * A crash at any point leaves `pending` for the next delivery.
 * @param note hears of the changes before any is published
 */
export async function finishCommit(
  ports: FinishPorts,
  calendar: OfCalendar,
  pending: Pending,
  note?: (set: ChangeSet) => Promise<void>,
): Promise<void> {
  const { calendarId } = calendar;
  const feeds = await ports.calendars.feedsOf(calendarId);
  const tasks = feeds.map((feedId) => exportTask(feedId, calendarId, pending.version, "commit"));
  await ports.exports.sendExports(tasks, pending.version === 1 ? 0 : SETTLE_SECONDS);
  const set = await ports.objects.getChanges(pending.changesKey);
  await note?.(set);
  const messages = changeMessages(set, pending.changesKey, calendar);
  for (const [index, message] of messages.entries()) {
    if (index < pending.cursor) continue;
    await ports.changes.publish(message);
    if (index + 1 < messages.length) await ports.calendars.saveCursor(calendarId, { ...pending, cursor: index + 1 });
  }
  // After the last change, so that it can say how many there are; a crash before it sends that change once more.
  await ports.changes.publish(importFinished(set, messages.length, calendar));
  await ports.calendars.clearPending(calendarId, pending.version);
}

/** Named by what it builds from, so that the same task sent twice is known as one. */
function exportTask(feedId: string, calendarId: string, calendarVersion: number, reason: TaskReason): ExportTask {
  return {
    version: 1,
    kind: "export",
    taskId: `${feedId}<${calendarId}@${calendarVersion}`,
    feedId,
    calendarId,
    calendarVersion,
    reason,
  };
}
