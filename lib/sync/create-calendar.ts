/** Register a calendar: its checkpoint first, META last, for a worker that finds half does nothing. */
import type { Calendar, CalendarDraft } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { newCalendar } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { UrgentQueue } from "./replay-letter.ts";

export type CreateCalendarPorts = {
  readonly calendars: Pick<CalendarRegistry, "putCheckpoint" | "putCalendar">;
  readonly urgent: UrgentQueue;
};
export type CreateContext = { readonly now: () => Date; readonly newId: () => string };

/** Throws the refusal `url-invalid`; then nothing is written. */
export async function createCalendar(
  draft: CalendarDraft,
  ports: CreateCalendarPorts,
  context: CreateContext,
): Promise<{ calendar: Calendar; checkpoint: Checkpoint }> {
  const at = context.now().toISOString();
  const created = newCalendar(draft, context.newId(), at);
  await ports.calendars.putCheckpoint(created.checkpoint);
  await ports.calendars.putCalendar(created.calendar);
  if (created.calendar.source.kind === "url" && draft.firstImport === "now") {
    const { calendarId } = created.calendar;
    const taskId = oneOffTaskId(at, context.newId());
    await ports.urgent.sendUrgent({ version: 1, kind: "import", taskId, calendarId, startAt: at, reason: "created" });
  }
  return created;
}
