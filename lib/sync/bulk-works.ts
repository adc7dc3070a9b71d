/** What is done to one calendar, or to one feed's links, of many. */
import type { BulkRequest } from "../contract/bulk.ts";
import type { Link } from "../contract/feed.ts";
import { isLive } from "../core/links.ts";
import { placeOf } from "../core/place.ts";
import type { AskImportPorts } from "./ask-import.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { pauseCalendar, resumeCalendar } from "./pause-calendar.ts";
import type { PauseCalendarPorts } from "./pause-calendar.ts";
import { refreshCalendar } from "./refresh-calendar.ts";
import type { RefreshPorts } from "./refresh-calendar.ts";
import type { CalendarRegistry } from "./registry.ts";
import type { LinkRevoker } from "./revoke-link.ts";
import { syncNow } from "./sync-now.ts";
import type { Worked } from "./work-part.ts";

export type BulkCalendarPorts = PauseCalendarPorts &
  AskImportPorts &
  RefreshPorts & { readonly calendars: Pick<CalendarRegistry, "runs"> };

/** Newest runs that are looked at for one that was asked for. */
const RUNS = 10;
const DONE: Worked = { outcome: "done" };
const WOULD: Worked = { outcome: "would" };

export async function workCalendar(
  { action, dryRun, since }: BulkRequest,
  loaded: LoadedCalendar,
  ports: BulkCalendarPorts,
  context: CreateContext,
): Promise<Worked> {
  const { calendarId } = loaded.calendar;
  if (action === "pause" || action === "resume") return await moveCalendar(action, loaded, dryRun, ports);
  const why = await whyNotAsked(loaded, since, ports);
  if (why !== undefined) return left(why);
  if (dryRun) return WOULD;
  if (action === "sync") await syncNow(calendarId, ports, context);
  else await refreshCalendar(calendarId, ports, context);
  return DONE;
}

/** Whoever was broken off between the state and the wheel is told to ask again, and finds the state: what is half done is done to its end. */
async function moveCalendar(
  action: "pause" | "resume",
  loaded: LoadedCalendar,
  dryRun: boolean,
  ports: PauseCalendarPorts,
): Promise<Worked> {
  const { calendarId, state } = loaded.calendar;
  const isSo = (action === "pause") !== (state === "active");
  if (isSo && (dryRun || isPlaced(loaded))) return left(`it is ${state}`);
  if (dryRun) return WOULD;
  const move = action === "pause" ? pauseCalendar : resumeCalendar;
  if ((await move(calendarId, "calendar", ports)) !== "left") return DONE;
  return left(isSo ? `it is ${state}` : "it was changed just now");
}

/** On the wheel what has turns there, and nobody else. */
function isPlaced({ calendar, checkpoint: { wheel } }: LoadedCalendar): boolean {
  const place = calendar.state === "active" ? placeOf(calendar) : undefined;
  return (wheel === undefined) === (place === undefined);
}

async function whyNotAsked(
  { calendar: { calendarId, source, state } }: LoadedCalendar,
  since: string | undefined,
  { calendars }: BulkCalendarPorts,
): Promise<string | undefined> {
  if (source.kind === "push") return "it is written by push";
  if (state === "paused") return "it is paused";
  if (since === undefined) return undefined;
  const { items } = await calendars.runs(calendarId, { limit: RUNS, cursor: undefined });
  const isAsked = items.some(({ reason, startedAt }) => reason === "sync-now" && startedAt >= since);
  return isAsked ? "it was asked for already" : undefined;
}

/** Every link that works; one by one, so that the rest is found by the next call should this one die. */
export async function workLinks(
  feedId: string,
  links: readonly Link[],
  dryRun: boolean,
  ports: { readonly links: LinkRevoker },
  now: Date,
): Promise<Worked> {
  const living = links.filter((link) => isLive(link, now));
  if (living.length === 0) return left("no link of it works");
  const detail = `${living.length} ${living.length === 1 ? "link" : "links"}`;
  if (dryRun) return { outcome: "would", detail };
  for (const { secretHash } of living) await ports.links.revokeLink(feedId, secretHash, now.toISOString());
  return { outcome: "done", detail };
}

function left(detail: string): Worked {
  return { outcome: "skipped", detail };
}
