/** Import a calendar now because somebody asked: a run to follow, and a task that takes its host's next free start. */
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { unknownCalendar } from "../core/refusals.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";

export type SyncNowPorts = BookPorts & { readonly calendars: Pick<CalendarRegistry, "load" | "putRun"> };

/** The queued run; its end stands under the same id. Throws `calendar-unknown`, `source-kind-wrong`. */
export async function syncNow(calendarId: string, ports: SyncNowPorts, context: CreateContext): Promise<Run> {
  const loaded = await ports.calendars.load(calendarId);
  if (loaded === undefined || loaded.calendar.state === "removed") throw unknownCalendar(calendarId);
  if (loaded.calendar.source.kind === "push") {
    const what = `calendar ${calendarId} is written by push, wanted a calendar with a url`;
    throw new Refusal("source-kind-wrong", what, "PUT its events instead");
  }
  const now = context.now();
  const at = now.toISOString();
  const taskId = oneOffTaskId(at, context.newId());
  const run: Run = { version: 1, runId: taskId, calendarId, taskId, reason: "sync-now", status: "queued", startedAt: at };
  await ports.calendars.putRun(run);
  const booked = { ownerId: loaded.calendar.ownerId, host: loaded.checkpoint.host };
  await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "sync-now" }, booked, ports, now);
  return run;
}
