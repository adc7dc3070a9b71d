/** Change what an owner asked of a calendar: name, source, times, policy, metadata. Its kind of source is fixed for life. */
import type { Calendar, CalendarPatch } from "../contract/calendar.ts";
import { cronOf } from "../core/place.ts";
import { hasNewSource, patchCalendar } from "../core/patch-calendar.ts";
import { contendedCalendar } from "../core/refusals.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { effectiveInterval, slotOf } from "../core/slots.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import { checkTimes } from "./check-times.ts";
import { claimExternalId } from "./claim-external-id.ts";
import type { ExternalIdBook } from "./claim-external-id.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { SlotMover } from "./follow-hint.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { WheelGate } from "./pause-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export interface CalendarEditor {
  /** Writes the fields that differ, where nobody changed, paused or removed the calendar since `before` was read. */
  changeCalendar(before: Calendar, after: Calendar): Promise<"saved" | "lost">;
  /** Forgets what another source answered and until when it wanted rest; a fetch that began before `at` can no longer save. */
  forgetSource(calendarId: string, host: string, at: string): Promise<void>;
}
export type ChangeCalendarPorts = BookPorts & {
  readonly calendars: Pick<CalendarRegistry, "load" | "leaveWheel"> & Pick<WheelGate, "enterWheel"> & SlotMover;
  readonly editor: CalendarEditor;
  readonly externalIds: ExternalIdBook;
  readonly crons: CronSchedules;
  readonly objects: SnapshotReader;
};

const TRIES = 4;

/**
 * Throws `calendar-unknown`, `source-kind-wrong`, `url-invalid`, `body-invalid`, `external-id-taken`, `schedule-invalid`,
 * `holidays-missing`, `write-contended`; then nothing changed. A crash half way is made good by the same patch again.
 */
export async function changeCalendar(
  calendarId: string,
  patch: CalendarPatch,
  ports: ChangeCalendarPorts,
  context: CreateContext,
): Promise<LoadedCalendar> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadCalendar(calendarId, ports.calendars);
    const after = patchCalendar(loaded.calendar, patch, context.now().getTime());
    await checkTimes(after, ports.calendars);
    if ((await write(loaded.calendar, after, ports, context)) === "saved") {
      if (movesTurns(patch)) await moveTurns(loaded, after, ports);
      if (isUnread(loaded, after, patch) && after.state === "active") await importNow(after, ports, context);
      return await loadCalendar(calendarId, ports.calendars);
    }
  }
  throw contendedCalendar(calendarId, TRIES);
}

/** Validators go before the new address is there and once more after it: none of the old one is ever sent to it. */
async function write(
  before: Calendar,
  after: Calendar,
  ports: ChangeCalendarPorts,
  context: CreateContext,
): Promise<"saved" | "lost"> {
  const { calendarId, ownerId } = before;
  if (after.externalId !== undefined && after.externalId !== before.externalId) {
    await claimExternalId(
      { version: 1, ownerId, externalId: after.externalId, calendarId, at: context.now().toISOString() },
      ports,
    );
  }
  const host = after.source.kind === "url" && hasNewSource(before, after) ? new URL(after.source.url).host : undefined;
  if (host !== undefined) await ports.editor.forgetSource(calendarId, host, context.now().toISOString());
  if ((await ports.editor.changeCalendar(before, after)) === "lost") return "lost";
  if (host !== undefined) await ports.editor.forgetSource(calendarId, host, context.now().toISOString());
  if (before.externalId !== undefined && after.externalId !== before.externalId) {
    await ports.externalIds.release({ ownerId, externalId: before.externalId, calendarId });
  }
  return "saved";
}

/** Nobody has read what the patch names: it is another source, or the patch came before and broke off ere it was imported. */
function isUnread({ calendar, checkpoint }: LoadedCalendar, after: Calendar, { source }: CalendarPatch): boolean {
  return hasNewSource(calendar, after) || (source !== undefined && checkpoint.contentHash === undefined);
}

function movesTurns({ intervalMinutes, schedule, policy, source }: CalendarPatch): boolean {
  return [intervalMinutes, schedule, policy, source].some((part) => part !== undefined);
}

/** To where its turns come from now; asked each time, so that a patch that is sent again makes good what a crash left. */
async function moveTurns(
  { calendar: before, checkpoint }: LoadedCalendar,
  after: Calendar,
  { calendars, crons, objects }: ChangeCalendarPorts,
): Promise<void> {
  const { calendarId, policy, intervalMinutes } = after;
  const { wheel, snapshotKey } = checkpoint;
  if (after.source.kind === "push") return;
  if (cronOf(after) !== undefined) {
    await crons.keep(after);
    if (wheel !== undefined) await calendars.leaveWheel(calendarId);
    return;
  }
  if (cronOf(before) !== undefined) await crons.drop(before);
  if (after.state !== "active") return;
  const properties = snapshotKey === undefined ? {} : (await objects.getSnapshot(snapshotKey)).properties;
  const hint = policy.refreshHint === "follow" ? properties.refreshMinutes : undefined;
  const slot = slotOf(calendarId, effectiveInterval(intervalMinutes, hint));
  if (wheel === undefined) await calendars.enterWheel(calendarId, slot);
  else if (wheel !== slot) await calendars.moveSlot(calendarId, wheel, slot);
}

async function importNow(
  { calendarId, ownerId, source }: Calendar,
  ports: ChangeCalendarPorts,
  context: CreateContext,
): Promise<void> {
  if (source.kind !== "url") return;
  const now = context.now();
  const taskId = oneOffTaskId(now.toISOString(), context.newId());
  const booked = { ownerId, host: new URL(source.url).host };
  await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "changed" }, booked, ports, now);
}
