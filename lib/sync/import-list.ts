/** Register the calendars of a list: what its owner has already by external id or url is left, so that the same list again makes nothing twice. */
import type { Calendar, CalendarDraft } from "../contract/calendar.ts";
import { Refusal } from "../core/failure.ts";
import { newCalendar } from "../core/registry.ts";
import { createCalendar } from "./create-calendar.ts";
import type { CreateCalendarPorts, CreateContext } from "./create-calendar.ts";
import { everyItem } from "./every-item.ts";
import type { CalendarRegistry } from "./registry.ts";

/** A row that could be read, or why not. */
export type ListedRow = { readonly line: number } & ({ readonly draft: CalendarDraft } | { readonly refusal: Refusal });
/** How a row ended; nothing in it is a secret. */
export type RowEnd = {
  readonly line: number;
  readonly outcome: "made" | "would" | "there" | "failed";
  readonly calendarId?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly seen?: string;
  readonly wanted?: string;
};
export type ImportListPorts = CreateCalendarPorts & { readonly calendars: Pick<CalendarRegistry, "list"> };

/** Ids of an owner's calendars by what a list may know them by. */
type Known = Map<string, string>;

/** Row by row, in their order. One that is refused keeps no other back. */
export async function* importList(
  rows: readonly ListedRow[],
  { dryRun }: { readonly dryRun: boolean },
  ports: ImportListPorts,
  context: CreateContext,
): AsyncGenerator<RowEnd> {
  const owners = new Map<string, Known>();
  for (const row of rows) {
    if ("refusal" in row) yield failed(row.line, row.refusal);
    else yield await importRow(row.line, row.draft, dryRun, owners, ports, context);
  }
}

async function importRow(
  line: number,
  draft: CalendarDraft,
  dryRun: boolean,
  owners: Map<string, Known>,
  ports: ImportListPorts,
  context: CreateContext,
): Promise<RowEnd> {
  try {
    // As it would be stored: webcal and https are one address.
    const names = namesOf(newCalendar(draft, "new", context.now().toISOString()).calendar);
    const known = owners.get(draft.ownerId) ?? (await knownOf(draft.ownerId, ports));
    owners.set(draft.ownerId, known);
    const standing = known.get(names[0] ?? "");
    if (standing !== undefined) return { line, outcome: "there", ...(standing === "" ? {} : { calendarId: standing }) };
    const calendarId = dryRun ? "" : (await createCalendar(draft, ports, context)).calendar.calendarId;
    for (const name of names) known.set(name, calendarId);
    return dryRun ? { line, outcome: "would" } : { line, outcome: "made", calendarId };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failed(line, error);
  }
}

async function knownOf(ownerId: string, { calendars }: ImportListPorts): Promise<Known> {
  const known: Known = new Map();
  for await (const { calendar } of everyItem(async (page) => await calendars.list(ownerId, page))) {
    for (const name of namesOf(calendar)) known.set(name, calendar.calendarId);
  }
  return known;
}

/** The first says whether it is there already: the app's own name, else the address. One that is pushed may have neither. */
function namesOf({ source, externalId }: Calendar): string[] {
  const names = source.kind === "url" ? [`url ${source.url}`] : [];
  return externalId === undefined ? names : [`externalId ${externalId}`, ...names];
}

function failed(line: number, { code, what, details }: Refusal): RowEnd {
  const values = details === undefined ? {} : { seen: details.seen, wanted: details.wanted };
  return { line, outcome: "failed", code, detail: what, ...values };
}
