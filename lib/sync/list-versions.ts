/** List the versions of a calendar that can be brought back, with what tells a good one from a bad one. */
import type { VersionView } from "../contract/calendar-view.ts";
import type { CalendarBook } from "./import-calendar.ts";
import { keptVersions } from "./kept-versions.ts";
import type { SnapshotShelf, StoredSnapshot } from "./kept-versions.ts";
import { loadCalendar } from "./load-calendar.ts";

export type VersionPorts = { readonly calendars: Pick<CalendarBook, "load">; readonly objects: SnapshotShelf };

/** A calendar that changes at each poll keeps hundreds in a day; each that is shown is read. */
const SHOWN = 50;
const AT_ONCE = 4;

/** The newest fifty, newest first. Throws `calendar-unknown`. */
export async function listVersions(calendarId: string, ports: VersionPorts): Promise<VersionView[]> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { calendarVersion } = loaded.checkpoint;
  const kept = (await keptVersions(loaded.checkpoint, ports.objects)).slice(0, SHOWN);
  const views: VersionView[] = [];
  for (let from = 0; from < kept.length; from += AT_ONCE) {
    const some = kept.slice(from, from + AT_ONCE);
    views.push(...(await Promise.all(some.map((version) => viewOf(version, calendarVersion, ports.objects)))));
  }
  return views;
}

async function viewOf({ calendarVersion, key }: StoredSnapshot, present: number, objects: SnapshotShelf): Promise<VersionView> {
  const { takenAt, eventCount } = await objects.getSnapshot(key);
  return { calendarVersion, takenAt, eventCount, isPresent: calendarVersion === present };
}
