/** Mend one calendar: a commit that nobody finished, a wrong place on the wheel, a source that gave no success for too long. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { groupOf } from "../core/alert-groups.ts";
import { calendarMends, slotFor, staleReasonCode, successOf } from "../core/mend.ts";
import type { CalendarMend } from "../core/mend.ts";
import type { SlotMover } from "./follow-hint.ts";
import { forgetOthers } from "./forget-source.ts";
import type { SourceForgetter } from "./forget-source.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { raiseAlert } from "./raise-alert.ts";
import type { AlertPorts } from "./raise-alert.ts";
import { takeOut } from "./remove-calendar.ts";
import type { RemoveCalendarPorts } from "./remove-calendar.ts";
import type { RebuildQueue } from "./replay-letter.ts";
import type { ImportQueue } from "./run-tick.ts";
import type { CronSchedules } from "./send-cron-turn.ts";

/** What was seen of a calendar; one of the two may be missing. */
export type FoundCalendar = {
  readonly calendarId: string;
  readonly calendar: Calendar | undefined;
  readonly checkpoint: Checkpoint | undefined;
};
export type StaleMark = Required<Pick<Checkpoint, "staleCode" | "staleToldAt">>;

export interface MendedCalendars extends SlotMover {
  load(calendarId: string): Promise<LoadedCalendar | undefined>;
  feedsOf(calendarId: string): Promise<readonly string[]>;
  /** Puts the calendar on the wheel where it is on no slot. */
  enterWheel(calendarId: string, slot: string): Promise<void>;
  leaveWheel(calendarId: string): Promise<void>;
}
export interface StaleBook {
  /** Writes the mark where the last success is still the one that was read. */
  markStale(read: Checkpoint, mark: StaleMark): Promise<void>;
}
export type MendCalendarPorts = AlertPorts &
  RemoveCalendarPorts & {
    readonly calendars: MendedCalendars;
    readonly crons: Pick<CronSchedules, "keep">;
    readonly editor: SourceForgetter;
    readonly records: StaleBook;
    readonly imports: ImportQueue;
    readonly exports: RebuildQueue;
  };

/** Longer than the mark takes that is written after the task was sent. */
const SETTLE_SECONDS = 15;

/** What was mended. What was seen is a hint; the records are read again before anything is done. */
export async function mendCalendar(found: FoundCalendar, ports: MendCalendarPorts, now: Date): Promise<readonly string[]> {
  const { calendarId, calendar, checkpoint } = found;
  if (calendar?.state === "removed") return await finishRemoval(calendar, ports, now);
  if (checkpoint === undefined) return [];
  if (calendar === undefined) return await leaveUnregistered(checkpoint, ports.calendars);
  if (calendarMends({ calendar, checkpoint }, now.toISOString()).length === 0) return [];
  const loaded = await ports.calendars.load(calendarId);
  if (loaded === undefined) return [];
  const mends = calendarMends(loaded, now.toISOString());
  for (const mend of mends) await apply(mend, loaded, ports, now);
  return mends;
}

/** Whoever took it out died on the way and has not asked again. */
async function finishRemoval(calendar: Calendar, ports: MendCalendarPorts, now: Date): Promise<readonly string[]> {
  await takeOut(calendar.calendarId, calendar, ports, (feedId) => `${feedId}<${calendar.calendarId}!${now.toISOString()}`);
  return ["finish-removal"];
}

/** Half written or half removed. Should its registration still come, the next look puts it back on the wheel. */
async function leaveUnregistered({ calendarId, wheel }: Checkpoint, calendars: MendedCalendars): Promise<CalendarMend[]> {
  if (wheel === undefined || (await calendars.load(calendarId)) !== undefined) return [];
  await calendars.leaveWheel(calendarId);
  return ["leave-wheel"];
}

async function apply(mend: CalendarMend, loaded: LoadedCalendar, ports: MendCalendarPorts, now: Date): Promise<void> {
  const { calendarId } = loaded.calendar;
  const { wheel } = loaded.checkpoint;
  const slot = slotFor(loaded.calendar, loaded.checkpoint);
  switch (mend) {
    case "finish-commit":
      return await finishCommit(loaded.checkpoint, ports.imports, now);
    case "finish-move":
      return await forgetOthers(loaded.calendar, ports.editor, now);
    case "enter-wheel":
    case "move-slot":
      if (wheel === undefined) return await ports.calendars.enterWheel(calendarId, slot);
      return await ports.calendars.moveSlot(calendarId, wheel, slot);
    case "leave-wheel":
      return await ports.calendars.leaveWheel(calendarId);
    case "keep-schedule":
      return await ports.crons.keep(loaded.calendar);
    case "tell-stale":
      return await tellStale(loaded, ports, now);
  }
}

/** The worker finishes what is pending and asks nobody; the same commit is the same task, and the same letter. */
async function finishCommit({ calendarId, host, pending }: Checkpoint, imports: ImportQueue, now: Date): Promise<void> {
  const task = {
    version: 1,
    kind: "import",
    taskId: `${calendarId}!${pending?.version ?? 0}`,
    calendarId,
    startAt: now.toISOString(),
    reason: "mend",
  } as const;
  await imports.sendImports([{ task, host: host ?? calendarId, delaySeconds: 0 }]);
}

async function tellStale({ calendar, checkpoint }: LoadedCalendar, ports: MendCalendarPorts, now: Date): Promise<void> {
  const { calendarId } = calendar;
  const at = now.toISOString();
  const code = staleReasonCode(checkpoint);
  if (!(await isCrowd(code, checkpoint.host, ports))) {
    const since = successOf(calendar, checkpoint);
    const reason = `calendar ${calendarId} had no success since ${since} (${code}), wanted one a day; look at its last outcome`;
    await raiseAlert({ kind: "stale", code: "calendar-stale", reason, host: checkpoint.host, calendarId }, ports, now);
  }
  if (checkpoint.staleCode === undefined) {
    const feeds = await ports.calendars.feedsOf(calendarId);
    await ports.exports.sendExports(
      feeds.map((feedId) => ({ version: 1, kind: "export", taskId: `${feedId}<${calendarId}!${at}`, feedId, reason: "mend" })),
      SETTLE_SECONDS,
    );
  }
  await ports.records.markStale(checkpoint, { staleCode: code, staleToldAt: at });
}

/** Of a trouble that holds many calendars of the host people have heard, twice if it lasts; each of them would only be noise. */
async function isCrowd(code: string, host: string | undefined, { alerts }: AlertPorts): Promise<boolean> {
  const group = await alerts.group(groupOf({ kind: "import", code, host }));
  return group?.state === "open" && group.count > 1;
}
