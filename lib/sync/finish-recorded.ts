/** Finish a commit and write its run, while `pending` stands: whoever comes after a crash finds nothing to import, but what was imported and by whom. */
import type { ChangeSet } from "../contract/change.ts";
import type { Pending } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import { finishCommit } from "./finish-commit.ts";
import type { FinishPorts, PendingBook } from "./finish-commit.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import { countsOf } from "./store-version.ts";

export type FinishRecordedPorts = FinishPorts & { readonly calendars: PendingBook & Pick<CalendarBook, "putRun"> };

/** @param endedAt UTC instant */
export async function finishRecorded(
  { calendar, checkpoint }: Pick<LoadedCalendar, "calendar" | "checkpoint">,
  pending: Pending,
  ports: FinishRecordedPorts,
  endedAt: string,
): Promise<void> {
  await finishCommit(ports, calendar, pending, async (set) => {
    const run = madeRun(set, checkpoint.skippedCount, endedAt);
    if (run !== undefined) await ports.calendars.putRun(run);
  });
}

/** Undefined where none is kept: of what an app pushed, and of what an older release committed. */
function madeRun(set: ChangeSet, skipped: number, endedAt: string): Run | undefined {
  const { calendarId, calendarVersion, runId, taskId, reason, changes, at: startedAt } = set;
  if (runId === undefined || taskId === undefined || reason === undefined) return undefined;
  const counts = countsOf(changes, skipped, calendarVersion);
  return { version: 1, runId, calendarId, taskId, reason, status: "imported", ...counts, startedAt, endedAt };
}
