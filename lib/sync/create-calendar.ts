/** Register a calendar: its checkpoint first, META last, for a worker that finds half does nothing. */
import type { Calendar, CalendarDraft } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { newCalendar } from "../core/registry.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import type { CalendarRegistry } from "./registry.ts";

export type CreateCalendarPorts = BookPorts & { readonly calendars: Pick<CalendarRegistry, "putCheckpoint" | "putCalendar"> };
export type CreateContext = { readonly now: () => Date; readonly newId: () => string };

/** Throws the refusal `url-invalid`; then nothing is written. */
export async function createCalendar(
  draft: CalendarDraft,
  ports: CreateCalendarPorts,
  context: CreateContext,
): Promise<{ calendar: Calendar; checkpoint: Checkpoint }> {
  const now = context.now();
  const at = now.toISOString();
  const created = newCalendar(draft, context.newId(), at);
  await ports.calendars.putCheckpoint(created.checkpoint);
  await ports.calendars.putCalendar(created.calendar);
  if (created.calendar.source.kind === "url" && draft.firstImport === "now") {
    const { calendarId, ownerId } = created.calendar;
    const taskId = oneOffTaskId(at, context.newId());
    const { host } = created.checkpoint;
    await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "created" }, { ownerId, host }, ports, now);
  }
  return created;
}
