/** A calendar of six events in the routes' memory, whose source now gives one: held. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { acceptBody } from "../../lib/sync/accept-body.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import type { LoadedCalendar } from "../../lib/sync/import-calendar.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import type { Memory } from "./memory-services.ts";

const AT = "2026-05-05T01:00:00.000Z";

export async function heldCalendar(
  { services, checkpoints, holds, objects }: Memory,
  fields: Partial<CalendarDraft> = {},
): Promise<Hold> {
  const source = { kind: "url", url: "https://calendars.example/team.ics" };
  const draft = CalendarDraft.parse({ name: "Team", source, ...fields });
  const { calendar, checkpoint } = await createCalendar(draft, services, services);
  const context = {
    takenAt: AT,
    newId: services.newId,
    run: { runId: "run-1", taskId: "run-1", reason: "tick" },
  } as const;
  const accept = async (loaded: LoadedCalendar, count: number) =>
    await acceptBody(loaded, { bytes: bodyOf(count) }, { ...services.objects, putHeld: async () => "snapshots/held-1" }, context);
  const first = await accept({ calendar, checkpoint, hold: undefined }, 6);
  if (first.kind !== "version") throw new Error(`the first body was ${first.kind}`);
  const { pending: _done, ...patch } = first.patch;
  const committed = { ...checkpoint, ...patch };
  checkpoints.set(calendar.calendarId, committed);
  const second = await accept({ calendar, checkpoint: committed, hold: undefined }, 1);
  if (second.kind !== "held") throw new Error(`the second body was ${second.kind}`);
  objects.set(second.hold.objectKey, Buffer.from(bodyOf(1)).toString());
  holds.set(calendar.calendarId, second.hold);
  return second.hold;
}

function bodyOf(count: number): Uint8Array {
  return new TextEncoder().encode(calendarText(sampleEvents(count)));
}
