/** Change what an owner asked of a calendar: name, source, times, policy, metadata. Its kind of source is fixed for life. */
import type { Calendar, CalendarPatch } from "../contract/calendar.ts";
import { cronOf } from "../core/place.ts";
import { hasNewSource, isUnread, patchCalendar, remembersAnother } from "../core/patch-calendar.ts";
import { contendedCalendar } from "../core/refusals.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { effectiveInterval, slotOf } from "../core/slots.ts";
import { sourceHost } from "../core/source-url.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import { checkTimes } from "./check-times.ts";
import { claimExternalId } from "./claim-external-id.ts";
import type { ExternalIdBook } from "./claim-external-id.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { SlotMover } from "./follow-hint.ts";
import { forgetOthers } from "./forget-source.ts";
import type { SourceForgetter } from "./forget-source.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { WheelGate } from "./pause-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export interface CalendarEditor extends SourceForgetter {
  /** Writes the fields that differ, where nobody changed, paused or removed the calendar since `before` was read. */
  changeCalendar(before: Calendar, after: Calendar): Promise<"saved" | "lost">;
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
  let isMoved = false;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadCalendar(calendarId, ports.calendars);
    const after = patchCalendar(loaded.calendar, patch, context.now().getTime());
    await checkTimes(after, ports.calendars);
    // Who was told "lost" may have won: the first answer went missing, and its move is still to be made good.
    isMoved ||= hasNewSource(loaded.calendar, after);
    if ((await write(loaded.calendar, after, ports, context)) === "saved") {
      const isToRead = isMoved || (namesSource(patch) && isUnread(after, loaded.checkpoint));
      // Not before the new address is there, so that who loses has changed nothing; until then the validators' key keeps them from it.
      if (isToRead) await forgetOthers(after, ports.editor, context.now());
      if (movesTurns(patch)) await moveTurns(loaded, after, ports);
      if (isToRead && after.state === "active") await importNow(after, ports, context);
      return await settleHost(calendarId, ports, context);
    }
  }
  throw contendedCalendar(calendarId, TRIES);
}

/** A new name is its own before it says it, an old one until it says another. */
async function write(
  before: Calendar,
  after: Calendar,
  ports: ChangeCalendarPorts,
  context: CreateContext,
): Promise<"saved" | "lost"> {
  const { calendarId, ownerId } = before;
  const isRenamed = after.externalId !== before.externalId;
  if (after.externalId !== undefined && isRenamed) {
    await claimExternalId(
      { version: 1, ownerId, externalId: after.externalId, calendarId, at: context.now().toISOString() },
      ports,
    );
  }
  const old =
    isRenamed && before.externalId !== undefined ? await ports.externalIds.claimOf(ownerId, before.externalId) : undefined;
  if ((await ports.editor.changeCalendar(before, after)) === "lost") return "lost";
  // Only the claim that it had then: whoever has given it the same name since has claimed it anew.
  if (old?.calendarId === calendarId) await ports.externalIds.release(old);
  return "saved";
}

/** Of two who move it at once the slower one may have named its own host last: each looks again at what stands, and names that. */
async function settleHost(calendarId: string, ports: ChangeCalendarPorts, context: CreateContext): Promise<LoadedCalendar> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadCalendar(calendarId, ports.calendars);
    if (!remembersAnother(loaded.calendar, loaded.checkpoint)) return loaded;
    await forgetOthers(loaded.calendar, ports.editor, context.now());
  }
  return await loadCalendar(calendarId, ports.calendars);
}

/** The patch may have come before and broken off ere its source was read. */
function namesSource({ source, policy }: CalendarPatch): boolean {
  return source !== undefined || policy?.userAgent !== undefined;
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
  const host = sourceHost(source);
  if (host === undefined) return;
  const now = context.now();
  const taskId = oneOffTaskId(now.toISOString(), context.newId());
  await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "changed" }, { ownerId, host }, ports, now);
}
