/** Put one event into many push calendars of an owner, or withdraw it; each is a commit of its own, and to begin again does no harm. */
import type { EventSpread, SpreadReport } from "../contract/event-spread.ts";
import type { EventEdit } from "../core/edit-events.ts";
import { Refusal } from "../core/failure.ts";
import { refuseEdit } from "../core/refuse-edit.ts";
import { unknownCalendar } from "../core/refusals.ts";
import type { CreateContext } from "./create-calendar.ts";
import { editPush, previewEdits } from "./edit-push.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { CalendarRegistry, Page } from "./registry.ts";
import { presentOf } from "./write-push.ts";
import type { PushPorts } from "./write-push.ts";

export type SpreadPorts = PushPorts & { readonly calendars: Pick<CalendarRegistry, "list" | "load"> };

type Item = SpreadReport["items"][number];

/** Calendars of one call: a few seconds, also where each of them is written. */
const PART = 20;
const AT_ONCE = 4;

/** One part of the calendars. Throws `query-invalid` for a cursor that no part gave. */
export async function spreadEvent(spread: EventSpread, ports: SpreadPorts, context: CreateContext): Promise<SpreadReport> {
  const part = await nextPart(spread, ports);
  const meant = part.items.filter((found) => found.loaded === undefined || isMeant(found.loaded, spread));
  const items: Item[] = [];
  for (let from = 0; from < meant.length; from += AT_ONCE) {
    const some = meant.slice(from, from + AT_ONCE);
    items.push(...(await Promise.all(some.map(async (found) => await workOne(found, spread, ports, context)))));
  }
  const { dryRun } = spread;
  const seen = part.items.length;
  return { dryRun, items, seen, cursor: part.cursor };
}

/** Without `loaded`: the owner has no such calendar. */
type Found = { readonly calendarId: string; readonly loaded: LoadedCalendar | undefined };

async function nextPart({ ownerId, filter, cursor }: EventSpread, { calendars }: SpreadPorts): Promise<Page<Found>> {
  if (filter.calendarIds === undefined) {
    const page = await calendars.list(ownerId, { limit: PART, cursor });
    return { ...page, items: page.items.map((loaded) => ({ calendarId: loaded.calendar.calendarId, loaded })) };
  }
  const from = readPlace(cursor);
  const ids = filter.calendarIds.slice(from, from + PART);
  const items = await Promise.all(ids.map(async (calendarId) => await loadOwn(calendarId, ownerId, calendars)));
  return { items, cursor: from + PART < filter.calendarIds.length ? String(from + PART) : undefined };
}

function readPlace(cursor = "0"): number {
  if (/^\d{1,3}$/u.test(cursor)) return Number(cursor);
  const what = `the cursor has ${cursor.length} characters that no part gave, wanted the one of the part before`;
  throw new Refusal("query-invalid", what, "begin again without a cursor: what is done already is left as it is");
}

/** Another owner's is as one that does not exist. */
async function loadOwn(calendarId: string, ownerId: string, calendars: SpreadPorts["calendars"]): Promise<Found> {
  const loaded = await calendars.load(calendarId);
  return { calendarId, loaded: loaded?.calendar.ownerId === ownerId ? loaded : undefined };
}

/** Who names a calendar hears why it cannot take the event; of all of an owner's only the push calendars are meant. */
function isMeant({ calendar }: LoadedCalendar, { filter }: EventSpread): boolean {
  const { calendarIds, name, metadata = {} } = filter;
  if (calendarIds === undefined && calendar.source.kind !== "push") return false;
  if (name !== undefined && !calendar.name.toLowerCase().includes(name.toLowerCase())) return false;
  return Object.entries(metadata).every(([key, value]) => calendar.metadata?.[key] === value);
}

/** One calendar that cannot take it keeps no other back. */
async function workOne(found: Found, spread: EventSpread, ports: SpreadPorts, context: CreateContext): Promise<Item> {
  const known = { calendarId: found.calendarId, name: found.loaded?.calendar.name ?? "" };
  try {
    return { ...known, ...(await editOne(found, spread, ports, context)) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "event-unknown") return { ...known, outcome: "absent" };
    return { ...known, outcome: "failed", code: error.code, detail: error.what };
  }
}

async function editOne(
  { calendarId, loaded }: Found,
  spread: EventSpread,
  ports: SpreadPorts,
  context: CreateContext,
): Promise<Pick<Item, "outcome" | "calendarVersion">> {
  if (loaded === undefined || loaded.calendar.state === "removed") throw unknownCalendar(calendarId);
  const edits = [editOf(spread)];
  if (spread.dryRun) {
    const at = context.now().toISOString();
    const [end] = await previewEdits(edits, refuseEdit, presentOf(loaded, ports.objects), at);
    return { outcome: end?.outcome ?? "unchanged" };
  }
  const { outcomes, counts } = await editPush({ calendarId, edits, conditions: {} }, refuseEdit, ports, context);
  return { outcome: outcomes[0]?.outcome ?? "unchanged", calendarVersion: counts.calendarVersion };
}

function editOf({ uid, event }: EventSpread): EventEdit {
  if (event === undefined) return { kind: "delete", uid, recurrenceId: undefined, conditions: {} };
  return { kind: "put", uid, body: { kind: "json", event }, conditions: {} };
}
