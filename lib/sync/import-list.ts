/** Register the calendars of a list: what its owner has already by external id or url is left, so that the same list again makes nothing twice. */
import type { CalendarDraft } from "../contract/calendar.ts";
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

/** Ids of an owner's calendars by url and by external id. */
type Known = { readonly urls: Map<string, string>; readonly externalIds: Map<string, string> };

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
    const { source, externalId } = newCalendar(draft, "new", context.now().toISOString()).calendar;
    const url = source.kind === "url" ? source.url : "";
    const known = owners.get(draft.ownerId) ?? (await knownOf(draft.ownerId, ports));
    owners.set(draft.ownerId, known);
    const standing = externalId === undefined ? known.urls.get(url) : known.externalIds.get(externalId);
    if (standing !== undefined) return { line, outcome: "there", ...(standing === "" ? {} : { calendarId: standing }) };
    const calendarId = dryRun ? "" : (await createCalendar(draft, ports, context)).calendar.calendarId;
    known.urls.set(url, calendarId);
    if (externalId !== undefined) known.externalIds.set(externalId, calendarId);
    return dryRun ? { line, outcome: "would" } : { line, outcome: "made", calendarId };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failed(line, error);
  }
}

async function knownOf(ownerId: string, { calendars }: ImportListPorts): Promise<Known> {
  const known = { urls: new Map<string, string>(), externalIds: new Map<string, string>() };
  for await (const { calendar } of everyItem(async (page) => await calendars.list(ownerId, page))) {
    const { calendarId, source, externalId, state } = calendar;
    if (state === "removed") continue;
    if (source.kind === "url") known.urls.set(source.url, calendarId);
    if (externalId !== undefined) known.externalIds.set(externalId, calendarId);
  }
  return known;
}

function failed(line: number, { code, what, details }: Refusal): RowEnd {
  const values = details === undefined ? {} : { seen: details.seen, wanted: details.wanted };
  return { line, outcome: "failed", code, detail: what, ...values };
}
