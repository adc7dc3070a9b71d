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
import { pauseCalendar, resumeCalendar } from "./pause-calendar.ts";
import type { OwnerGate, PauseCalendarPorts } from "./pause-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { CronSchedules } from "./send-cron-turn.ts";

export type CreateCalendarPorts = BookPorts & {
  readonly calendars: Pick<CalendarRegistry, "load" | "putCheckpoint" | "putCalendar"> & PauseCalendarPorts["calendars"];
  readonly crons: Pick<CronSchedules, "keep">;
  readonly externalIds: ExternalIdBook;
  readonly ownerRecords: Pick<OwnerGate, "owner">;
};
export type CreateContext = { readonly now: () => Date; readonly newId: () => string };

/** Throws `url-invalid`, `schedule-invalid`, `holidays-missing`, `external-id-taken`, `write-contended`; then nothing is written. */
export async function createCalendar(
  draft: CalendarDraft,
  ports: CreateCalendarPorts,
  context: CreateContext,
): Promise<{ calendar: Calendar; checkpoint: Checkpoint }> {
  const now = context.now();
  const at = now.toISOString();
  const drafted = newCalendar(draft, context.newId(), at);
  const created = pausedOver(drafted, await pauserOf(drafted, ports));
  await checkTimes(created.calendar, ports.calendars);
  const { calendarId, ownerId, externalId } = created.calendar;
  if (externalId !== undefined) await claimExternalId({ version: 1, ownerId, externalId, calendarId, at }, ports);
  await ports.calendars.putCheckpoint(created.checkpoint);
  await ports.calendars.putCalendar(created.calendar);
  // A crash before it is mended by the sweep.
  if (cronOf(created.calendar) !== undefined) await ports.crons.keep(created.calendar);
  const settled = await settlePause(created, ports);
  const { source, state } = settled.calendar;
  if (source.kind === "url" && state === "active" && draft.firstImport === "now") {
    const taskId = oneOffTaskId(at, context.newId());
    const { host } = created.checkpoint;
    await bookTask({ version: 1, kind: "import", taskId, calendarId, reason: "created" }, { ownerId, host }, ports, now);
  }
  return settled;
}

type Created = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

type Pauser = "owner" | "host" | undefined;

/** Who paused an owner or a host meant all that is theirs. */
async function pauserOf({ calendar, checkpoint: { host } }: Created, ports: CreateCalendarPorts): Promise<Pauser> {
  if ((await ports.ownerRecords.owner(calendar.ownerId)) !== undefined) return "owner";
  return host !== undefined && (await ports.hosts.host(host)).pausedAt !== undefined ? "host" : undefined;
}

/** `resume --owner` and `resume --host` let it go with the others. */
function pausedOver({ calendar, checkpoint }: Created, pauser: Pauser): Created {
  if (pauser === undefined) return { calendar, checkpoint };
  return {
    calendar: { ...calendar, state: "paused", pausedBy: pauser },
    checkpoint: { ...checkpoint, wheel: undefined },
  };
}

/**
 * Who was paused or resumed while it was written did not find it, for the mark is written before all are listed: it is asked for once more, and
 * again after each change of ours, which may have come after the one that somebody made for the next mark.
 */
async function settlePause(created: Created, ports: CreateCalendarPorts): Promise<Created> {
  const { calendarId } = created.calendar;
  let { pausedBy } = created.calendar;
  let pauser = await pauserOf(created, ports);
  if (pauser === pausedBy) return created;
  while (pauser !== pausedBy) {
    if (pausedBy !== undefined) await resumeCalendar(calendarId, pausedBy, ports);
    if (pauser !== undefined) await pauseCalendar(calendarId, pauser, ports);
    pausedBy = pauser;
    pauser = await pauserOf(created, ports);
  }
  return (await ports.calendars.load(calendarId)) ?? created;
}
