/** Show a calendar's hold with what applying it would take away now. */
import type { Hold } from "../contract/checkpoint.ts";
import type { HoldDetails } from "../contract/hold-view.ts";
import { isAnothers, wasEnded } from "../core/hold.ts";
import { firstRemoved, holdView } from "../core/hold-view.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import { loadCalendar } from "./load-calendar.ts";
import { weighBody } from "./weigh-body.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export type ShowHoldPorts = {
  readonly calendars: Pick<CalendarBook, "load">;
  readonly objects: SnapshotReader & { getHeld(key: string): Promise<Uint8Array> };
};
/** Undefined where no hold stands. Throws `calendar-unknown`. */
export async function showHold(calendarId: string, ports: ShowHoldPorts, now: Date): Promise<HoldDetails | undefined> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { calendar, checkpoint, hold } = loaded;
  if (hold === undefined || isAnothers(hold, calendar) || wasEnded(hold, checkpoint)) return undefined;
  const view = holdView(calendar, hold);
  const weighed = await weighHeld(loaded, hold, ports, now);
  // A body that cannot be read any more, or that was applied meanwhile, takes nothing away.
  if (weighed.kind !== "read") return { ...view, presentCount: checkpoint.eventCount, removedCount: 0, removed: [] };
  const { diff, previous } = weighed;
  const { removedCount, remainingCount: eventCount, keptCount, previousCount: presentCount } = diff;
  const removed = firstRemoved(previous?.events ?? [], diff.changes);
  return { ...view, presentCount, eventCount, removedCount, keptCount, removed };
}

async function weighHeld(loaded: LoadedCalendar, hold: Hold, ports: ShowHoldPorts, now: Date): ReturnType<typeof weighBody> {
  const { objectKey, contentType } = hold;
  const body = { bytes: await ports.objects.getHeld(objectKey), contentType };
  return await weighBody(loaded, body, ports.objects, now.toISOString());
}
