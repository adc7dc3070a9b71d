/** Ask for an import of a url calendar at its host's next free start, with a run to follow. */
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";

export type AskImportPorts = BookPorts & { readonly calendars: Pick<CalendarRegistry, "load" | "putRun"> };

/** Throws `calendar-unknown`, `source-kind-wrong`. */
export async function loadPulled(calendarId: string, { calendars }: Pick<AskImportPorts, "calendars">): Promise<LoadedCalendar> {
  const loaded = await loadCalendar(calendarId, calendars);
  if (loaded.calendar.source.kind === "url") return loaded;
  const what = `calendar ${calendarId} is written by push, wanted a calendar with a url`;
  throw new Refusal("source-kind-wrong", what, "PUT its events instead");
}

/** The queued run; its end stands under the same id. */
export async function askImport(
  { calendar, checkpoint }: Pick<LoadedCalendar, "calendar" | "checkpoint">,
  ports: AskImportPorts,
  context: CreateContext,
): Promise<Run> {
  const { calendarId, ownerId } = calendar;
  const now = context.now();
  const at = now.toISOString();
  const taskId = oneOffTaskId(at, context.newId());
  const run: Run = { version: 1, runId: taskId, calendarId, taskId, reason: "sync-now", status: "queued", startedAt: at };
  const booked = { ownerId, host: checkpoint.host };
  await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "sync-now" }, booked, ports, now);
  // After the task is on its way: a crash between the two must leave no run that waits for nothing.
  await ports.calendars.putRun(run);
  return run;
}
