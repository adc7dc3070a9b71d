/** Register a calendar: its checkpoint first, META last, for a worker that finds half does nothing. */
import type { Calendar, CalendarDraft } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { newCalendar } from "../core/registry.ts";
import { cronOf } from "../core/place.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { bookTask } from "./book-task.ts";
import type { BookPorts } from "./book-task.ts";
import { checkTimes } from "./check-times.ts";
import { claimExternalId } from "./claim-external-id.ts";
import type { ExternalIdBook } from "./claim-external-id.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";

export type CreateCalendarPorts = BookPorts & {
  readonly calendars: Pick<CalendarRegistry, "load" | "putCheckpoint" | "putCalendar">;
  readonly crons: Pick<CronSchedules, "keep">;
  readonly externalIds: ExternalIdBook;
};
export type CreateContext = { readonly now: () => Date; readonly newId: () => string };

/** Throws `url-invalid`, `schedule-invalid`, `holidays-missing`, `external-id-taken`; then nothing is written. */
export async function createCalendar(
  draft: CalendarDraft,
  ports: CreateCalendarPorts,
  context: CreateContext,
): Promise<{ calendar: Calendar; checkpoint: Checkpoint }> {
  const now = context.now();
  const at = now.toISOString();
  const created = await pausedWithHost(newCalendar(draft, context.newId(), at), ports.hosts);
  await checkTimes(created.calendar, ports.calendars);
  const { calendarId, ownerId, externalId } = created.calendar;
  if (externalId !== undefined) await claimExternalId({ version: 1, ownerId, externalId, calendarId, at }, ports);
  await ports.calendars.putCheckpoint(created.checkpoint);
  await ports.calendars.putCalendar(created.calendar);
  // A crash before it is mended by the sweep.
  if (cronOf(created.calendar) !== undefined) await ports.crons.keep(created.calendar);
  const { source, state } = created.calendar;
  if (source.kind === "url" && state === "active" && draft.firstImport === "now") {
    const taskId = oneOffTaskId(at, context.newId());
    const { host } = created.checkpoint;
    await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "created" }, { ownerId, host }, ports, now);
  }
  return created;
}

type Created = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

/** Who paused a host meant all that asks it; `resume --host` lets this one go with the others. */
async function pausedWithHost(created: Created, hosts: CreateCalendarPorts["hosts"]): Promise<Created> {
  const { host } = created.checkpoint;
  if (host === undefined || (await hosts.host(host)).pausedAt === undefined) return created;
  return {
    calendar: { ...created.calendar, state: "paused", pausedBy: "host" },
    checkpoint: { ...created.checkpoint, wheel: undefined },
  };
}
