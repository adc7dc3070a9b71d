/** A calendar that a person changes: loaded with nothing pending, and looked after should the process end half way. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import { oneOffTaskId } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import { finishRecorded } from "./finish-recorded.ts";
import type { FinishRecordedPorts } from "./finish-recorded.ts";
import type { CalendarBook, Expected, LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { UrgentQueue } from "./replay-letter.ts";

export type SettlePorts = FinishRecordedPorts & { readonly calendars: Pick<CalendarBook, "load"> };

/** Longer than a request lives: by then the write is there or never comes. */
const FOLLOW_UP_SECONDS = 60;

/** Finishes first what a crash left pending. Throws `calendar-unknown`. */
export async function loadForChange(calendarId: string, ports: SettlePorts, at: string): Promise<LoadedCalendar> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { pending, ...checkpoint } = loaded.checkpoint;
  if (pending !== undefined) await finishRecorded(loaded, pending, ports, at);
  return { ...loaded, checkpoint };
}

/** Sent before the write, so that a crash right after it still has somebody who finishes what is pending. */
export async function sendFollowUp(calendarId: string, at: string, urgent: UrgentQueue, context: CreateContext): Promise<void> {
  const taskId = oneOffTaskId(at, context.newId());
  await urgent.sendUrgent({ version: 1, kind: "import", taskId, calendarId, startAt: at, reason: "mend" }, FOLLOW_UP_SECONDS);
}

/** Before every instant. */
const NEVER = "0";

/**
 * No other version, no newer turn and no other fetch was saved since the checkpoint was read, nor one that began after `at`, and no
 * validators were forgotten: the whole checkpoint is written, so that whatever was saved in between would be taken back.
 */
export function stillAs({ calendarVersion, lastTurn, fetchedAt, engineKey }: Checkpoint, at: string): Expected {
  // The shortest text behind an instant: only that instant itself, and older ones, are before it.
  const next = `${fetchedAt ?? ""}0`;
  return { calendarVersion, turn: lastTurn + 1, fetchBegan: next < at ? next : at, engineKey };
}

/** As `stillAs`, and no attempt ended since then: a person's write would take back what its host or its failure asked for. */
export function untouched(checkpoint: Checkpoint, at: string): Expected {
  return { ...stillAs(checkpoint, at), outcomeAt: checkpoint.outcome?.at ?? NEVER };
}
